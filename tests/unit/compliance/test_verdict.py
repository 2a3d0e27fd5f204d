"""A verdict allows, or names every ground against and the first instant to ask again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance import (
    ALWAYS,
    Allow,
    AttemptLimits,
    Calendar,
    History,
    Hours,
    NumberRules,
    Question,
    Refuse,
    Rules,
    Span,
    ZoneRule,
    judge,
)

DAYTIME = Hours(Calendar(((Span(540, 1200),),) * 5 + ((), ())))
RULES = Rules(NumberRules(frozenset({"GB", "US", "AU"})), DAYTIME, AttemptLimits(8, 3, None, 3600.0))
LONDON = Question("+442079460101", ("Europe/London",))
NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)


def test_a_lead_in_its_window_is_allowed_until_the_window_closes() -> None:
    verdict = judge(LONDON, RULES, NOON)
    assert verdict == Allow(("Europe/London",), datetime(2026, 1, 7, 20, tzinfo=UTC))


def test_zones_are_found_again_from_the_number_where_they_were_not_kept() -> None:
    assert isinstance(judge(replace(LONDON, zones=None), RULES, NOON), Allow)


def test_all_grounds_are_named_and_the_permanent_one_first() -> None:
    night = datetime(2026, 1, 7, 22, tzinfo=UTC)
    history = History(8, (night - timedelta(minutes=5),))
    question = replace(LONDON, dnc=("system",), history=history)
    verdict = judge(question, RULES, night)
    assert isinstance(verdict, Refuse)
    assert verdict.until is None
    assert verdict.reason == "do_not_call"
    assert [ground.reason for ground in verdict.grounds] == [
        "do_not_call",
        "attempts_used",
        "attempt_spacing",
        "window_closed",
    ]


def test_a_limit_that_ends_at_night_is_asked_again_in_the_morning() -> None:
    rules = replace(RULES, limits=AttemptLimits(spacing_s=10 * 3600.0))
    verdict = judge(replace(LONDON, history=History(1, (NOON,))), rules, NOON + timedelta(hours=1))
    assert isinstance(verdict, Refuse)
    assert verdict.reason == "attempt_spacing"
    assert verdict.until == datetime(2026, 1, 8, 9, tzinfo=UTC)


def test_an_unknown_zone_is_refused_for_good_unless_a_default_is_given() -> None:
    question = Question("+88216123456789", ())
    verdict = judge(question, RULES, NOON)
    assert isinstance(verdict, Refuse)
    assert {"number_satellite", "zone_unknown"} <= {ground.reason for ground in verdict.grounds}
    nowhere = Question("+442079460101", ())
    assert isinstance(judge(nowhere, RULES, NOON), Refuse)
    assert isinstance(judge(nowhere, replace(RULES, default_zone="Europe/London"), NOON), Allow)


def test_the_zone_rule_says_whose_clock_counts() -> None:
    at = datetime(2026, 1, 7, 19, tzinfo=UTC)  # 19:00 in London, 14:00 in New York
    number = Question("+442079460101", ("Europe/London",), lead_zone="Asia/Tokyo")
    assert isinstance(judge(number, replace(RULES, zone_rule=ZoneRule.NUMBER), at), Allow)
    assert isinstance(judge(number, replace(RULES, zone_rule=ZoneRule.LEAD), at), Refuse)
    assert isinstance(judge(number, replace(RULES, zone_rule=ZoneRule.BOTH), at), Refuse)


def test_zones_without_a_common_hour_are_refused_for_good() -> None:
    question = Question("+442079460101", ("Asia/Tokyo", "America/New_York"))
    narrow = replace(RULES, hours=Hours(Calendar(((Span(600, 660),),) * 7)))
    verdict = judge(question, narrow, NOON)
    assert isinstance(verdict, Refuse)
    assert (verdict.reason, verdict.until) == ("never_open", None)


def test_a_lock_after_an_abandoned_call_yields_to_a_reserved_agent() -> None:
    rules = replace(RULES, abandoned_rest_s=72 * 3600.0)
    question = replace(LONDON, abandoned_at=NOON)
    verdict = judge(question, rules, NOON)
    assert isinstance(verdict, Refuse)
    assert verdict.reason == "number_locked"
    assert verdict.until == datetime(2026, 1, 12, 9, tzinfo=UTC)  # 72 h later is a Saturday
    assert isinstance(judge(replace(question, reserved_agent=True), rules, NOON), Allow)


def test_a_deadline_ends_a_lead_also_when_no_window_is_left_before_it() -> None:
    passed = judge(replace(LONDON, deadline=NOON), RULES, NOON)
    assert isinstance(passed, Refuse)
    assert passed.reason == "deadline_passed"
    night = datetime(2026, 1, 9, 21, tzinfo=UTC)  # Friday night
    weekend = judge(replace(LONDON, deadline=night + timedelta(days=1)), RULES, night)
    assert isinstance(weekend, Refuse)
    assert (weekend.reason, weekend.until) == ("deadline_unreachable", None)


questions = st.builds(
    Question,
    st.sampled_from(["+442079460101", "+12125550100", "+61491570006", "+8801712345678", "+4499"]),
    st.one_of(
        st.none(),
        st.lists(st.sampled_from(["Europe/London", "America/Denver", "Nowhere"]), max_size=2).map(tuple),
    ),
    st.one_of(st.none(), st.sampled_from(["Europe/Rome", "Bad/Zone"])),
    st.sampled_from([(), (), ("system",), ("campaign:x", "system")]),
    st.builds(
        lambda ages: History(len(ages), tuple(NOON - timedelta(minutes=age) for age in ages), ()),
        st.lists(st.integers(0, 10_000), max_size=9),
    ),
    st.one_of(st.none(), st.integers(-100, 10_000).map(lambda m: NOON + timedelta(minutes=m))),
    st.one_of(st.none(), st.integers(-100, 10_000).map(lambda m: NOON + timedelta(minutes=m))),
)


@given(questions, st.sampled_from(list(ZoneRule)), st.integers(-5000, 5000))
def test_a_refusal_holds_until_its_instant_and_an_allowed_call_breaks_no_rule(
    question: Question, rule: ZoneRule, minutes: int
) -> None:
    rules = replace(RULES, zone_rule=rule, abandoned_rest_s=72 * 3600.0)
    now = NOON + timedelta(minutes=minutes)
    verdict = judge(question, rules, now)
    if isinstance(verdict, Allow):
        assert not question.dnc
        assert verdict.zones
        assert DAYTIME.open_through(verdict.zones, now, rules.ring_s)
        assert question.deadline is None or now < question.deadline
        assert question.abandoned_at is None or now >= question.abandoned_at + timedelta(hours=72)
        assert question.history.total < 8
        return
    assert verdict.grounds
    assert verdict.reason in {ground.reason for ground in verdict.grounds} | {"never_open"}
    if verdict.until is not None:
        assert verdict.until > now
        for part in range(1, 8):
            between = now + (verdict.until - now) * part / 8
            if not any(at > now for at in question.history.lead_times):
                assert isinstance(judge(question, rules, between), Refuse)


def test_always_open_hours_refuse_nothing_by_time() -> None:
    rules = replace(RULES, hours=Hours(Calendar((ALWAYS,) * 7)))
    assert isinstance(judge(LONDON, rules, datetime(2026, 1, 4, 3, tzinfo=UTC)), Allow)
