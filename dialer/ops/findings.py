"""What an examined Asterisk lacks, judged from plain facts: pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

import ami


class Level(Enum):
    """How bad a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined: what was found, and the remedy unless all is well."""

    node: str
    check: str
    level: Level
    said: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What came of a call through the dialplan with nobody on the other end.

    `steps`: sound -> PLAYBACKSTATUS (STARTED when it was cut short); `events`: names of the events that arrived.
    """

    error: str = ""
    steps: Mapping[str, str] | None = None
    events: frozenset[str] = frozenset()
    stamped: bool = False
    skew_s: float = 0.0
    variable_seen: bool = False
    flag_seen: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was learnt of one node. `report` is None when the line never came up.

    `fence` is why its user could not end a session; empty when it could, None where there is no such user.
    """

    node: str
    reason: str = ""
    report: ami.NodeReport | None = None
    rehearsal: Rehearsal | None = None
    endpoints: Mapping[str, ami.EndpointReport | None] | None = None
    seats: int = 0
    needs_amd: bool = False
    tls: bool = False
    fence: str | None = None


OLDEST: Final = 20  # advanced event filters
TESTED: Final = 22
DIALPLAN_VERSION: Final = "3"
SKEW_WARN_S: Final = 0.5
SEATS_PER_CORE: Final = 300  # idle seats, one bridge each, no generated silence

CONTEXTS: Final = (
    "dialer-seat",
    "dialer-play",
    "dialer-call",
    "dialer-hold",
    "dialer-arguments",
    "dialer-amd",
    "dialer-machine",
    "dialer-left",
    "dialer-rescue",
    "dialer-park",
    "dialer-party",
    "dialer-three",
    "dialer-listen",
    "dialer-abandoned",
    "dialer-message",
    "dialer-optout",
    "dialer-doctor",
)
# Module -> what fails without it.
MODULES: Final[Mapping[str, str]] = {
    "pbx_config": "there is no dialplan",
    "chan_pjsip": "no call can be placed",
    "res_pjsip_session": "no call can be placed",
    "res_pjsip_sdp_rtp": "calls have no audio",
    "res_rtp_asterisk": "calls have no audio",
    "app_bridgewait": "nobody can be held",
    "bridge_holding": "nobody can be held",
    "bridge_simple": "nobody can be connected",
    "app_userevent": "the dialer is not told of abandoned calls",
    "app_playback": "no message is heard",
    "app_read": "the message and its opt-out key do not work",
    "app_stack": "the dialplan stops at its first step",
    "func_callerid": "nobody who rings back is known",
    "func_db": "abandoned calls and opt-outs are lost while the dialer is down",
    "func_logic": "the dialplan cannot decide",
    "func_strings": "the dialplan cannot check its arguments",
    "func_talkdetect": "the end of a person's greeting is not told",
    "res_musiconhold": "a person on hold hears no music",
    "app_confbridge": "an agent cannot bring a third party into a conversation",
    "bridge_softmix": "an agent cannot bring a third party into a conversation",
    "app_mixmonitor": "nothing is recorded",
    "app_chanspy": "no supervisor can listen to an agent",
    "format_wav": "wav sounds cannot be played",
    "codec_ulaw": "most carriers cannot be spoken to",
    "codec_alaw": "most carriers outside America cannot be spoken to",
}
AMD_MODULES: Final[Mapping[str, str]] = {
    "app_amd": "answering machines are not told apart",
    "app_waitforsilence": "no message is left on answering machines",
}
UNWANTED_MODULE: Final = "bridge_native_rtp"
# Action -> the right of manager.conf it needs.
ACTIONS: Final[Mapping[str, str]] = {
    "Originate": "originate",
    "Bridge": "call",
    "Hangup": "call",
    "Setvar": "call",
    "Getvar": "call",
    "Redirect": "call",
    "Status": "call",
    "CoreShowChannels": "system",
    "DBGetTree": "system",
    "DBDel": "system",
    "UserEvent": "user",
}
# Rights far beyond what a dialer needs: each lets its holder run programs or rewrite the configuration.
EXCESSIVE: Final = ("Command", "UpdateConfig", "AGI")
EVENTS: Final = ("OriginateResponse", "DialEnd", "BridgeEnter", "BridgeLeave", "UserEvent", "Hangup")


def modules_to_ask(facts_needs_amd: bool) -> tuple[str, ...]:
    """The modules whose presence decides something."""
    return (*MODULES, *(AMD_MODULES if facts_needs_amd else ()), UNWANTED_MODULE)


def judge(facts: Facts) -> tuple[Finding, ...]:
    """All findings on one node, in the order a person would put things right."""
    if facts.report is None:
        fix = "start Asterisk, and compare host, port, username and secret with manager.conf"
        return (Finding(facts.node, "line", Level.FAIL, facts.reason or "no answer", fix),)
    how = "over TLS" if facts.tls else "in the clear"
    said = f"connected {how}, manager interface {facts.report.banner}"
    found = [Finding(facts.node, "line", Level.OK, said)]
    for check in (_version, _rights, _modules, _dialplan, _rehearsal, _endpoints, _seats):
        findings = tuple(check(facts, facts.report))
        found += findings or (
            Finding(facts.node, check.__name__.lstrip("_"), Level.OK, _GOOD[check.__name__]),
        )
    if facts.fence is not None:
        found.append(_fence(facts.node, facts.fence))
    return tuple(found)


def _fence(node: str, why: str) -> Finding:
    if not why:
        said = "the fence's user sees the dialer's sessions and can end them"
        return Finding(node, "fence", Level.OK, said)
    said = f"an old leader could not be fenced, so a standby would dial nothing here: {why}"
    fix = "manager.conf: the user named under nodes.NAME.fence, with read = and write = command"
    return Finding(node, "fence", Level.FAIL, said, fix)


_GOOD: Final = {
    "_version": "the version is one the dialer was tested with",
    "_rights": "the manager user has the rights it needs and no dangerous ones",
    "_modules": "all modules are loaded",
    "_dialplan": "the dialplan is there in the right version",
    "_rehearsal": "a call through the dialplan met every event, flag and sound",
    "_endpoints": "trunks and phones are there",
    "_seats": "the seats fit",
}


def _version(facts: Facts, report: ami.NodeReport) -> Iterator[Finding]:
    found = re.search(r"\d+", report.version)
    if found is None:
        said = f"the version cannot be told from {report.version!r}"
        yield Finding(facts.node, "version", Level.WARN, said, "the dialer is tested with Asterisk 22")
        return
    major = int(found.group())
    if major < OLDEST:
        said = f"Asterisk {major} has no event filters by name"
        yield Finding(facts.node, "version", Level.FAIL, said, "install Asterisk 22")
    elif major < TESTED:
        said = f"Asterisk {major} is older than the tested 22; causes of failed calls may be coarser"
        yield Finding(facts.node, "version", Level.WARN, said, "install Asterisk 22")


def _rights(facts: Facts, report: ami.NodeReport) -> Iterator[Finding]:
    if not report.actions:
        said = "the list of permitted actions was refused"
        yield Finding(facts.node, "rights", Level.WARN, said, "copy asterisk-conf/manager.conf")
        return
    permitted = {name.lower() for name in report.actions}
    lacking = {right for action, right in ACTIONS.items() if action.lower() not in permitted}
    for right in sorted(lacking):
        actions = ", ".join(a for a, r in ACTIONS.items() if r == right and a.lower() not in permitted)
        fix = f"manager.conf: write = system,call,originate,user,reporting (missing: {right})"
        yield Finding(facts.node, "rights", Level.FAIL, f"the manager user may not use {actions}", fix)
    excess = [name for name in EXCESSIVE if name.lower() in permitted]
    if excess:
        said = f"the manager user may use {', '.join(excess)}, which the dialer never does"
        fix = "manager.conf: write = system,call,originate,user,reporting and nothing more"
        yield Finding(facts.node, "rights", Level.WARN, said, fix)
    if not report.user_events:
        said = "a user event sent by ourselves did not come back"
        fix = "manager.conf: read = system,call,user, and eventfilter(action(include),name(UserEvent)) ="
        yield Finding(facts.node, "rights", Level.FAIL, said, fix)


def _modules(facts: Facts, report: ami.NodeReport) -> Iterator[Finding]:
    if "ModuleCheck" in report.refused:
        said = "the modules cannot be asked for"
        yield Finding(facts.node, "modules", Level.WARN, said, "manager.conf: write = ...,system,...")
        return
    why = {**MODULES, **(AMD_MODULES if facts.needs_amd else {})}
    for module, effect in why.items():
        if module in report.missing_modules:
            fix = f"modules.conf: load = {module}.so; see asterisk-conf/modules.conf for what it depends on"
            yield Finding(facts.node, "modules", Level.FAIL, f"{module} is not loaded: {effect}", fix)
    if UNWANTED_MODULE not in report.missing_modules:
        said = f"{UNWANTED_MODULE} is loaded: an agent's phone may hear nothing from its second customer on"
        yield Finding(facts.node, "modules", Level.WARN, said, f"modules.conf: noload = {UNWANTED_MODULE}.so")


def _dialplan(facts: Facts, report: ami.NodeReport) -> Iterator[Finding]:
    if "ShowDialPlan" in report.refused:
        said = "the dialplan cannot be asked for"
        yield Finding(facts.node, "dialplan", Level.WARN, said, "manager.conf: write = ...,reporting")
    elif report.missing_contexts:
        said = f"the dialplan lacks {', '.join(report.missing_contexts)}"
        fix = "copy asterisk-conf/extensions.conf, then: asterisk -rx 'dialplan reload'"
        yield Finding(facts.node, "dialplan", Level.FAIL, said, fix)
    version = report.global_variables.get("DIALER_DIALPLAN", "")
    if not report.missing_contexts and version != DIALPLAN_VERSION:
        said = f"the dialplan is version {version or 'unknown'}, this dialer needs {DIALPLAN_VERSION}"
        yield Finding(facts.node, "dialplan", Level.FAIL, said, "copy asterisk-conf/extensions.conf again")


def _rehearsal(facts: Facts, _report: ami.NodeReport) -> Iterator[Finding]:
    seen = facts.rehearsal
    if seen is None:
        return
    if seen.error:
        said = f"a call through the dialplan did not run: {seen.error}"
        yield Finding(facts.node, "rehearsal", Level.FAIL, said, "put the findings above right first")
        return
    for name in EVENTS:
        if name not in seen.events:
            fix = f"manager.conf: eventfilter(action(include),name({name})) =, and read = system,call,user"
            yield Finding(facts.node, "events", Level.FAIL, f"{name} does not reach the dialer", fix)
    if not seen.stamped:
        said = "events carry no time of their own, so waits are measured with the network's delay"
        yield Finding(facts.node, "events", Level.WARN, said, "manager.conf [general]: timestampevents = yes")
    elif abs(seen.skew_s) > SKEW_WARN_S:
        said = f"Asterisk's clock is {abs(seen.skew_s):.1f} s {'ahead' if seen.skew_s > 0 else 'behind'}"
        yield Finding(facts.node, "clock", Level.WARN, said, "run the same NTP on both machines")
    if not seen.variable_seen:
        said = "channels do not name their call, so a restarted dialer cannot find its calls"
        fix = "manager.conf [general]: channelvars = DIALER_CALL_ID"
        yield Finding(facts.node, "events", Level.FAIL, said, fix)
    if not seen.flag_seen:
        said = "what the dialplan wrote to the AstDB was not found there"
        fix = "check func_db and that astdbdir (asterisk.conf) can be written by Asterisk's user"
        yield Finding(facts.node, "astdb", Level.FAIL, said, fix)
    yield from _sounds(facts.node, seen.steps or {})


def _sounds(node: str, steps: Mapping[str, str]) -> Iterator[Finding]:
    sounds = {
        "message": (
            Level.FAIL,
            "the message for abandoned calls",
            "DIALER_MESSAGE: who called, why, how to opt out",
        ),
        "opted-out": (Level.WARN, "the confirmation of an opt-out", "DIALER_OPTED_OUT"),
        "tone200": (
            Level.WARN,
            "the tone at each connect",
            "dialer/tone200; python -m dialer.lab.sounds makes one",
        ),
    }
    for step, (level, what, where) in sounds.items():
        if steps.get(step) not in ("SUCCESS", "STARTED"):
            fix = f"put a sound file where Asterisk looks for it ({where})"
            yield Finding(node, "sounds", level, f"{what} cannot be played", fix)


def _endpoints(facts: Facts, _report: ami.NodeReport) -> Iterator[Finding]:
    for name, endpoint in (facts.endpoints or {}).items():
        if endpoint is None:
            said = f"there is no PJSIP endpoint {name!r}"
            yield Finding(facts.node, "endpoints", Level.FAIL, said, f"pjsip.conf: [{name}] type = endpoint")
            continue
        if endpoint.direct_media:
            said = f"{name} has direct_media: audio is sent round Asterisk by a re-INVITE at each connect"
            yield Finding(
                facts.node, "endpoints", Level.WARN, said, f"pjsip.conf [{name}]: direct_media = no"
            )
        if not endpoint.contacts:
            said = f"{name} has no contact: calls to it fail"
            fix = f"register the phone, or give the aor of {name} a contact = sip:..."
            yield Finding(facts.node, "endpoints", Level.WARN, said, fix)
        elif all(status in ("Unreachable", "Unavailable") for status in endpoint.contacts.values()):
            said = f"{name} does not answer at {', '.join(endpoint.contacts)}"
            fix = "check address, port and firewall: asterisk -rx 'pjsip show contacts'"
            yield Finding(facts.node, "endpoints", Level.WARN, said, fix)


def _seats(facts: Facts, _report: ami.NodeReport) -> Iterator[Finding]:
    if facts.seats > SEATS_PER_CORE:
        cores = math.ceil(facts.seats / SEATS_PER_CORE)
        said = f"{facts.seats} seats on one Asterisk keep {cores} cores busy enough to delay connects"
        fix = f"give it {cores} cores or more, or a second node; keep e(n) and one bridge per seat"
        yield Finding(facts.node, "seats", Level.WARN, said, fix)
