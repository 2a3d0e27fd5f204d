"""A fence against an old leader: its AMI session is ended, and what it still sends dials nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.lab.errors import LabError
from dialer.lab.lab import Lab
from dialer.lab.wire import Line
from tests.lab.driver import driving

pytestmark = pytest.mark.asterisk


async def test_a_session_kicked_by_the_fence_dials_no_more(lab: Lab, serial: Callable[[], int]) -> None:
    number = lab.number("human", serial(), talk_s=0.5)
    before = _calls_to(lab, number)  # a list of another test may hold the same person
    async with Line(lab.fence.port, lab.fence.username, lab.fence.secret) as fence:
        async with Line(lab.node.port, lab.node.username, lab.node.secret, events=True) as old:
            await _end_every_session(fence)
            order = (
                ("Channel", f"PJSIP/{number}@carrier"),
                ("Context", "dialer-call"),
                ("Exten", "s"),
                ("Priority", "1"),
                ("Async", "true"),
                ("ChannelId", "c-fenced-1"),
            )
            with pytest.raises(LabError):
                await old.ask("Originate", *order, timeout_s=1)
        async with driving(lab) as driver:
            other = lab.number("human", serial(), talk_s=0.5)
            await driver.gone(await driver.answered(other))
        assert _calls_to(lab, number) == before


def _calls_to(lab: Lab, number: str) -> int:
    return sum(call.number == number for call in lab.carrier_calls())


async def _end_every_session(fence: Line) -> None:
    """Kick whoever is logged in as the daemon, and wait until nobody is: a descriptor alone names no session."""
    async with asyncio.timeout(60):
        while sessions := await _sessions(fence):
            for session in sessions:
                await fence.command(f"manager kick session {session}")


async def _sessions(fence: Line) -> set[str]:
    """The file descriptors of the `dialer` user's sessions: user, address, start, elapsed, descriptor, ..."""
    rows = (await fence.command("manager show connected")).splitlines()
    return {row.split()[4] for row in rows if row.startswith("dialer ")}
