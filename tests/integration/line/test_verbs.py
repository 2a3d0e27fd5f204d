"""An agent's verbs through the use cases on a real Asterisk: who is with whom is read off the switch itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from dialer import app
from dialer.control import Control
from dialer.lab import shift
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import serial
from tests.parts.virtual_time import eventually

pytestmark = [pytest.mark.asterisk]


class Hands:
    """Who is with whom, and the wishes of one agent."""

    def __init__(self, control: Control, lab: Lab) -> None:
        self.control = control
        self.floor = control.dialer.floors[shift.CAMPAIGN].floor
        self._switch = control.dialer.nodes["pbx"].switch
        self._lab = lab

    def state(self, agent: str) -> str:
        found = self.floor.roster.get(agent)
        return "" if found is None else found.state.value

    def seat(self, agent: str) -> str:
        found = self.floor.roster.get(agent)
        assert found is not None
        assert found.seat_id is not None
        return found.seat_id

    def call(self, agent: str) -> str:
        found = self.floor.roster.get(agent)
        assert found is not None
        assert found.call_id is not None
        return found.call_id

    async def until(self, true: Callable[[], bool]) -> None:
        await eventually(true, within_s=120, step_s=0.05)

    async def until_together(self, *channels: str) -> None:
        """Wait until exactly these are in one bridge on the switch."""
        async with asyncio.timeout(120):
            while True:
                live = await self._switch.snapshot()
                bridges = {one.bridge_id for one in live if one.channel_id in channels}
                ours = {
                    one.channel_id
                    for one in live
                    if one.bridge_id in bridges and one.channel_id[:2] in ("c-", "s-", "x-")
                }
                if len(bridges) == 1 and "" not in bridges and ours == set(channels):
                    return
                await asyncio.sleep(0.1)


async def test_hold_third_party_and_transfer_on_a_real_asterisk(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    people = (Person(Kind.SILENT, serial(), ring_s=0.4),)
    outside = Person(Kind.SILENT, serial(), ring_s=0.4).number
    more = {"recording": {"mode": "always", "folder": "/tmp"}}
    async with make_lab() as lab:
        settings = shift.settings_of(lab, shift.Plan(people, agents=2, more=more), tmp_path)
        Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
        async with app.running(settings) as control:
            await shift.load_leads(control.dialer.db, settings.campaigns[shift.CAMPAIGN], people, tmp_path)
            hands = Hands(control, lab)
            await hands.until(lambda: control.dialer.nodes["pbx"].up)
            await control.log_in("a0", ready=True)
            await hands.until(lambda: hands.state("a0") == "ready")
            await control.set_run_state(shift.CAMPAIGN, "running")
            await hands.until(lambda: hands.state("a0") == "talking")
            call, seat = hands.call("a0"), hands.seat("a0")
            await hands.until_together(call, seat)

            await control.hold("a0")
            await hands.until(lambda: hands.floor.calls[call].parked_at is not None)
            await hands.until_together(call)
            await hands.until_together(seat)
            await control.unhold("a0")
            await hands.until_together(call, seat)

            await control.add("a0", to_number=outside)
            (party,) = hands.floor.parties
            await hands.until_together(call, seat, party)
            await control.drop("a0")
            await hands.until_together(call, seat)

            await control.log_in("a1", ready=True)
            await hands.until(lambda: hands.state("a1") == "ready")
            await hands.until(lambda: not hands.floor.calls[call].regroup)
            await control.transfer("a0", to_agent="a1")
            await hands.until_together(call, hands.seat("a1"))
            await hands.until(lambda: hands.state("a0") in ("wrapup", "interval", "ready"))
            await control.hang_up("a1")
            await hands.until(lambda: not hands.floor.calls)
            for agent in ("a0", "a1"):
                await control.log_out(agent)
