"""Several nodes on virtual time: each fails alone, and says so."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import config
import storage
from ami.fake import Behaviour, Callee, FakeAsterisk, everybody
from dialer import app
from dialer.control import Control
from dialer.lab.robots import Robots
from dialer.ops import health
from dialer.runtime.tasks import outside
from tests.parts.virtual_time import on_virtual_time

NUMBERS = {"north": "+447400100{:03}", "south": "+447400200{:03}"}


def _settings(folder: Path, ports: dict[str, int]) -> config.Settings:
    def node(name: str) -> dict[str, Any]:
        trunk = {"dial": "PJSIP/{number}@carrier", "max_channels": 20, "calls_per_second": 5}
        return {
            "host": "127.0.0.1",
            "port": ports[name],
            "username": "dialer",
            "secret": "secret",
            "trunks": {name: trunk},
        }

    def campaign(name: str) -> dict[str, Any]:
        return {
            "node": name,
            "trunks": [name],
            "caller_id": "+442079460000",
            "countries": ["GB"],
            "windows": {"mon-sun": ["00:00-24:00"]},
            "pacing": {"mode": "progressive"},
            "interval": {"default_s": 5},
        }

    content = {
        "data_dir": "data",
        "nodes": {name: node(name) for name in ports},
        "agents": {
            f"{name}-1": {"name": name, "endpoint": f"PJSIP/{name}", "campaign": name} for name in ports
        },
        "campaigns": {name: campaign(name) for name in ports},
    }
    file = folder / "dialer.yaml"
    file.write_text(json.dumps(content))
    (folder / "data").mkdir()
    return config.load(file)


async def _until(true: Any, within_s: float = 600) -> None:
    async with asyncio.timeout(within_s):
        while not await true():
            await asyncio.sleep(0.5)


async def _filled(control: Control, name: str, count: int) -> None:
    leads = [
        storage.NewLead(
            external_id=str(n),
            name=f"P{n}",
            numbers=(
                storage.NewNumber(e164=NUMBERS[name].format(n), kind="mobile", zones=("Europe/London",)),
            ),
        )
        for n in range(count)
    ]
    adding = storage.leads.add(control.dialer.db, name, leads, now=control.dialer.clock.utc())
    await outside("leads", adding, 30)


@on_virtual_time
async def test_one_node_of_two_is_killed_and_the_other_goes_on(tmp_path: Path) -> None:
    behaviour = Behaviour(callee=everybody(Callee(ring_s=4, talk_s=20)))
    async with FakeAsterisk(behaviour=behaviour) as north, FakeAsterisk(behaviour=behaviour) as south:
        settings = _settings(tmp_path, {"north": north.port, "south": south.port})
        robots = Robots(lambda: 2.0, lambda: "done")
        async with app.running(settings, listener=robots.hear, durable=False) as control:
            robots.control = control
            floors = control.dialer.floors
            for name in ("north", "south"):
                await _filled(control, name, 100)
                node = control.dialer.nodes[name]
                await _until(lambda node=node: _true(node.up))
                await control.log_in(f"{name}-1", ready=True)
                await control.set_run_state(name, "running")
            await asyncio.sleep(120)
            assert floors["north"].floor.outcomes["connected"] >= 2
            assert floors["south"].floor.outcomes["connected"] >= 2

            await south.kill()
            await asyncio.sleep(20)
            before = floors["north"].floor.outcomes["connected"]
            why = (await control.campaign_status("south"))["why"]
            assert "south cannot be reached" in why
            parts = (await health.ready(control)).parts
            assert [part.name for part in parts if not part.ok] == ["node south"]
            await asyncio.sleep(240)
            assert floors["north"].floor.outcomes["connected"] >= before + 4
            assert (await control.campaign_status("south"))["dialing"] == 0
            dialed = len(south.calls)

            await south.start()
            await _until(lambda: _true(control.dialer.nodes["south"].up))
            await asyncio.sleep(5)
            assert len(south.calls) == dialed, "nothing is replayed, and nobody is seated any more"
            assert floors["south"].floor.roster.get("south-1").state.value in {"away", "out", "ringing"}
            await robots.close()


async def _true(value: bool) -> bool:
    return value
