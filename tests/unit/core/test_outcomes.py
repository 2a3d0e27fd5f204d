"""The table of what a switch says of an unanswered call, measured on Asterisk 22."""

from __future__ import annotations

import pytest

from dialer.core.outcomes import ABANDONS, Outcome, judge_unanswered, result_of, verdict_on_trunk
from dialer.core.trunks import Verdict
from pacing import Result

TABLE = [
    (3, 19, 480, Outcome.NO_ANSWER),
    (3, None, None, Outcome.NO_ANSWER),
    *((0, 17, sip, Outcome.BUSY) for sip in (486, 600)),
    *((0, 19, sip, Outcome.UNAVAILABLE) for sip in (480, 483)),
    (0, 18, 408, Outcome.UNAVAILABLE),
    *((0, 1, sip, Outcome.INVALID) for sip in (404, 485, 604)),
    (0, 22, 410, Outcome.INVALID),
    (0, 28, 484, Outcome.INVALID),
    *((0, 21, sip, Outcome.TRUNK_FAILED) for sip in (401, 403)),
    (0, 21, 603, Outcome.REJECTED),
    *((0, 127, sip, Outcome.DO_NOT_CALL) for sip in (607, 608)),
    *((0, 127, sip, Outcome.ERROR) for sip in (400, 405, 415, 423, 481, 482, 487, 491, 493)),
    *((0, 58, sip, Outcome.ERROR) for sip in (488, 606)),
    (0, 38, 500, Outcome.TRUNK_FAILED),
    (0, 29, 501, Outcome.TRUNK_FAILED),
    (0, 27, 502, Outcome.TRUNK_FAILED),
    (0, 102, 504, Outcome.TRUNK_FAILED),
    *((0, 34, sip, Outcome.CONGESTION) for sip in (503, 513, 580)),
    (0, 3, 420, Outcome.ERROR),
    (0, 0, None, Outcome.ERROR),
    (0, 23, 302, Outcome.ERROR),
    (None, 16, None, Outcome.ERROR),
    (None, None, None, Outcome.UNKNOWN),
]


@pytest.mark.parametrize(("reason", "cause", "sip", "outcome"), TABLE)
def test_reason_cause_and_sip_status_together_tell_the_outcome(
    reason: int | None, cause: int | None, sip: int | None, outcome: Outcome
) -> None:
    assert judge_unanswered(reason, cause, sip) is outcome


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (17, Outcome.BUSY),
        (18, Outcome.UNAVAILABLE),
        (19, Outcome.UNAVAILABLE),
        (1, Outcome.INVALID),
        (22, Outcome.INVALID),
        (28, Outcome.INVALID),
        (21, Outcome.REJECTED),
        (34, Outcome.CONGESTION),
        (38, Outcome.TRUNK_FAILED),
        (127, Outcome.ERROR),
    ],
)
def test_an_older_switch_without_the_sip_status_is_judged_by_the_cause(cause: int, outcome: Outcome) -> None:
    assert judge_unanswered(0, cause, None) is outcome


def test_pacing_learns_something_of_every_outcome() -> None:
    assert {result_of(one) for one in Outcome} == set(Result)


def test_a_call_lost_from_view_is_censored_and_not_a_failure() -> None:
    assert result_of(Outcome.UNKNOWN) is Result.RELEASED


def test_only_calls_of_people_count_as_abandoned() -> None:
    assert all(result_of(one) is Result.ANSWERED for one in ABANDONS)


@pytest.mark.parametrize(
    ("outcome", "rang", "verdict"),
    [
        (Outcome.CONGESTION, False, Verdict.REFUSED),
        (Outcome.TRUNK_FAILED, False, Verdict.REFUSED),
        (Outcome.NO_ANSWER, False, Verdict.SUSPECT),
        (Outcome.NO_ANSWER, True, Verdict.WORKS),
        (Outcome.BUSY, False, Verdict.WORKS),
        (Outcome.CONNECTED, False, Verdict.WORKS),
        (Outcome.NOT_DIALED, False, Verdict.SILENT),
        (Outcome.RELEASED, True, Verdict.SILENT),
        (Outcome.UNKNOWN, False, Verdict.SILENT),
    ],
)
def test_what_an_outcome_says_of_the_trunk(outcome: Outcome, rang: bool, verdict: Verdict) -> None:
    assert verdict_on_trunk(outcome, rang=rang) is verdict
