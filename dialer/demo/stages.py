"""Where the demo is played: the embedded Asterisk, faster than life, or the lab's real one, in real time."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import storage
from ami.fake import FakeAsterisk
from dialer.demo.world import World
from dialer.lab.lab import Lab

PLAYS = 10
"""Calls of one person that the lab's carrier is told of beforehand; later ones ring out."""

_OURS = "c-"
"""How the ids of the calls we place begin."""


@dataclass(frozen=True, slots=True)
class Address:
    """What the demo's configuration says of the switch. `phone` gives an agent's endpoint by number."""

    port: int
    username: str
    secret: str
    trunks: tuple[str, str]
    phone: Callable[[int], str]


class Stage(Protocol):
    """A switch with people and phones around it. `slack_s`: how far its record may be from our books, per call."""

    address: Address
    slack_s: float

    async def invite(self, numbers: Iterable[str]) -> None:
        """Let the people of these numbers be there."""
        ...

    async def hurry(self) -> None:
        """The shift is over: conversations need not last."""
        ...

    def calls(self) -> int:
        """Calls to people that the far end has seen."""
        ...

    def talk_s(self, attempts: Sequence[storage.Attempt]) -> float:
        """Seconds of conversation by the far end's own record."""
        ...


@contextlib.asynccontextmanager
async def embedded(world: World, seed: int) -> AsyncIterator[Stage]:
    """The embedded Asterisk."""
    async with FakeAsterisk(seed=seed, name="demo") as asterisk:
        asterisk.behaviour = world.behaviour()
        yield _Embedded(asterisk)


@contextlib.asynccontextmanager
async def real(world: World) -> AsyncIterator[Stage]:
    """The lab's two Asterisk; raises AsteriskMissing with what is missing."""
    async with Lab() as lab:
        yield _Real(lab, world)


class _Embedded:
    slack_s = 0.01

    def __init__(self, asterisk: FakeAsterisk) -> None:
        user = next(iter(asterisk.users.values()))
        trunks = ("PJSIP/{number}@north", "PJSIP/{number}@south")
        self.address = Address(asterisk.port, user.name, user.secret, trunks, lambda n: f"PJSIP/{100 + n}")
        self._asterisk = asterisk

    async def invite(self, numbers: Iterable[str]) -> None:
        """They are there: the switch asks the world itself."""

    async def hurry(self) -> None:
        """Virtual time needs no hurry."""

    def calls(self) -> int:
        return self._asterisk.sums(_OURS).calls

    def talk_s(self, attempts: Sequence[storage.Attempt]) -> float:  # noqa: ARG002 - it knows by itself
        return self._asterisk.sums(_OURS).talk_s


class _Real:
    slack_s = 0.5

    def __init__(self, lab: Lab, world: World) -> None:
        node = lab.node
        trunks = (lab.trunk_dial, lab.trunk2_dial)
        phone: Callable[[int], str] = lambda n: lab.endpoint(100 + n)  # noqa: E731
        self.address = Address(node.port, node.username, node.secret, trunks, phone)
        self._lab = lab
        self._world = world

    async def invite(self, numbers: Iterable[str]) -> None:
        await self._lab.script(
            {number: [self._world.callee(number) for _ in range(PLAYS)] for number in numbers}
        )

    async def hurry(self) -> None:
        await self._lab.end_people()

    def calls(self) -> int:
        return sum(call.number.isdigit() for call in self._lab.carrier_calls())

    def talk_s(self, attempts: Sequence[storage.Attempt]) -> float:
        """The carrier knows how long a call stood; what of it was waiting, only our books do."""
        stood_s = sum(
            call.ended_at - call.answered_at
            for call in self._lab.carrier_calls()
            if call.number.isdigit() and call.answered_at is not None
        )
        return stood_s - sum(
            (one.ended_at - one.answered_at).total_seconds() - (one.talk_s or 0.0)
            for one in attempts
            if one.answered_at is not None and one.ended_at is not None
        )
