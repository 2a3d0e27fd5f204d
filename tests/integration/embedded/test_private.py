"""Whatever the daemon and its commands write is for their own user only, even where the umask allows everything."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ami.fake import FakeAsterisk
from dialer import app
from dialer.demo import files
from dialer.demo.stages import Address
from dialer.lab import shift
from dialer.leads import exporting
from dialer.replay import bundle, source
from tests.parts.embedded import CAMPAIGN, Place
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import PEOPLE


@pytest.fixture
def open_umask() -> Iterator[None]:
    """A shell that keeps nothing from anybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    return [
        f"{path.relative_to(folder)} {stat.filemode(path.stat().st_mode)}"
        for path in (folder, *folder.rglob("*"))
        if path.stat().st_mode & 0o077
    ]


@on_virtual_time
@pytest.mark.usefixtures("open_umask")
async def test_nobody_else_may_read_what_the_daemon_keeps(tmp_path: Path) -> None:
    async with FakeAsterisk() as asterisk:
        place: Any = Place(replace(asterisk.node, name="pbx"))
        settings = shift.settings_of(place, shift.Plan(PEOPLE, agents=1), tmp_path)
        async with app.running(settings) as control:
            campaign = settings.campaigns[CAMPAIGN]
            await shift.load_leads(control.dialer.db, campaign, PEOPLE, tmp_path)
            data = Path(settings.data_dir)
            (data / "people.csv").touch()
            await exporting.export_file(control.dialer.db, CAMPAIGN, data / "people.csv")
            kept = {path.name for path in data.rglob("*")}
            assert open_to_others(data) == []
        bundle.write(source.opened(data).records, data / "report.gz", program="x")
        assert {"journal", "control.sock", "dialer.db", "dialer.db-wal", "people.csv"} <= kept
        assert open_to_others(data) == []


@pytest.mark.usefixtures("open_umask")
def test_nobody_else_may_read_what_the_demo_writes(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    files.write(folder, agents=1, leads=1)
    address = Address(
        port=1, username="u", secret="s", trunks=("PJSIP/{number}@a", "PJSIP/{number}@b"), phone=str
    )
    files.configure(folder, agents=1, address=address)
    assert [one for one in open_to_others(folder) if not one.startswith(".")] == []
