"""Asterisk itself is killed while phones ring and people talk, and is started again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from dialer.control import ControlError
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import Shift, serial, working
from tests.parts.trouble import until_not_ready

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


async def test_a_killed_asterisk_dials_nobody_and_is_used_again_when_it_is_back(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    first = serial()
    talkers = tuple(Person(Kind.TALKER, (first + n) % 1000, ring_s=0.4) for n in range(2))
    ringing = tuple(Person(Kind.NO_ANSWER, (first + n) % 1000, ring_s=0.4) for n in range(2))
    later = tuple(Person(Kind.HUMAN, (first + n) % 1000, ring_s=0.4, talk_s=0.5) for n in range(6))
    people = (*talkers, *ringing, *later)
    async with make_lab() as lab:
        async with working(lab, tmp_path, people, agents=4, intervals_s=(0.2,)) as shift:
            phases = lambda: sorted(call.phase.value for call in shift.floor.calls.values())  # noqa: E731
            await shift.until(lambda: phases() == ["ringing", "ringing", "talking", "talking"])
            lab.pbx.kill()
            await shift.until(lambda: "cannot be reached" in _why(shift))
            await until_not_ready(shift.control, "cannot be reached")
            dialed = shift.floor.dialed
            await asyncio.sleep(2)
            assert shift.floor.dialed == dialed
            await lab.pbx.start()
            await shift.until(lambda: shift.control.dialer.nodes["pbx"].up)
            await shift.until(lambda: not shift.floor.calls)
            await _come_back(shift)
            await shift.until(lambda: len(shift.of("attempt_ended")) == len(people))
            attempts = await shift.attempts()
        assert {attempts[one.number].outcome for one in talkers} == {"connected"}
        assert {attempts[one.number].outcome for one in ringing} == {"unknown"}
        assert {attempts[one.number].outcome for one in later} == {"connected"}
        rung = [call.number for call in lab.carrier_calls() if call.person]
        assert len(rung) == len(set(rung))


def _why(shift: Shift) -> str:
    node = shift.control.dialer.nodes["pbx"]
    return "" if node.up else f"cannot be reached: {node.reason}"


async def _come_back(shift: Shift) -> None:
    """The phones were lost with the switch: agents say ready, and are rung again."""
    async with asyncio.timeout(120):
        while not any(agent.free for agent in shift.floor.roster):
            for row in await shift.control.agents():
                try:
                    if row["state"] == "away":
                        await shift.control.ready(row["id"])
                    elif row["state"] == "out":
                        await shift.control.log_in(row["id"], ready=True)
                except ControlError:
                    continue
            await asyncio.sleep(0.5)
