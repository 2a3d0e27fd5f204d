"""A campaign at work on real parts while a neighbour fails: what must hold through every trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from dialer.control import Control
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from dialer.ops import health
from tests.parts.faults import FaultProxy
from tests.parts.shifts import CAMPAIGN, Shift, serial, working

PATIENCE_S = 120.0


async def until_not_ready(control: Control, words: str) -> None:
    """Wait until `/readyz` says so."""
    async with asyncio.timeout(PATIENCE_S):
        while not any(words in part.why for part in (await health.ready(control)).parts if not part.ok):
            await asyncio.sleep(0.05)


class Through:
    """A lab whose manager port is reached through a proxy."""

    def __init__(self, lab: Lab, proxy: FaultProxy) -> None:
        self._lab = lab
        self.node = replace(lab.node, port=proxy.port)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._lab, name)


def list_of(count: int) -> tuple[Person, ...]:
    """One who talks until the test ends the call, and many who talk for a moment."""
    first = serial()
    brief = (Person(Kind.HUMAN, (first + n) % 1000, ring_s=0.4, talk_s=0.5) for n in range(count))
    return (Person(Kind.TALKER, first, ring_s=0.4), *brief)


@asynccontextmanager
async def at_work(lab: Any, folder: Path, people: tuple[Person, ...], **plan: Any) -> AsyncIterator[Trouble]:
    """Three agents at work, one of them in a conversation that no trouble may cut."""
    async with working(lab, folder, people, agents=3, **{"intervals_s": (0.2,), **plan}) as shift:
        trouble = Trouble(shift, people)
        await shift.until(lambda: trouble.dialed >= 3 and trouble.talks, PATIENCE_S)
        yield trouble
        await trouble.end()


class Trouble:
    """A shift in trouble."""

    def __init__(self, shift: Shift, people: tuple[Person, ...]) -> None:
        self.shift = shift
        self.people = people

    @property
    def dialed(self) -> int:
        """Calls placed so far."""
        return int(self.shift.floor.dialed)

    @property
    def talks(self) -> bool:
        """Whether the long conversation is on."""
        talker = self.people[0].number
        return any(
            order.number == talker and self.shift.floor.calls[call].phase.value == "talking"
            for call, order in self.shift.control.dialer.floors[CAMPAIGN].orders.items()
            if call in self.shift.floor.calls
        )

    async def why(self) -> str:
        """What the board says."""
        rows = await self.shift.control.campaigns()
        return str(rows[0]["why"])

    async def until_said(self, words: str, *, ready: str | None = None) -> None:
        """Wait until the board says why nobody is dialed, and `/readyz` that we are not ready: `ready`, or the same."""
        async with asyncio.timeout(PATIENCE_S):
            while words not in (told := await self.why()) or "Placing" in told:
                await asyncio.sleep(0.05)
        await until_not_ready(self.shift.control, words if ready is None else ready)

    async def until_ready(self) -> None:
        """Wait until `/readyz` has nothing to say any more."""
        async with asyncio.timeout(PATIENCE_S):
            while not (await health.ready(self.shift.control)).ok:
                await asyncio.sleep(0.05)

    async def dials_again(self, more: int = 3) -> None:
        """Wait until new calls were placed."""
        enough = self.dialed + more
        await self.shift.until(lambda: self.dialed >= enough, PATIENCE_S)

    async def dials_nobody(self, seconds: float = 2.0) -> None:
        """No call is placed for a while, by our count."""
        await asyncio.sleep(0.2)  # what was decided before is on its way
        before = self.dialed
        await asyncio.sleep(seconds)
        assert self.dialed == before

    async def end(self) -> None:
        """Stop, end the long conversation from its far end, and compare the books with the carrier's record."""
        shift = self.shift
        assert self.talks, "the conversation was cut"
        await shift.control.set_run_state(CAMPAIGN, "stopped")
        await shift.lab.hang_up_at_carrier(self.people[0].number)
        await shift.until(lambda: not shift.floor.calls, PATIENCE_S)
        attempts = await shift.attempts()
        carrier = [
            one for one in shift.lab.carrier_calls() if one.person and one.arrived_at >= shift.began - 0.5
        ]
        assert len({one.number for one in carrier}) == len(carrier), "somebody was called twice"
        for call in carrier:
            assert attempts[call.number].state == "ended"
            if attempts[call.number].outcome == "connected":
                assert call.ended_by == "callee", f"{attempts[call.number].attempt_id} was cut"
        for one in attempts.values():
            seen = one.e164 in {call.number for call in carrier}
            assert seen or one.outcome in {"unknown", "not_dialed"}, one
