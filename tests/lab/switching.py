"""A switch of our own on the real Asterisk, and what it said."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from ami import (
    AmiError,
    BridgeEntered,
    ChannelHungUp,
    Event,
    LinkUp,
    NodeAddress,
    Outgoing,
    Switch,
    Timing,
)
from dialer.lab.lab import Lab

_RUN: Final = f"{os.getpid():x}"
_count = itertools.count(1)

E = TypeVar("E", bound=Event)


def fresh_id(kind: str) -> str:
    return f"{kind}-ami-{_RUN}-{next(_count):06d}"


def address(lab: Lab, *, port: int | None = None, secret: str | None = None) -> NodeAddress:
    node = lab.node
    return NodeAddress("pbx", node.host, port or node.port, node.username, secret or node.secret)


@dataclass
class Hand:
    """Verbs of the switch, and waiting for what came of them."""

    lab: Lab
    switch: Switch
    events: list[Event] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def all(self, kind: type[E], channel_id: str = "") -> list[E]:
        """Every event of a kind (about a channel or call)."""
        return [e for e in self.events if isinstance(e, kind) and channel_id in ("", about(e))]

    async def wait(
        self,
        kind: type[E],
        channel_id: str = "",
        true: Callable[[E], bool] = lambda _: True,
        *,
        times: int = 1,
    ) -> E:
        """Wait until that many events of a kind came, and return the last of them."""
        async with asyncio.timeout(60):
            while True:
                found = [event for event in self.all(kind, channel_id) if true(event)]
                if len(found) >= times:
                    return found[times - 1]
                self._news.clear()
                await self._news.wait()

    async def seat(self, agent_no: int, *, taped: bool = False) -> str:
        """Ring a phone and wait until it is held."""
        seat_id = fresh_id("s")
        self.made.append(seat_id)
        endpoint = self.lab.endpoint(agent_no, taped=taped)
        await self.switch.seat(seat_id, endpoint, agent_exten=f"agent{agent_no}", timeout_s=10)
        await self.wait(BridgeEntered, seat_id, lambda e: e.holding)
        return seat_id

    async def dial(self, number: str, *, ring_timeout_s: float = 15, hold_s: int = 10) -> str:
        call_id = fresh_id("c")
        self.made.append(call_id)
        dial_string = number if "/" in number else self.lab.trunk_dial.format(number=number)
        await self.switch.dial(
            Outgoing(call_id, dial_string, '"Acme Ltd" <+442071234567>', ring_timeout_s, hold_s)
        )
        return call_id

    async def answered(self, number: str, *, hold_s: int = 10) -> str:
        """Place a call and wait until the person waits for an agent."""
        call_id = await self.dial(number, hold_s=hold_s)
        await self.wait(BridgeEntered, call_id, lambda e: e.holding)
        return call_id

    async def talking(self, channel_id: str, *, times: int = 1) -> BridgeEntered:
        return await self.wait(BridgeEntered, channel_id, lambda e: not e.holding, times=times)

    async def gone(self, channel_id: str) -> ChannelHungUp:
        return await self.wait(ChannelHungUp, channel_id)

    async def leave_nothing(self) -> None:
        for channel_id in self.made:
            if not self.all(ChannelHungUp, channel_id):
                with contextlib.suppress(AmiError):
                    await self.switch.hang_up(channel_id)


def about(event: Event) -> str:
    return getattr(event, "channel_id", getattr(event, "call_id", ""))


@contextlib.asynccontextmanager
async def switched(
    lab: Lab, where: NodeAddress | None = None, *, timing: Timing | None = None, wait: bool = True
) -> AsyncIterator[Hand]:
    """Run a switch on the lab's PBX; its channels are ended afterwards."""

    def heard(event: Event) -> None:
        hand.heard(event)

    hand = Hand(lab, Switch(where or address(lab), heard, clock=time.time, timing=timing))
    task = asyncio.get_running_loop().create_task(hand.switch.run(), name="switch")
    try:
        if wait:
            await hand.wait(LinkUp)
        yield hand
        await hand.leave_nothing()
    finally:
        task.cancel()
        await asyncio.wait({task})
