"""What we ask of Asterisk, as typed builders.

Each builder checks what it is given, so that a number, a name or any other text is refused (Unsendable)
before it can become a second header, a second variable or an argument of the dialplan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ami.errors import Unsendable
from ami.events import ORIGINATE_SUFFIX
from ami.wire import Header, check_value, encode_action

CALL_CONTEXT: Final = "dialer-call"
SEAT_CONTEXT: Final = "dialer-seat"
DOCTOR_CONTEXT: Final = "dialer-doctor"
PLAY_CONTEXT: Final = "dialer-play"
PARK_CONTEXT: Final = "dialer-park"
PARTY_CONTEXT: Final = "dialer-party"
THREE_CONTEXT: Final = "dialer-three"
RESCUE_CONTEXT: Final = "dialer-rescue"
LISTEN_CONTEXT: Final = "dialer-listen"
MODES: Final = ("listen", "whisper", "barge")
WITH_VARIABLE: Final = "DIALER_WITH"
HEARS_VARIABLE: Final = "DIALER_HEARS"
SOUND_VARIABLE: Final = "DIALER_SOUND"
CONNECTED_VARIABLE: Final = "DIALER_CONNECTED"
TAPE_VARIABLE: Final = "DIALER_TAPE"
MUTED_VARIABLE: Final = "DIALER_TAPE_MUTED"
PROBE_EVENT: Final = "DialerProbe"

_ID: Final = re.compile(r"[A-Za-z0-9-][A-Za-z0-9.-]{0,63}")
_AGENT: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
# Technology, slash, target: no separator of the dialplan (, | & ; ^ !), no space, no ${}.
_DIAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{1,15}/[A-Za-z0-9+*#._:/-]{1,150}(@[A-Za-z0-9._:-]{1,80})?")
_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,32}")
_PLAIN: Final = re.compile(r"(?:[^\W_]|[ _.:@/+*#='-])*")
_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{1,79}")
_EXTEN: Final = re.compile(r"[A-Za-z0-9*#+_-]{1,79}")
_VARIABLE: Final = re.compile(r"_{0,2}[A-Z][A-Z0-9_]{0,59}")
_CALLER_ID: Final = re.compile(r'(?:"[^"<>\\|;${}]{0,60}" ?)?<\+?[0-9*#]{0,32}>|\+?[0-9*#]{1,32}')
_SOUND: Final = re.compile(r"[A-Za-z0-9_/-]{1,120}")
_PATH: Final = re.compile(r"(?=.{2,241}$)(?:/(?!\.\.?(?:/|$))[A-Za-z0-9_.-]+)+")


@dataclass(frozen=True, slots=True)
class Action:
    """One request: its name, its headers in order; `wants_list` when events follow until the list ends."""

    name: str
    headers: tuple[Header, ...] = field(default=(), repr=False)
    action_id: str = ""
    wants_list: bool = False

    def encode(self, action_id: str) -> bytes:
        """Return the bytes for the wire under this ActionID."""
        return encode_action((("Action", self.name), ("ActionID", action_id), *self.headers))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One call to place. `dial_string` is PJSIP/<number>@<trunk>; `ring_timeout_s` is Originate's Timeout."""

    call_id: str
    dial_string: str
    caller_id: str = ""
    ring_timeout_s: float = 30.0
    hold_s: int = 2
    amd: bool = False
    agent_drop: str = "hang_up"
    variables: Mapping[str, str] = field(default_factory=dict)
    account: str = ""


def checked_id(what: str, value: str) -> str:
    """Return a channel's or call's id if it is one ([A-Za-z0-9.-], 1..64); Asterisk's own ids hold a dot."""
    return _checked(_ID, what, value)


def plain_value(what: str, value: str) -> str:
    """Return a variable's value if the dialplan reads it as nothing but text."""
    if len(value.encode(errors="replace")) > 400:
        raise Unsendable(f"{what}: longer than 400 bytes")
    return _checked(_PLAIN, what, value)


def dial_string(template: str, number: str) -> str:
    """Put a number into a trunk's template (`PJSIP/{number}@carrier`); it can name nothing but a number."""
    return _checked(_DIAL, "dial string", template.replace("{number}", _checked(_NUMBER, "number", number)))


def originate_call(call: Outgoing) -> Action:
    """Place a call; the answered party runs in the context for calls."""
    if call.agent_drop not in ("hang_up", "rescue"):
        raise Unsendable("agent_drop: hang_up or rescue")
    if not 1 <= call.hold_s <= 600:
        raise Unsendable("hold_s: whole seconds from 1 to 600")
    variables = {
        "DIALER_CALL_ID": checked_id("call_id", call.call_id),
        "DIALER_HOLD_S": str(int(call.hold_s)),
        "DIALER_AMD": "1" if call.amd else "0",
        "DIALER_AGENT_DROP": call.agent_drop,
        **call.variables,
    }
    return _originate(
        call.call_id,
        call.dial_string,
        context=CALL_CONTEXT,
        exten="s",
        timeout_s=call.ring_timeout_s,
        caller_id=call.caller_id,
        account=call.account,
        variables=variables,
    )


def originate_seat(
    seat_id: str, endpoint: str, *, agent_exten: str, timeout_s: float, caller_id: str = "", account: str = ""
) -> Action:
    """Ring an agent's phone; it runs in the context for seats at the agent's id."""
    return _originate(
        seat_id,
        endpoint,
        context=SEAT_CONTEXT,
        exten=_checked(_AGENT, "agent", agent_exten),
        timeout_s=timeout_s,
        caller_id=caller_id,
        account=account,
        variables={"DIALER_SEAT_ID": checked_id("seat_id", seat_id)},
    )


def originate_party(
    party_id: str, call_id: str, target: str, *, timeout_s: float, caller_id: str = "", account: str = ""
) -> Action:
    """Call a third party for a conversation; it waits in the context for them until it is joined."""
    return _originate(
        checked_id("party_id", party_id),
        target,
        context=PARTY_CONTEXT,
        exten="s",
        timeout_s=timeout_s,
        caller_id=caller_id,
        account=account,
        variables={"DIALER_CALL_ID": checked_id("call_id", call_id)},
    )


def originate_listener(
    listener_id: str,
    seat_id: str,
    endpoint: str,
    *,
    mode: str,
    timeout_s: float,
    caller_id: str = "",
    account: str = "",
) -> Action:
    """Ring a supervisor's phone; it hears an agent's as the mode says."""
    return _originate(
        checked_id("listener_id", listener_id),
        endpoint,
        context=LISTEN_CONTEXT,
        exten=checked_mode(mode),
        timeout_s=timeout_s,
        caller_id=caller_id,
        account=account,
        variables={HEARS_VARIABLE: checked_id("seat_id", seat_id)},
    )


def checked_mode(mode: str) -> str:
    """Return the mode if it is one: listen, whisper or barge."""
    if mode not in MODES:
        raise Unsendable(f"mode: one of {', '.join(MODES)}")
    return mode


def bridge(call_id: str, seat_id: str, *, tone: bool) -> Action:
    """Join both channels; with `tone` the second hears the switch's signal first."""
    headers: tuple[Header, ...] = (
        ("Channel1", checked_id("call_id", call_id)),
        ("Channel2", checked_id("seat_id", seat_id)),
    )
    return Action("Bridge", (*headers, ("Tone", "Channel2")) if tone else headers)


def hang_up(channel_id: str, cause: int) -> Action:
    """End a channel with a Q.850 cause."""
    if not 0 <= cause <= 127:
        raise Unsendable("cause: a Q.850 cause is 0..127")
    return Action("Hangup", (("Channel", checked_id("channel", channel_id)), ("Cause", str(int(cause)))))


def set_var(channel_id: str, name: str, value: str) -> Action:
    """Set one channel variable."""
    return Action(
        "Setvar",
        (
            ("Channel", checked_id("channel", channel_id)),
            ("Variable", _checked(_VARIABLE, "variable", name)),
            ("Value", plain_value(name, value)),
        ),
    )


def get_var(channel_id: str, name: str) -> Action:
    """Read one channel variable."""
    return Action(
        "Getvar",
        (
            ("Channel", checked_id("channel", channel_id)),
            ("Variable", _checked(_VARIABLE, "variable", name)),
        ),
    )


def redirect(channel_id: str, context: str, exten: str, priority: int = 1) -> Action:
    """Send a channel to a place in the dialplan."""
    return Action(
        "Redirect",
        (
            ("Channel", checked_id("channel", channel_id)),
            ("Context", _checked(_WORD, "context", context)),
            ("Exten", _checked(_EXTEN, "exten", exten)),
            ("Priority", str(int(priority))),
        ),
    )


def redirect_both(channel_id: str, exten: str, other_id: str, other_exten: str, context: str) -> Action:
    """Send two channels to places in one context, without a moment in which either is alone."""
    return Action(
        "Redirect",
        (
            ("Channel", checked_id("channel", channel_id)),
            ("ExtraChannel", checked_id("channel", other_id)),
            ("Context", _checked(_WORD, "context", context)),
            ("Exten", _checked(_EXTEN, "exten", exten)),
            ("Priority", "1"),
            ("ExtraContext", _checked(_WORD, "context", context)),
            ("ExtraExten", _checked(_EXTEN, "exten", other_exten)),
            ("ExtraPriority", "1"),
        ),
    )


def choose_sound(seat_id: str, sound: str) -> Action:
    """Name the sound file (without its ending) that the context for playing plays."""
    return set_var(seat_id, SOUND_VARIABLE, _checked(_SOUND, "sound", sound))


def record(channel_id: str, path: str) -> Action:
    """Record both directions of a channel into a file on the switch.

    A name that ends in `.raw` gets both apart: 16-bit samples of 8 kHz, what the channel says on the left, what it
    hears on the right. Any other is a mix of both.
    """
    if ".." in path:
        raise Unsendable("path: no .. in it")
    headers: tuple[Header, ...] = (
        ("Channel", checked_id("channel", channel_id)),
        ("File", _checked(_PATH, "path", path)),
    )
    return Action("MixMonitor", (*headers, ("Options", "D")) if path.endswith(".raw") else headers)


def record_and_say(channel_id: str, path: str) -> tuple[Action, ...]:
    """Record, and let the channel's own variables tell of it: a daemon that comes back reads them."""
    said = set_var(channel_id, TAPE_VARIABLE, path), set_var(channel_id, MUTED_VARIABLE, "0")
    return record(channel_id, path), *said


def mute_recording(channel_id: str, *, muted: bool) -> Action:
    """Let a recording hear silence, or both directions again."""
    return Action(
        "MixMonitorMute",
        (
            ("Channel", checked_id("channel", channel_id)),
            ("Direction", "both"),
            ("State", "1" if muted else "0"),
        ),
    )


def stop_recording(channel_id: str) -> Action:
    """Close the recording of a channel."""
    return Action("StopMixMonitor", (("Channel", checked_id("channel", channel_id)),))


def show_channels() -> Action:
    """List every live channel."""
    return Action("CoreShowChannels", wants_list=True)


def status(variables: tuple[str, ...] = (), channel_id: str = "") -> Action:
    """List one channel or all with the values of these variables."""
    headers: list[Header] = []
    if channel_id:
        headers.append(("Channel", checked_id("channel", channel_id)))
    if variables:
        names = ",".join(_checked(_VARIABLE, "variable", name) for name in variables)
        headers.append(("Variables", names))
    return Action("Status", tuple(headers), wants_list=True)


def read_tree(family: str) -> Action:
    """List AstDB below a family."""
    return Action("DBGetTree", (("Family", _checked(_SOUND, "family", family)),), wants_list=True)


def delete_key(family: str, key: str) -> Action:
    """Delete one key of AstDB."""
    return Action("DBDel", (("Family", _checked(_SOUND, "family", family)), ("Key", checked_id("key", key))))


def module_check(module: str) -> Action:
    """Ask whether a module is loaded."""
    return Action("ModuleCheck", (("Module", _checked(_WORD, "module", module)),))


def show_dialplan(context: str) -> Action:
    """List one context of the dialplan."""
    return Action("ShowDialPlan", (("Context", _checked(_WORD, "context", context)),), wants_list=True)


def get_global(name: str) -> Action:
    """Read one global variable of the dialplan."""
    return Action("Getvar", (("Variable", _checked(_VARIABLE, "variable", name)),))


def probe(nonce: str) -> Action:
    """Send an event to ourselves, to see whether user events reach us."""
    return Action("UserEvent", (("UserEvent", PROBE_EVENT), ("Nonce", checked_id("nonce", nonce))))


def rehearse(call_id: str) -> Action:
    """Run the dialplan's rehearsal with nobody on the other end.

    The one use of a Local channel: nothing is bridged, so nothing is optimised away.
    """
    headers = (
        ("Channel", f"Local/silence@{DOCTOR_CONTEXT}/n"),
        ("Context", DOCTOR_CONTEXT),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", "5000"),
        ("Async", "true"),
        ("ChannelId", checked_id("call_id", call_id)),
        ("Variable", f"DIALER_CALL_ID={call_id}"),
    )
    return Action("Originate", headers, action_id=call_id + ORIGINATE_SUFFIX)


def show_endpoint(name: str) -> Action:
    """List what is known of one PJSIP endpoint and its contacts."""
    return Action("PJSIPShowEndpoint", (("Endpoint", _checked(_WORD, "endpoint", name)),), wants_list=True)


def simple(name: str, **headers: str) -> Action:
    """Build an action without user data, such as Ping or CoreStatus."""
    return Action(name, tuple((key, check_value(key, value)) for key, value in headers.items()))


def _originate(
    channel_id: str,
    dial_string: str,
    *,
    context: str,
    exten: str,
    timeout_s: float,
    caller_id: str,
    account: str,
    variables: Mapping[str, str],
) -> Action:
    # Local channels are optimised away on bridging, and our id with them.
    if _checked(_DIAL, "dial string", dial_string).lower().startswith("local/"):
        raise Unsendable("dial string: a Local channel would lose the call's id")
    if not 1 <= timeout_s <= 300:
        raise Unsendable("time-out: from 1 to 300 seconds")
    headers = [
        ("Channel", dial_string),
        ("Context", context),
        ("Exten", exten),
        ("Priority", "1"),
        ("Timeout", str(round(timeout_s * 1000))),
        ("Async", "true"),
        ("ChannelId", channel_id),
    ]
    if caller_id:
        headers.append(("CallerID", _checked(_CALLER_ID, "caller id", caller_id)))
    if account:
        headers.append(("Account", _checked(_WORD, "account", account)))
    for name, value in variables.items():
        _checked(_VARIABLE, "variable", name)
        headers.append(("Variable", f"{name}={plain_value(name, value)}"))
    return Action("Originate", tuple(headers), action_id=channel_id + ORIGINATE_SUFFIX)


def _checked(pattern: re.Pattern[str], what: str, value: str) -> str:
    if not pattern.fullmatch(check_value(what, value)):
        raise Unsendable(f"{what}: not allowed here")
    return value
