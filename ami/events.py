"""What happens on a node, as facts in the past tense.

Relied on, by name: OriginateResponse, DialState, DialEnd, BridgeEnter, BridgeLeave, Hangup, UserEvent,
ChannelTalkingStart, ChannelTalkingStop, FullyBooted, Shutdown. Their mutual order varies (they come from
different threads of Asterisk): drive a machine by facts, never by "first this, then that".

`at` is the switch's own Timestamp where the event has one, `received` our clock when the bytes came in;
both are seconds since the Unix epoch, on two clocks that need not agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ami.wire import Message

# Originate's ActionID is the channel's id with this ending: the id is recoverable from OriginateResponse,
# whose Uniqueid may belong to another channel.
ORIGINATE_SUFFIX: Final = ".originate"

HOLDING_BRIDGE: Final = "holding_bridge"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a node."""

    at: float
    node: str
    received: float


@dataclass(frozen=True, slots=True)
class ChannelRang(Event):
    """The called phone rings (180); may be told more than once."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class ChannelProgressed(Event):
    """The far end works on the call: status PROCEEDING or PROGRESS (183)."""

    channel_id: str
    status: str


@dataclass(frozen=True, slots=True)
class ChannelAnswered(Event):
    """The called phone was picked up."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class DialFailed(Event):
    """Dialing ended unanswered (BUSY, NOANSWER, CONGESTION, CHANUNAVAIL, CANCEL): a help, not the outcome."""

    channel_id: str
    status: str


@dataclass(frozen=True, slots=True)
class OriginateSucceeded(Event):
    """The channel was answered and runs in its context."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class OriginateFailed(Event):
    """The channel was not answered: reason 3 our time-out, 0 look at the hang-up's cause."""

    channel_id: str
    reason: int


@dataclass(frozen=True, slots=True)
class BridgeEntered(Event):
    """A channel entered a bridge that now has `members` channels."""

    channel_id: str
    bridge_id: str
    bridge_name: str
    holding: bool
    members: int


@dataclass(frozen=True, slots=True)
class BridgeLeft(Event):
    """A channel left a bridge that now has `members` channels."""

    channel_id: str
    bridge_id: str
    bridge_name: str
    holding: bool
    members: int


@dataclass(frozen=True, slots=True)
class ChannelHungUp(Event):
    """A channel is gone: Q.850 cause, its text, and the SIP status where the switch gives it."""

    channel_id: str
    cause: int
    cause_text: str
    tech_cause: int | None


@dataclass(frozen=True, slots=True)
class TalkStarted(Event):
    """The party on the channel began to speak (TALK_DETECT)."""

    channel_id: str


@dataclass(frozen=True, slots=True)
class TalkStopped(Event):
    """The party on the channel fell silent after `duration_s` of speech (TALK_DETECT)."""

    channel_id: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class DialerAbandon(Event):
    """The dialplan gave the call up: hold time over, nobody connected."""

    call_id: str


@dataclass(frozen=True, slots=True)
class DialerOptOut(Event):
    """The called party pressed the opt-out key."""

    call_id: str


@dataclass(frozen=True, slots=True)
class DialerAmd(Event):
    """The answering-machine detection's verdict: HUMAN, MACHINE, NOTSURE or HANGUP, and its cause.

    `then`: what the dialplan does about it, agent or machine; empty from an older dialplan.
    """

    call_id: str
    status: str
    cause: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class DialerReleased(Event):
    """A connected call left its bridge and the dialplan lets it go."""

    call_id: str


@dataclass(frozen=True, slots=True)
class DialerRescue(Event):
    """A connected call lost its agent and went into the second hold."""

    call_id: str


@dataclass(frozen=True, slots=True)
class DialerInbound(Event):
    """Somebody rang one of our numbers and begins to wait: `hold_s` whole seconds, 0 where the switch does not say.

    `caller` and `dialed` are what the trunk told: hostile, at most digits and plus signs, empty where withheld.
    The call's id is the channel's own.
    """

    call_id: str
    caller: str
    dialed: str
    hold_s: int


@dataclass(frozen=True, slots=True)
class DialerMissed(Event):
    """Somebody who rang us found no agent within the wait and hears the message."""

    call_id: str


@dataclass(frozen=True, slots=True)
class DialerDoctor(Event):
    """A step of the dialplan's rehearsal was reached, and how it went."""

    call_id: str
    step: str
    status: str


@dataclass(frozen=True, slots=True)
class LiveChannel:
    """One channel of a snapshot. `call_id` is its DIALER_CALL_ID, empty where it has none (seats).

    `caller` is the number of its caller id, digits and plus signs only.
    """

    channel_id: str
    name: str
    state: str
    bridge_id: str
    application: str
    context: str
    exten: str
    account: str
    duration_s: int
    call_id: str
    caller: str = ""


@dataclass(frozen=True, slots=True)
class Flags:
    """What the dialplan wrote to AstDB under dialer/, by family and call id; values as written."""

    families: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def abandon(self) -> Mapping[str, float]:
        """Instant (seconds since the epoch, switch's clock) by call id; 0.0 where the value is no number."""
        return _instants(self.families.get("abandon", {}))

    @property
    def optout(self) -> Mapping[str, float]:
        """Instant (seconds since the epoch, switch's clock) by call id; 0.0 where the value is no number."""
        return _instants(self.families.get("optout", {}))

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Every (family, call id) read: exactly what may be cleared once it is committed."""
        return tuple((family, key) for family, entries in self.families.items() for key in entries)


@dataclass(frozen=True, slots=True)
class Synced(Event):
    """The truth of a node at (re)connect; buffered events follow, then LinkUp.

    `restarted`: Asterisk started anew since this Switch last saw it, so channels not listed are gone.
    `boot` names the run of Asterisk (its start date and time), to compare across restarts of ours.
    """

    channels: tuple[LiveChannel, ...]
    flags: Flags
    restarted: bool
    boot: str


@dataclass(frozen=True, slots=True)
class LinkUp(Event):
    """Verbs work from now on."""

    restarted: bool


@dataclass(frozen=True, slots=True)
class LinkDown(Event):
    """Verbs raise LineDown from now on. Sent once for each LinkUp."""

    reason: str


def parse(message: Message, node: str, received: float) -> Event | None:
    """Return the typed event, or None for one that is not ours or not understood."""
    build = _BUILDERS.get(message.event)
    if build is None:
        return None
    return build(message, stamped(message, received), node, received)


def stamped(message: Message, received: float) -> float:
    """Return the switch's own instant of an event, or when it came if it has none."""
    return _instant(message.get("Timestamp"), received)


def live_channel(message: Message) -> LiveChannel:
    """Build a snapshot's entry from a CoreShowChannel event."""
    get = message.get
    return LiveChannel(
        channel_id=get("Uniqueid"),
        name=get("Channel"),
        state=get("ChannelStateDesc"),
        bridge_id=get("BridgeId"),
        application=get("Application"),
        context=get("Context"),
        exten=get("Exten"),
        account=get("AccountCode"),
        duration_s=_clock_s(get("Duration")),
        call_id=channel_variables(message, "ChanVariable").get("DIALER_CALL_ID", ""),
        caller=_dialable(get("CallerIDNum")),
    )


def channel_variables(message: Message, header: str) -> dict[str, str]:
    """Return the variables an event shows in this header, without the unset ones."""
    pairs = (text.partition("=") for text in message.get_all(header))
    return {name: value for name, _, value in pairs if value not in ("", "(null)")}


def flags(entries: Iterable[tuple[str, str]]) -> Flags:
    """Sort AstDB's entries (/dialer/<family>/<call id>, value) by family; others are left out."""
    families: dict[str, dict[str, str]] = {}
    for path, value in entries:
        parts = path.strip("/").split("/")
        if len(parts) == 3:
            families.setdefault(parts[1], {})[parts[2]] = value
    return Flags(families)


def _instants(entries: Mapping[str, str]) -> Mapping[str, float]:
    return {key: _instant(value, 0.0) for key, value in entries.items()}


def _instant(text: str, default: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return default
    return value if 0.0 < value < 1e11 else default


def _int(text: str, default: int = 0) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _clock_s(text: str) -> int:
    seconds = 0
    for part in text.split(":"):
        seconds = seconds * 60 + _int(part)
    return seconds


def _originate(m: Message, at: float, node: str, received: float) -> Event | None:
    action_id = m.action_id
    if not action_id.endswith(ORIGINATE_SUFFIX):
        return None
    channel_id = action_id.removesuffix(ORIGINATE_SUFFIX)
    if m.get("Response") == "Success":
        return OriginateSucceeded(at, node, received, channel_id)
    return OriginateFailed(at, node, received, channel_id, _int(m.get("Reason")))


def _dial_state(m: Message, at: float, node: str, received: float) -> Event | None:
    status = m.get("DialStatus")
    if status == "RINGING":
        return ChannelRang(at, node, received, m.get("DestUniqueid"))
    if status in ("PROCEEDING", "PROGRESS"):
        return ChannelProgressed(at, node, received, m.get("DestUniqueid"), status)
    return None


def _dial_end(m: Message, at: float, node: str, received: float) -> Event | None:
    status = m.get("DialStatus")
    if status == "ANSWER":
        return ChannelAnswered(at, node, received, m.get("DestUniqueid"))
    return DialFailed(at, node, received, m.get("DestUniqueid"), status)


def _bridge(kind: type[BridgeEntered] | type[BridgeLeft]) -> _Builder:
    def build(m: Message, at: float, node: str, received: float) -> Event | None:
        return kind(
            at,
            node,
            received,
            channel_id=m.get("Uniqueid"),
            bridge_id=m.get("BridgeUniqueid"),
            bridge_name=m.get("BridgeName"),
            holding=m.get("BridgeTechnology") == HOLDING_BRIDGE,
            members=_int(m.get("BridgeNumChannels")),
        )

    return build


def _hangup(m: Message, at: float, node: str, received: float) -> Event | None:
    tech = m.get("TechCause")
    return ChannelHungUp(
        at,
        node,
        received,
        channel_id=m.get("Uniqueid"),
        cause=_int(m.get("Cause")),
        cause_text=m.get("Cause-txt"),
        tech_cause=_int(tech) or None,
    )


def _talk_start(m: Message, at: float, node: str, received: float) -> Event | None:
    return TalkStarted(at, node, received, m.get("Uniqueid"))


def _talk_stop(m: Message, at: float, node: str, received: float) -> Event | None:
    return TalkStopped(at, node, received, m.get("Uniqueid"), _int(m.get("Duration")) / 1000)


def _user(m: Message, at: float, node: str, received: float) -> Event | None:
    call_id = m.get("CallID")
    match m.get("UserEvent"):
        case "DialerAbandon":
            return DialerAbandon(at, node, received, call_id)
        case "DialerOptOut":
            return DialerOptOut(at, node, received, call_id)
        case "DialerAmd":
            return DialerAmd(at, node, received, call_id, m.get("Status"), m.get("Cause"), m.get("Then"))
        case "DialerReleased":
            return DialerReleased(at, node, received, call_id)
        case "DialerRescue":
            return DialerRescue(at, node, received, call_id)
        case "DialerInbound":
            return _inbound(m, at, node, received)
        case "DialerMissed":
            return DialerMissed(at, node, received, call_id)
        case "DialerDoctor":
            return DialerDoctor(at, node, received, call_id, m.get("Step"), m.get("Status"))
    return None


def _inbound(m: Message, at: float, node: str, received: float) -> Event:
    caller, dialed = _dialable(m.get("Caller")), _dialable(m.get("Dialed"))
    return DialerInbound(at, node, received, m.get("CallID"), caller, dialed, _int(m.get("HoldS")))


def _dialable(text: str) -> str:
    return _NOT_DIALED.sub("", text)[:20]


_NOT_DIALED: Final = re.compile(r"[^+0-9]")

_Builder = Callable[[Message, float, str, float], Event | None]

_BUILDERS: Final[Mapping[str, _Builder]] = {
    "OriginateResponse": _originate,
    "DialState": _dial_state,
    "DialEnd": _dial_end,
    "BridgeEnter": _bridge(BridgeEntered),
    "BridgeLeave": _bridge(BridgeLeft),
    "Hangup": _hangup,
    "UserEvent": _user,
    "ChannelTalkingStart": _talk_start,
    "ChannelTalkingStop": _talk_stop,
}

# What the client parses; everything else is dropped by name, unread.
WANTED: Final = frozenset(name.encode() for name in (*_BUILDERS, "FullyBooted", "Shutdown"))
