"""What the machine says: manager messages as Asterisk 22 writes them, in an order that may vary."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ami.fake.channels import Bridge, Channel, Originate

_RESTLESS = frozenset({"OriginateResponse", "DialEnd", "DialState", "Newstate"})
"""Sent by other threads than the rest: their place among a channel's events varies."""


@dataclass(slots=True)
class Emission:
    """One message on its way: an event for whoever may see it, or an answer for one session."""

    session: Any
    name: str
    privilege: str
    about: str
    block: bytes


class Teller:
    """Keeps what was said in `out` until somebody takes it. `wanted`: names worth formatting, None for all."""

    def __init__(
        self,
        epoch: Callable[[], float],
        rng: random.Random,
        *,
        shown: tuple[str, ...],
        disorder: float,
        system_name: str,
    ) -> None:
        self.out: list[Emission] = []
        self.wanted: frozenset[str] | None = None
        self.shown = shown
        self._epoch = epoch
        self._rng = rng
        self._disorder = disorder
        self._system = f"SystemName: {system_name}\r\n" if system_name else ""

    def wants(self, name: str) -> bool:
        """Whether any session may see events of this name."""
        return self.wanted is None or name in self.wanted

    def event(self, name: str, privilege: str, about: str, text: str) -> None:
        """Sends an event with these headers."""
        block = (
            f"Event: {name}\r\nPrivilege: {privilege},all\r\nTimestamp: {self._epoch():.6f}\r\n"
            f"{self._system}{text}\r\n"
        )
        self.out.append(Emission(None, name, privilege, about, block.encode()))

    def channel(self, name: str, channel: Channel, extra: str = "") -> None:
        """An event about one channel."""
        if self.wants(name):
            self.event(name, "call", channel.unique_id, channel.headers("", self.shown) + extra)

    def dial(self, name: str, channel: Channel, extra: str) -> None:
        """An event about the called side of a dial."""
        if self.wants(name):
            self.event(name, "call", channel.unique_id, channel.headers("Dest", self.shown) + extra)

    def bridge(self, name: str, channel: Channel, bridge: Bridge) -> None:
        """An event about a channel and a bridge."""
        if self.wants(name):
            text = bridge.headers() + channel.headers("", self.shown)
            self.event(name, "call", channel.unique_id, text)

    def user(self, name: str, channel: Channel, headers: dict[str, str]) -> None:
        """UserEvent() of the dialplan."""
        if self.wants("UserEvent"):
            extra = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
            text = f"{channel.headers('', self.shown)}UserEvent: {name}\r\n{extra}"
            self.event("UserEvent", "user", channel.unique_id, text)

    def originate_response(self, order: Originate, channel: Channel | None, reason: int) -> None:
        """The outcome of an Originate: reason 4 answered, 3 timed out, 0 anything else."""
        if not self.wants("OriginateResponse"):
            return
        action = f"ActionID: {order.action_id}\r\n" if order.action_id else ""
        number, name = order.caller
        answered = reason == 4 and channel is not None
        shown = ""
        if channel is not None and answered:
            for variable in self.shown:
                value = channel.variables.get(variable, "")
                shown += f"ChanVariable({channel.name}): {variable}={value}\r\n"
        unique_id = channel.unique_id if channel is not None else order.channel_id
        self.event(
            "OriginateResponse",
            "call",
            unique_id,
            f"{action}Response: {'Success' if answered else 'Failure'}\r\n"
            f"Channel: {channel.name if channel is not None and answered else order.channel}\r\n"
            f"Context: {order.context}\r\nExten: {order.exten}\r\nReason: {reason}\r\n"
            f"Uniqueid: {unique_id or '<null>'}\r\nCallerIDNum: {number or '<unknown>'}\r\n"
            f"CallerIDName: {name or '<unknown>'}\r\n{shown}",
        )

    def races(self) -> bool:
        """Whether this time what usually comes second comes first."""
        return self._rng.random() < self._disorder

    def mix(self, mark: int) -> None:
        """Events since `mark` come from several threads: now and then one is late.

        One channel's bridge events keep their order, as in Asterisk.
        """
        if not self._disorder or len(self.out) - mark < 2 or not self.races():
            return
        start = self._rng.randrange(mark, len(self.out) - 1)
        late = self.out[start]
        stop = start
        while stop + 1 < len(self.out) and _may_pass(late, self.out[stop + 1]):
            stop += 1
        del self.out[start]
        self.out.insert(self._rng.randint(start, stop), late)


def _may_pass(late: Emission, other: Emission) -> bool:
    return late.about != other.about or late.name in _RESTLESS or other.name in _RESTLESS
