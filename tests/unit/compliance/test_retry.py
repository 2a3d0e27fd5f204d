"""What follows a call is decided by its outcome or disposition, within the limits of attempts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance.retry import (
    COSTS_NOTHING,
    DAY_S,
    DEFAULTS,
    HOUR_S,
    OTHER_HOUR_S,
    DispositionRule,
    Next,
    RetryRule,
    Tried,
    after_disposition,
    after_outcome,
    at_other_hour,
)
from dialer.core.outcomes import Outcome

ONCE = Tried(total=1, alike=1, most=8, spacing_s=1800.0)


def test_every_outcome_that_reaches_no_agent_has_a_default() -> None:
    decided = {Outcome.CONNECTED, Outcome.NOT_DIALED, Outcome.DO_NOT_CALL, Outcome.MISSED}
    assert set(DEFAULTS) == {outcome.value for outcome in Outcome if outcome not in decided}


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ("no_answer", Next("waiting", 4 * HOUR_S, "no_answer")),
        ("busy", Next("waiting", 1800.0, "busy")),
        ("invalid", Next("done", None, "invalid", close_number=True)),
        ("abandoned", Next("waiting", 72 * HOUR_S, "abandoned")),
        ("congestion", Next("waiting", 300.0, "congestion")),
        ("not_dialed", Next("pending", None, "not dialed")),
        ("do_not_call", Next("excluded", None, "the carrier says: do not call again")),
    ],
)
def test_a_first_call_is_followed_by_the_usual(outcome: str, expected: Next) -> None:
    assert after_outcome(outcome, DEFAULTS.get(outcome, RetryRule()), ONCE, 0.0) == expected


def test_a_bad_number_gives_way_to_the_leads_other_ones() -> None:
    others = Tried(total=1, alike=1, most=8, spacing_s=1800.0, other_numbers=True)
    assert after_outcome("invalid", DEFAULTS["invalid"], others, 0.0) == Next(
        "waiting", 1800.0, "invalid", True
    )


def test_a_wrong_number_is_closed_and_the_leads_other_ones_are_tried() -> None:
    rule = DispositionRule("wrong", wrong_number=True)
    others = Tried(total=1, alike=1, most=8, spacing_s=1800.0, other_numbers=True)
    assert after_disposition(rule, others, 100.0, None) == Next("waiting", 1900.0, "wrong", True)
    assert after_disposition(rule, ONCE, 100.0, None) == Next("done", None, "wrong", True)


def test_so_many_of_one_outcome_are_enough() -> None:
    rule = RetryRule(600.0, max=2)
    assert after_outcome("busy", rule, ONCE, 0.0).state == "waiting"
    assert after_outcome("busy", rule, Tried(5, 2, 8), 0.0) == Next("done", None, "busy")


def test_a_rejected_number_rests_while_the_leads_other_ones_are_tried() -> None:
    others = Tried(total=1, alike=1, most=8, spacing_s=1800.0, other_numbers=True)
    after = after_outcome("rejected", DEFAULTS["rejected"], others, 0.0)
    assert after == Next("waiting", 1800.0, "rejected", rest_until=DAY_S)
    assert after_outcome("rejected", DEFAULTS["rejected"], ONCE, 0.0) == Next("waiting", DAY_S, "rejected")


def test_another_hour_is_found_within_the_windows_and_a_plan_goes_before_it() -> None:
    rule = DEFAULTS["no_answer"]
    found = after_outcome("no_answer", rule, ONCE, 0.0, other_hour=lambda earliest: earliest + 5.0)
    assert found.at == 4 * HOUR_S + 5.0
    assert after_outcome("no_answer", rule, ONCE, 0.0, plan_at=9000.0).at == 9000.0
    assert after_outcome("no_answer", rule, ONCE, 0.0, plan_at=60.0).at == ONCE.spacing_s
    assert after_outcome("busy", DEFAULTS["busy"], ONCE, 0.0, plan_at=9000.0).at == ONCE.spacing_s


@given(st.floats(0, 40 * DAY_S))
def test_another_hour_is_another_time_of_day_and_never_sooner(delay_s: float) -> None:
    later = at_other_hour(delay_s)
    assert later >= delay_s
    assert later - delay_s <= 2 * OTHER_HOUR_S
    past = later % DAY_S
    assert min(past, DAY_S - past) >= OTHER_HOUR_S - 1e-3


rules = st.builds(
    RetryRule,
    st.floats(0, 30 * DAY_S),
    st.one_of(st.none(), st.integers(1, 5)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
tries = st.builds(
    Tried, st.integers(1, 12), st.integers(1, 6), st.integers(1, 10), st.floats(0, DAY_S), st.booleans()
)


@given(st.sampled_from(sorted(DEFAULTS)), rules, tries, st.floats(0, 2e9))
def test_a_lead_is_never_called_beyond_its_attempts_nor_before_its_spacing(
    outcome: str, rule: RetryRule, tried: Tried, at: float
) -> None:
    after = after_outcome(outcome, rule, tried, at)
    assert (after.at is not None) == (after.state == "waiting")
    if outcome in COSTS_NOTHING or after.at is None:
        return
    assert tried.total < tried.most
    assert after.at >= at + tried.spacing_s


@pytest.mark.parametrize(
    ("rule", "state", "at"),
    [
        (None, "done", None),
        (DispositionRule("sold", final=True), "done", None),
        (DispositionRule("stop", do_not_call=True), "excluded", None),
        (DispositionRule("later", callback=True), "waiting", 5000.0),
        (DispositionRule("not-now", retry_after_s=7200.0), "waiting", 7300.0),
        (DispositionRule("soon", retry_after_s=60.0), "waiting", 1900.0),
        (DispositionRule("wrong", wrong_number=True), "done", None),
        (DispositionRule("noted"), "done", None),
    ],
)
def test_a_conversation_is_followed_by_what_the_agent_said(
    rule: DispositionRule | None, state: str, at: float | None
) -> None:
    after = after_disposition(rule, ONCE, 100.0, 5000.0)
    assert (after.state, after.at) == (state, at)


def test_a_callback_asked_for_stands_above_the_limit_of_attempts() -> None:
    used = Tried(total=8, alike=1, most=8)
    assert after_disposition(DispositionRule("later", callback=True), used, 100.0, 5000.0).at == 5000.0
    assert (
        after_disposition(DispositionRule("not-now", retry_after_s=60.0), used, 100.0, None).state == "done"
    )
