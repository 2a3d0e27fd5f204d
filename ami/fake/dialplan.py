"""The contexts of asterisk-conf/extensions.conf as behaviours: what the switch does by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from ami.fake.channels import Channel
from ami.fake.steps import Confer, Hold, Pause, Play, Spy, Step

Thread = Generator[Step, str, None]

GLOBALS: Mapping[str, str] = MappingProxyType(
    {
        "DIALER_DIALPLAN": "3",
        "DIALER_MESSAGE": "dialer/abandoned",
        "DIALER_OPTED_OUT": "dialer/opted-out",
        "DIALER_OPTOUT_KEY": "9",
        "DIALER_KEY_S": "4",
        "DIALER_HOLD_S": "2",
        "DIALER_RESCUE_S": "30",
        "DIALER_PARK_S": "900",
        "DIALER_INBOUND_S": "30",
        "DIALER_AGENT_DROP": "hang_up",
        "DIALER_TALK_DETECT": "0",
        "DIALER_AMD": "0",
        "DIALER_AMD_MACHINE": "message",
    }
)
"""The section [globals]."""

_ID = re.compile(r"[A-Za-z0-9.-]+")
_SECONDS = re.compile(r"[1-9][0-9]?[0-9]?")
_LONG = re.compile(r"[1-9][0-9]?[0-9]?[0-9]?")
_PARTY_S = 10
_CLIP = re.compile(r"/[A-Za-z0-9_/.-]+-amd[.]raw")
_MORE_S = 3.0
"""How long a sampled machine is still listened to before it is hung up on."""
_SOUND = re.compile(r"[A-Za-z0-9_/-]+")
_AGENT = re.compile(r"[a-z0-9][a-z0-9].*|[0-9]")
_NUMBER = re.compile(r"[+0-9].*")
_NOT_DIALED = re.compile(r"[^+0-9]")
_MOST_PLAYS = 3
_SPY_OPTIONS = {"listen": "quES", "whisper": "quwES", "barge": "quBES"}


@dataclass(frozen=True, slots=True)
class Sounds:
    """How long the sound files last, in seconds; a file not named lasts `other_s`."""

    lengths_s: Mapping[str, float] = field(
        default_factory=lambda: {"dialer/abandoned": 8.0, "dialer/opted-out": 2.0, "dialer/tone200": 0.2}
    )
    other_s: float = 8.0

    def length_s(self, sound: str) -> float:
        """How long one file lasts."""
        return self.lengths_s.get(sound, self.other_s)


class NoApplication(Exception):
    """No application of that name is loaded: the thread ends here, and the call with it."""


class Switchboard(Protocol):
    """What a dialplan thread may do at once."""

    sounds: Sounds
    globals: dict[str, str]

    def pick_up(self, channel: Channel) -> None:
        """Answer()."""

    def user_event(self, channel: Channel, name: str, **headers: str) -> None:
        """UserEvent(); NoApplication when it is not loaded."""

    def db_put(self, family: str, key: str, value: str) -> None:
        """Set(DB(family/key)=value)."""

    def epoch_text(self) -> str:
        """${EPOCH}."""

    def has_sound(self, sound: str) -> bool:
        """Whether a sound file can be played."""

    def talk_detect(self, channel: Channel) -> None:
        """Set(TALK_DETECT(set)=)."""

    def amd(self, channel: Channel) -> tuple[float, str, str]:
        """How long AMD() takes, AMDSTATUS and AMDCAUSE."""

    def silence_s(self, channel: Channel) -> float:
        """How long WaitForSilence(2000,1,30) takes."""

    def mix_monitor(self, channel: Channel, path: str) -> None:
        """MixMonitor(), or StopMixMonitor() without a path; NoApplication when it is not loaded."""


Context = Callable[[Switchboard, Channel], Thread]


def has_extension(context: str, exten: str) -> bool:
    """Whether the dialplan goes on at this place."""
    if context == "dialer-seat":
        return exten == "failed" or _AGENT.fullmatch(exten) is not None
    if context == "dialer-inbound":
        return _NUMBER.fullmatch(exten) is not None
    if context == "dialer-doctor" and exten == "silence":
        return True
    if context == "dialer-three":
        return exten in ("person", "party", "seat")
    if context == "dialer-listen":
        return exten in _SPY_OPTIONS
    return context in CONTEXTS and exten == "s"


def _seat(board: Switchboard, channel: Channel) -> Thread:
    del board
    if channel.exten == "failed":
        return
    channel.context = "dialer-seat"
    while True:
        yield Hold(f"seat-{channel.unique_id}")


def _call(board: Switchboard, channel: Channel) -> Thread:
    _arguments(board, channel)
    if _value(board, channel, "DIALER_TALK_DETECT") == "1":
        board.talk_detect(channel)
    if _value(board, channel, "DIALER_AMD") == "1":
        yield from _amd(board, channel)
    else:
        yield from _hold(board, channel)


def _hold(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-hold"
    yield Hold(f"call-{_call_id(channel)}", int(_value(board, channel, "DIALER_HOLD_S")))
    yield from _held(board, channel)


def _held(board: Switchboard, channel: Channel) -> Thread:
    if channel.variables.get("DIALER_CONNECTED") == "1":
        yield from _left(board, channel)
    else:
        yield from _abandoned(board, channel)


def _arguments(board: Switchboard, channel: Channel) -> None:
    variables = channel.variables
    for name, pattern, fallback in (
        ("DIALER_CALL_ID", _ID, channel.unique_id),
        ("DIALER_HOLD_S", _SECONDS, "2"),
        ("DIALER_RESCUE_S", _SECONDS, "30"),
        ("DIALER_INBOUND_S", _SECONDS, "30"),
        ("DIALER_MESSAGE", _SOUND, "dialer/abandoned"),
        ("DIALER_PARK_S", _LONG, "900"),
    ):
        value = _value(board, channel, name)
        variables[name] = value if pattern.fullmatch(value) else fallback


def _amd(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-amd"
    clip = channel.variables.get("DIALER_AMD_CLIP", "")
    if _CLIP.fullmatch(clip):
        board.mix_monitor(channel, clip)
    took_s, status, cause = board.amd(channel)
    yield Pause("AMD", took_s)
    call_id, action = _call_id(channel), _value(board, channel, "DIALER_AMD_MACHINE")
    channel.variables.update(AMDSTATUS=status, AMDCAUSE=cause)
    if status != "MACHINE" or action == "agent":
        board.mix_monitor(channel, "")
        board.user_event(channel, "DialerAmd", CallID=call_id, Status=status, Cause=cause, Then="agent")
        yield from _hold(board, channel)
        return
    board.db_put("dialer/machine", call_id, board.epoch_text())
    board.user_event(channel, "DialerAmd", CallID=call_id, Status=status, Cause=cause, Then="machine")
    if action != "hang_up":
        yield from _machine(board, channel)
    elif clip:
        yield Pause("Wait", _MORE_S)


def _machine(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-machine"
    yield Pause("WaitForSilence", board.silence_s(channel))
    board.mix_monitor(channel, "")
    sound = _value(board, channel, "DIALER_MACHINE_MESSAGE")
    if _SOUND.fullmatch(sound):
        channel.variables["DIALER_MESSAGE"] = sound
    yield from _message(board, channel)


def _left(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-left"
    if _value(board, channel, "DIALER_AGENT_DROP") == "rescue":
        yield from _rescue(board, channel)
    else:
        board.user_event(channel, "DialerReleased", CallID=_call_id(channel))


def _rescue(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-rescue"
    channel.variables["DIALER_CONNECTED"] = "0"
    call_id = _call_id(channel)
    board.user_event(channel, "DialerRescue", CallID=call_id)
    yield Hold(f"call-{call_id}", int(_value(board, channel, "DIALER_RESCUE_S") or 0), music=True)
    yield from _held(board, channel)


def _park(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-park"
    _arguments(board, channel)
    yield Hold(f"park-{_call_id(channel)}", int(_value(board, channel, "DIALER_PARK_S")), music=True)
    yield from _left(board, channel)


def _party(board: Switchboard, channel: Channel) -> Thread:
    del board
    channel.context = "dialer-party"
    yield Hold(f"party-{channel.unique_id}", _PARTY_S)


def _three(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-three"
    if channel.exten == "seat":
        call_id = _value(board, channel, "DIALER_WITH")
        if _ID.fullmatch(call_id):
            yield Confer(f"three-{call_id}", follows=True)
        channel.exten = "seat"
        yield from _seat(board, channel)
        return
    _arguments(board, channel)
    person = channel.exten == "person"
    yield Confer(f"three-{_call_id(channel)}", marked=person, follows=not person)
    if person:
        yield from _left(board, channel)


def _listen(board: Switchboard, channel: Channel) -> Thread:
    heard = _value(board, channel, "DIALER_HEARS")
    if _ID.fullmatch(heard):
        yield Spy(heard, channel.exten, _SPY_OPTIONS[channel.exten])


def _abandoned(board: Switchboard, channel: Channel) -> Thread:
    """The flag first: it must be there even if the next instruction never runs."""
    channel.context = "dialer-abandoned"
    _arguments(board, channel)
    call_id = _call_id(channel)
    if channel.variables.get("DIALER_INBOUND") == "1":
        board.user_event(channel, "DialerMissed", CallID=call_id)
    else:
        board.db_put("dialer/abandon", call_id, board.epoch_text())
        board.user_event(channel, "DialerAbandon", CallID=call_id)
    yield from _message(board, channel)


def _message(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-message"
    sound = _value(board, channel, "DIALER_MESSAGE")
    for_s = board.sounds.length_s(sound) + float(_value(board, channel, "DIALER_KEY_S") or 0)
    for _ in range(_MOST_PLAYS):
        key = yield Play(sound, for_s, keys=True, application="Read")
        if key and key == _value(board, channel, "DIALER_OPTOUT_KEY"):
            yield from _optout(board, channel)
            return
        if not key:
            return


def _optout(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-optout"
    call_id = _call_id(channel)
    caller = channel.variables.get("DIALER_CALLER", "")
    if channel.variables.get("DIALER_INBOUND") == "1" and caller:
        board.db_put("dialer/caller", call_id, caller)
    board.db_put("dialer/optout", call_id, board.epoch_text())
    board.user_event(channel, "DialerOptOut", CallID=call_id)
    sound = _value(board, channel, "DIALER_OPTED_OUT")
    yield Play(sound, board.sounds.length_s(sound))


def _play(board: Switchboard, channel: Channel) -> Thread:
    sound = _value(board, channel, "DIALER_SOUND")
    if _SOUND.fullmatch(sound) and board.has_sound(sound):
        yield Play(sound, board.sounds.length_s(sound))
    channel.exten = "seat"
    yield from _seat(board, channel)


def _doctor(board: Switchboard, channel: Channel) -> Thread:
    if channel.exten == "silence":
        yield Pause("Wait", 120.0)
        return
    _arguments(board, channel)
    call_id = _call_id(channel)
    board.db_put("dialer/doctor", call_id, board.epoch_text())
    yield Hold(f"doctor-{call_id}", 1)
    steps = (
        ("tone200", "dialer/tone200"),
        ("opted-out", _value(board, channel, "DIALER_OPTED_OUT")),
        ("message", _value(board, channel, "DIALER_MESSAGE")),
    )
    for step, sound in steps:
        if step == "message":
            board.user_event(channel, "DialerDoctor", CallID=call_id, Step=step, Status="STARTED")
        there = board.has_sound(sound)
        if there:
            yield Play(sound, board.sounds.length_s(sound))
        status = "SUCCESS" if there else "FAILED"
        board.user_event(channel, "DialerDoctor", CallID=call_id, Step=step, Status=status)


def _inbound(board: Switchboard, channel: Channel) -> Thread:
    channel.context = "dialer-inbound"
    variables = channel.variables
    variables.update(DIALER_CALL_ID=channel.unique_id, DIALER_INBOUND="1", DIALER_CONNECTED="0")
    caller, dialed = (_NOT_DIALED.sub("", text[:20]) for text in (channel.caller[0], channel.exten))
    variables["DIALER_CALLER"] = caller
    _arguments(board, channel)
    variables["DIALER_CALL_ID"] = channel.unique_id
    board.pick_up(channel)
    hold_s = variables["DIALER_INBOUND_S"]
    call_id = _call_id(channel)
    board.user_event(channel, "DialerInbound", CallID=call_id, Caller=caller, Dialed=dialed, HoldS=hold_s)
    yield Hold(f"call-{call_id}", int(hold_s), music=True)
    yield from _held(board, channel)


def _value(board: Switchboard, channel: Channel, name: str) -> str:
    """${name}: the channel's own, else the global one."""
    value = channel.variables.get(name)
    return board.globals.get(name, "") if value is None else value


def _call_id(channel: Channel) -> str:
    return channel.variables.get("DIALER_CALL_ID", "")


SUBROUTINES = frozenset({"dialer-arguments"})
"""Contexts that are only ever called by Gosub."""

CONTEXTS: dict[str, Context] = {
    "dialer-seat": _seat,
    "dialer-call": _call,
    "dialer-hold": _hold,
    "dialer-amd": _amd,
    "dialer-machine": _machine,
    "dialer-left": _left,
    "dialer-rescue": _rescue,
    "dialer-park": _park,
    "dialer-party": _party,
    "dialer-three": _three,
    "dialer-listen": _listen,
    "dialer-abandoned": _abandoned,
    "dialer-message": _message,
    "dialer-optout": _optout,
    "dialer-inbound": _inbound,
    "dialer-play": _play,
    "dialer-doctor": _doctor,
}
