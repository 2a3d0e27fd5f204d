"""What came of a call, as the switch knows it, and what pacing learns from that."""

from __future__ import annotations

from enum import StrEnum

from dialer.core.trunks import Verdict
from pacing import Result


class Outcome(StrEnum):
    """One word per attempt; `connected` is the only one an agent can give a disposition to.

    `missed` is that of somebody who rang us and got no agent.
    """

    CONNECTED = "connected"
    ABANDONED = "abandoned"
    GAVE_UP = "gave_up"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    INVALID = "invalid"
    REJECTED = "rejected"
    DO_NOT_CALL = "do_not_call"
    CONGESTION = "congestion"
    TRUNK_FAILED = "trunk_failed"
    ERROR = "error"
    RELEASED = "released"
    NOT_DIALED = "not_dialed"
    UNKNOWN = "unknown"
    MISSED = "missed"


ABANDONS = frozenset({Outcome.ABANDONED, Outcome.GAVE_UP})
"""Answered, and no agent in time: counted in every ledger."""

SILENT_ON_TRUNKS = frozenset({Outcome.NOT_DIALED, Outcome.RELEASED, Outcome.UNKNOWN, Outcome.ERROR})
"""Outcomes that say nothing about whether the trunk works."""

TRUNK_FAULTS = frozenset({Outcome.CONGESTION, Outcome.TRUNK_FAILED})
"""The way was blocked, not the person: such an attempt rests the trunk and costs the lead nothing."""

OUR_TIMEOUT = 3
"""Originate's Reason when its Timeout expired; the cause 19/480 beside it is our own cancel."""

_BY_SIP = {
    486: Outcome.BUSY, 600: Outcome.BUSY,
    480: Outcome.UNAVAILABLE, 483: Outcome.UNAVAILABLE, 408: Outcome.UNAVAILABLE,
    404: Outcome.INVALID, 485: Outcome.INVALID, 604: Outcome.INVALID, 410: Outcome.INVALID,
    484: Outcome.INVALID,
    603: Outcome.REJECTED,
    607: Outcome.DO_NOT_CALL, 608: Outcome.DO_NOT_CALL,
    401: Outcome.TRUNK_FAILED, 403: Outcome.TRUNK_FAILED,
    500: Outcome.TRUNK_FAILED, 501: Outcome.TRUNK_FAILED, 502: Outcome.TRUNK_FAILED,
    504: Outcome.TRUNK_FAILED,
    503: Outcome.CONGESTION, 513: Outcome.CONGESTION, 580: Outcome.CONGESTION,
}  # fmt: skip

_BY_CAUSE = {
    17: Outcome.BUSY,
    18: Outcome.UNAVAILABLE, 19: Outcome.UNAVAILABLE, 20: Outcome.UNAVAILABLE,
    1: Outcome.INVALID, 22: Outcome.INVALID, 28: Outcome.INVALID,
    21: Outcome.REJECTED,
    27: Outcome.TRUNK_FAILED, 29: Outcome.TRUNK_FAILED, 38: Outcome.TRUNK_FAILED, 102: Outcome.TRUNK_FAILED,
    34: Outcome.CONGESTION, 42: Outcome.CONGESTION,
}  # fmt: skip


def verdict_on_trunk(outcome: Outcome, *, rang: bool) -> Verdict:
    """What a call's end says of its trunk; a time-out in which nothing ever rang is suspect."""
    if outcome in TRUNK_FAULTS:
        return Verdict.REFUSED
    if outcome is Outcome.NO_ANSWER and not rang:
        return Verdict.SUSPECT
    return Verdict.SILENT if outcome in SILENT_ON_TRUNKS else Verdict.WORKS


def judge_unanswered(reason: int | None, cause: int | None, tech_cause: int | None) -> Outcome:
    """Tell an unanswered call's outcome from Originate's Reason, the hang-up cause and the SIP status.

    The SIP status wins over the cause it was folded into; either may be missing on older switches.
    """
    if reason == OUR_TIMEOUT:
        return Outcome.NO_ANSWER
    if tech_cause in _BY_SIP:
        return _BY_SIP[tech_cause]
    if cause in _BY_CAUSE:
        return _BY_CAUSE[cause]
    return Outcome.ERROR if reason is not None or cause else Outcome.UNKNOWN


_RESULTS = {
    Outcome.CONNECTED: Result.ANSWERED, Outcome.ABANDONED: Result.ANSWERED, Outcome.GAVE_UP: Result.ANSWERED,
    Outcome.MACHINE: Result.MACHINE,
    Outcome.NO_ANSWER: Result.NO_ANSWER, Outcome.UNAVAILABLE: Result.NO_ANSWER,
    Outcome.BUSY: Result.BUSY,
    Outcome.INVALID: Result.INVALID, Outcome.REJECTED: Result.INVALID, Outcome.DO_NOT_CALL: Result.INVALID,
    Outcome.CONGESTION: Result.FAILED, Outcome.TRUNK_FAILED: Result.FAILED, Outcome.ERROR: Result.FAILED,
    Outcome.NOT_DIALED: Result.FAILED,
    Outcome.RELEASED: Result.RELEASED,
    Outcome.MISSED: Result.ANSWERED,
    Outcome.UNKNOWN: Result.RELEASED,  # cut off from our view, not from ringing: nothing to learn but its age
}  # fmt: skip


def result_of(outcome: Outcome) -> Result:
    """What pacing learns from this outcome."""
    return _RESULTS[outcome]
