"""A person of the lab rings us on a real Asterisk: their lead's agent talks with them, in both records."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import storage
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import serial, working

pytestmark = pytest.mark.asterisk

OURS = "+442079460000"


async def test_people_who_ring_back_talk_with_an_agent_or_hear_the_key(lab: Lab, tmp_path: Path) -> None:
    friend = Person(Kind.HUMAN, serial(), ring_s=0.0, talk_s=3.0)
    foe = Person(Kind.OPTOUT, serial(), ring_s=0.0, talk_s=2.0)
    async with working(lab, tmp_path, (friend,), agents=2, start=False) as shift:
        await lab.call_in(friend.number, OURS)
        await shift.until(lambda: bool(shift.of("disposition")))
        one = (await shift.attempts())[friend.number]
        assert (one.outcome, one.inbound, one.abandoned, one.disposition) == (
            "connected",
            True,
            False,
            "done",
        )
        assert one.talk_s is not None
        assert 1.0 < one.talk_s < 8.0
        assert one.wait_s is not None
        assert one.wait_s < 3.0
        await lab.call_in(foe.number, OURS)
        await shift.until(lambda: {friend.number, foe.number} <= set(shift.carrier()))
        talked, heard = shift.carrier()[friend.number], shift.carrier()[foe.number]
        assert talked.ended_at - (talked.answered_at or 0.0) == pytest.approx(one.talk_s, abs=3)
        assert heard.pressed == "9"
        db, clock = shift.control.dialer.db, shift.control.dialer.clock
        async with asyncio.timeout(120):  # the wish is read off the switch some seconds later
            while await storage.dnc.has(db, foe.number, now=clock.utc()) != ("system",):
                await asyncio.sleep(0.1)
