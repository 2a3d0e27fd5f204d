"""Phones that listen to other phones, as ChanSpy does with the options of dialer-listen: `qu`, `w` or `B`, `ES`.

A barging one holds on to whoever the heard phone talks with when it begins: that channel's end is told only when the
listener lets go of it (measured on Asterisk 22: app_chanspy keeps a reference). The leg itself ends at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ami.fake.channels import Channel
from ami.fake.steps import Spy


@dataclass(slots=True)
class _Ear:
    channel: Channel
    heard: Channel
    mode: str
    held: Channel | None = None


class Spies:
    """Who listens to whom on one switch."""

    def __init__(self) -> None:
        self._ears: dict[str, _Ear] = {}
        self._untold: dict[str, Callable[[], None]] = {}

    def begin(self, channel: Channel, heard: Channel, step: Spy) -> None:
        """A phone listens from now on; one that talks into a conversation holds its other end."""
        ear = self._ears[channel.unique_id] = _Ear(channel, heard, step.mode)
        bridge = heard.bridge
        if step.mode == "barge" and bridge is not None and not bridge.holding and not bridge.conference:
            ear.held = next((one for one in bridge.members.values() if one is not heard), None)

    def end(self, channel: Channel) -> None:
        """It listens no more: ends that were held back are told."""
        ear = self._ears.pop(channel.unique_id, None)
        if ear is None or ear.held is None or self._holds(ear.held):
            return
        tell = self._untold.pop(ear.held.unique_id, None)
        if tell is not None:
            tell()

    def of(self, heard: Channel) -> tuple[Channel, ...]:
        """The phones that listen to this one."""
        return tuple(ear.channel for ear in self._ears.values() if ear.heard is heard)

    def mode(self, channel: Channel) -> str:
        """How a phone listens; empty when it does not."""
        ear = self._ears.get(channel.unique_id)
        return "" if ear is None else ear.mode

    def keeps(self, channel: Channel, tell: Callable[[], None]) -> bool:
        """Whether the end of this channel is held back; `tell` is called when it no longer is."""
        if not self._holds(channel):
            return False
        self._untold[channel.unique_id] = tell
        return True

    def clear(self) -> None:
        """The switch died."""
        self._ears.clear()
        self._untold.clear()

    def _holds(self, channel: Channel) -> bool:
        return any(ear.held is channel for ear in self._ears.values())
