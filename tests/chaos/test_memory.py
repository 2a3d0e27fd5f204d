"""What the daemon keeps is bounded, whatever fails: the small sister of `python -m tests.bench memory`."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ami.fake import run
from dialer.compliance import areas, ledgerbook, numbers
from tests.chaos.lasting import lasting
from tests.parts.census import Census

pytestmark = pytest.mark.slow

AGENTS, RATE = 32, 3.2
WARM_S, PLAYED_S = 600.0, 480.0
"""Every kind of fault comes once before it is counted: a figure's first failure of a kind makes its histogram."""

MOST = 120
"""Of anything between two counts: asyncio keeps up to a hundred timers that were cancelled. What is kept for each
call, or for every eighth, is more."""


def test_after_many_calls_and_a_fault_a_minute_nothing_has_grown_but_what_was_planted(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledgerbook, "RECENT_CALLS", 100)  # windows that are still filling are no leak
    planted: list[Mapping[str, Any]] = []
    grown, calls, broken = run(_counted(tmp_path, sqlite_template, planted))
    assert calls > 8 * MOST
    assert broken == ()
    assert len([one for one in grown if "planted" in one]) == 1, "a leak is seen"
    assert [one for one in grown if "planted" not in one] == []


async def _counted(
    folder: Path, template: Path, planted: list[Mapping[str, Any]]
) -> tuple[list[str], int, tuple[str, ...]]:
    def copied(data: Path) -> None:
        shutil.copy(template, data / "dialer.db")

    async with lasting(
        folder, agents=AGENTS, rate=RATE, first_leads=4_600, keep_calls=100, before=copied
    ) as place:
        control = place.control
        control.dialer.listen(lambda _, fact: planted.append({"planted": fact["fact"]}))
        await place.play(WARM_S)
        await place.rest()
        first, began = Census(), place.dialed
        await place.go_on()
        await place.play(PLAYED_S)
        await place.rest()
        calls = place.dialed - began
        return Census().grown(first, MOST), calls, place.found


def test_what_is_kept_of_numbers_read_is_bounded() -> None:
    assert numbers.read_e164.cache_info().maxsize == numbers.KEPT_NUMBERS
    assert not hasattr(areas.area_of, "cache_info")
