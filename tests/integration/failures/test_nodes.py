"""One node of two is gone: a real Asterisk behind a proxy that is cut, beside an embedded one that goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import storage
from ami.fake import Behaviour, Callee, FakeAsterisk, everybody
from dialer.control import Control
from dialer.lab.lab import Lab
from dialer.ops import health
from dialer.runtime.tasks import outside
from tests.parts.faults import fault_proxy
from tests.parts.trouble import PATIENCE_S, Through, at_work, list_of

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

NORTH = "north"
NUMBER = "+447400100{:03}"


def _north(port: int) -> dict[str, dict[str, Any]]:
    """A second node with a campaign and an agent of its own."""
    trunk = {
        "dial": "PJSIP/{number}@carrier",
        "max_channels": 20,
        "calls_per_second": 5,
        "post_dial_delay_s": 0,
    }
    node = {"host": "127.0.0.1", "port": port, "username": "dialer", "secret": "secret"}
    campaign = {
        "node": NORTH,
        "trunks": ["only"],
        "caller_id": "+442079460000",
        "countries": ["GB"],
        "windows": {"mon-sun": ["00:00-24:00"]},
        "pacing": {"mode": "progressive"},
        "interval": {"min_s": 0, "default_s": 0.2},
    }
    return {
        "nodes": {NORTH: {**node, "trunks": {"only": trunk}}},
        "campaigns": {NORTH: campaign},
        "agents": {"nora": {"name": "Nora", "endpoint": "PJSIP/nora", "campaign": NORTH}},
    }


async def _filled(control: Control, count: int) -> None:
    numbers = (storage.NewNumber(NUMBER.format(n), "mobile", ("Europe/London",)) for n in range(count))
    leads = [storage.NewLead((number,)) for number in numbers]
    adding = storage.leads.add(control.dialer.db, NORTH, leads, now=control.dialer.clock.utc())
    await outside("leads", adding, 30)


async def test_a_node_that_is_gone_stops_its_campaign_and_no_other(lab: Lab, tmp_path: Path) -> None:
    callee = Callee(post_dial_s=0.05, ring_s=0.3, talk_s=0.5)
    async with (
        FakeAsterisk(behaviour=Behaviour(callee=everybody(callee))) as north,
        fault_proxy("127.0.0.1", lab.node.port) as proxy,
        at_work(Through(lab, proxy), tmp_path, list_of(80), also=_north(north.port)) as trouble,
    ):
        control = trouble.shift.control
        await _filled(control, 500)
        await control.log_in("nora", ready=True)
        await control.set_run_state(NORTH, "running")
        floor = control.dialer.floors[NORTH].floor
        await trouble.shift.until(lambda: floor.outcomes["connected"] >= 2, PATIENCE_S)

        await proxy.refuse()
        await trouble.until_said("pbx cannot be reached", ready="cannot be reached")
        parts = (await health.ready(control)).parts
        assert [part.name for part in parts if not part.ok] == ["node pbx"]
        connected = floor.outcomes["connected"]
        await trouble.dials_nobody()
        await trouble.shift.until(lambda: floor.outcomes["connected"] >= connected + 2, PATIENCE_S)

        await proxy.accept()
        await trouble.dials_again()
        await trouble.until_ready()
        await control.set_run_state(NORTH, "stopped")
        await trouble.shift.until(lambda: not floor.calls, PATIENCE_S)
