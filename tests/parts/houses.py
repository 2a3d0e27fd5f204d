"""A small daemon in this process, on the embedded switch and the machine's own clock, for surfaces to be tried on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import config
import storage
from ami.fake import Behaviour, Callee, FakeAsterisk, everybody
from dialer import app
from dialer.control import Control
from tests.parts.virtual_time import eventually

NUMBER = "+4474001000{:02}"


@dataclass
class House:
    """The daemon and its switch. Campaign `spring`, agents `ann` and `bob`."""

    control: Control
    asterisk: FakeAsterisk
    file: Path

    async def leads(self, numbers: Iterable[int], campaign: str = "spring") -> None:
        """Add people to the list."""
        new = [
            storage.NewLead(
                external_id=f"{campaign}-{n}",
                name=f"Person {n}",
                numbers=(storage.NewNumber(NUMBER.format(n), "mobile", ("Europe/London",)),),
            )
            for n in numbers
        ]
        now = self.control.dialer.clock.utc()
        await storage.leads.add(self.control.dialer.db, campaign, new, now=now)
        self.control.dialer.leads_changed(campaign)


def content(port: int, **changes: Any) -> dict[str, Any]:
    """Its configuration."""
    trunk = {"dial": "PJSIP/{number}@carrier", "max_channels": 20, "calls_per_second": 20}
    campaign = {
        "node": "pbx",
        "trunks": ["carrier"],
        "caller_id": "+442079460000",
        "countries": ["GB"],
        "windows": {"mon-sun": ["00:00-24:00"]},
        "pacing": {"mode": "progressive"},
        "interval": {"default_s": 0},
    }
    node = {"host": "127.0.0.1", "port": port, "username": "dialer", "secret": "secret"}
    return {
        "data_dir": "data",
        "nodes": {"pbx": {**node, "trunks": {"carrier": trunk}}},
        "agents": {
            name: {"name": name.title(), "endpoint": f"PJSIP/{name}", "campaign": "spring"}
            for name in ("ann", "bob")
        },
        "campaigns": {"spring": campaign},
        **changes,
    }


@asynccontextmanager
async def house(folder: Path, callee: Callee, **changes: Any) -> AsyncIterator[House]:
    """A running daemon whose node is up; `changes` are further sections of its configuration."""
    async with FakeAsterisk(behaviour=Behaviour(callee=everybody(callee))) as asterisk:
        file = folder / "dialer.yaml"
        file.write_text(json.dumps(content(asterisk.node.port, **changes)))
        (folder / "data").mkdir(exist_ok=True)
        async with app.running(config.load(file)) as control:
            await eventually(lambda: control.dialer.nodes["pbx"].up)
            yield House(control, asterisk, file)
