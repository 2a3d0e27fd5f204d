"""The contexts of asterisk-conf/extensions.conf as behaviours: what the switch does by itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Protocol

from ami.fake.channels import Channel
from ami.fake.steps import Hold, Pause, Play, Step

Thread = Generator[Step, str, None]


@dataclass(frozen=True, slots=True)
class Sounds:
    """How long what is played lasts, in seconds."""

    message_s: float = 8.0
    key_wait_s: float = 3.0
    optout_key: str = "9"
    thanks_s: float = 1.0


class Switchboard(Protocol):
    """What a dialplan thread may do at once."""

    sounds: Sounds

    def user_event(self, channel: Channel, name: str, **headers: str) -> None:
        """UserEvent()."""

    def db_put(self, family: str, key: str, value: str) -> None:
        """Set(DB(family/key)=value)."""

    def epoch_text(self) -> str:
        """${EPOCH}."""

    def amd(self, channel: Channel) -> tuple[float, str, str]:
        """How long AMD() takes, AMDSTATUS and AMDCAUSE."""


Context = Callable[[Switchboard, Channel], Thread]


def seat(board: Switchboard, channel: Channel) -> Thread:
    """[dialer-seat]: hold, and hold again after each conversation."""
    del board
    bridge = f"seat-{channel.variables.get('DIALER_SEAT_ID') or channel.unique_id}"
    while True:
        yield Hold(bridge)


def call(board: Switchboard, channel: Channel) -> Thread:
    """[dialer-call]: hold for an agent; without one the message; after one the end, or a second hold."""
    call_id = _call_id(channel)
    limit_s = _whole(channel.variables.get("DIALER_HOLD_S", ""))
    if channel.variables.get("DIALER_AMD") == "1":
        took_s, status, cause = board.amd(channel)
        yield Pause("AMD", took_s)
        channel.variables.update(AMDSTATUS=status, AMDCAUSE=cause)
        board.user_event(channel, "DialerAmd", CallID=call_id, Status=status, Cause=cause)
        limit_s = max(1, limit_s - math.ceil(took_s))
    yield Hold(f"call-{call_id}", limit_s)
    if channel.variables.get("DIALER_CONNECTED") != "1":
        yield from _abandoned(board, channel)
        return
    if channel.variables.get("DIALER_AGENT_DROP") == "rescue":
        yield from rescue(board, channel)
        return
    board.user_event(channel, "DialerReleased", CallID=call_id)


def rescue(board: Switchboard, channel: Channel) -> Thread:
    """[dialer-rescue]: a second hold, with music; the next agent or the message follows."""
    call_id = _call_id(channel)
    while True:
        channel.variables["DIALER_CONNECTED"] = "0"
        board.user_event(channel, "DialerRescue", CallID=call_id)
        yield Hold(f"call-{call_id}", _whole(channel.variables.get("DIALER_HOLD_S", "")), music=True)
        if channel.variables.get("DIALER_CONNECTED") != "1":
            yield from _abandoned(board, channel)
            return


def _abandoned(board: Switchboard, channel: Channel) -> Thread:
    """The flag first: it must be there even if the next instruction never runs."""
    call_id = _call_id(channel)
    board.db_put("dialer/abandon", call_id, board.epoch_text())
    board.user_event(channel, "DialerAbandon", CallID=call_id)
    key = yield Play("dialer/abandoned", board.sounds.message_s, keys=board.sounds.optout_key)
    if key == board.sounds.optout_key:
        board.db_put("dialer/optout", call_id, board.epoch_text())
        board.user_event(channel, "DialerOptOut", CallID=call_id)
        yield Play("dialer/optout-done", board.sounds.thanks_s)


def _call_id(channel: Channel) -> str:
    return channel.variables.get("DIALER_CALL_ID", "")


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


CONTEXTS: dict[str, Context] = {"dialer-seat": seat, "dialer-call": call, "dialer-rescue": rescue}
