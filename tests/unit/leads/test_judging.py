"""A claimed lead is called on a number that may be called, or put off with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import storage
from dialer.leads import Judge, key_of, next_opening, open_keys, rules_of
from tests.parts.campaigns import campaign

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
RULES = rules_of(campaign())
FIRST = storage.NumberRow(1, "+442079460101", "fixed_line", ("Europe/London",), 0, 0)
SECOND = storage.NumberRow(2, "+441614960101", "fixed_line", ("Europe/London",), 1, 0)


def candidate(
    *numbers: storage.NumberRow, dnc: Mapping[str, tuple[str, ...]] | None = None
) -> storage.Candidate:
    return storage.Candidate(
        lead_id=1,
        campaign_id="spring",
        external_id="A-1",
        name="Ada",
        numbers=numbers,
        zone=None,
        priority=0,
        deadline=None,
        owner=None,
        attempts=sum(number.attempts for number in numbers),
        data={},
        dnc=dnc or {},
        window_key="Europe/London",
        next_at=None,
        reason="",
        recent=tuple(at for number in numbers for at in number.recent),
    )


def judged(lead: storage.Candidate, now: datetime = NOON) -> storage.Judgement:
    return Judge(RULES, now, lambda: "c-1")(lead)


def test_the_first_number_is_called_first() -> None:
    assert judged(candidate(FIRST, SECOND)) == storage.Accept(1, "c-1")


def test_the_least_tried_number_comes_next() -> None:
    tried = replace(FIRST, attempts=1, recent=(NOON - timedelta(hours=5),))
    assert judged(candidate(tried, SECOND)) == storage.Accept(2, "c-1")


def test_a_number_on_a_list_or_closed_is_passed_over() -> None:
    listed = candidate(FIRST, SECOND, dnc={FIRST.e164: ("system",)})
    assert judged(listed) == storage.Accept(2, "c-1")
    closed = candidate(replace(FIRST, closed="wrong number"), SECOND)
    assert judged(closed) == storage.Accept(2, "c-1")


def test_a_lead_whose_numbers_are_all_forbidden_is_refused_for_good() -> None:
    verdict = judged(candidate(FIRST, dnc={FIRST.e164: ("system",)}))
    assert isinstance(verdict, storage.Refuse)
    assert (verdict.reason, verdict.until) == ("do_not_call", None)


def test_a_lead_waits_until_the_first_of_its_numbers_may_be_called() -> None:
    night = datetime(2026, 1, 7, 22, tzinfo=UTC)
    verdict = judged(candidate(FIRST, SECOND), night)
    assert isinstance(verdict, storage.Refuse)
    assert (verdict.reason, verdict.until) == ("window_closed", datetime(2026, 1, 8, 9, tzinfo=UTC))


def test_two_numbers_count_as_one_lead_for_the_spacing() -> None:
    tried = replace(FIRST, attempts=1, recent=(NOON - timedelta(minutes=5),))
    verdict = judged(candidate(tried, SECOND))
    assert isinstance(verdict, storage.Refuse)
    assert (verdict.reason, verdict.until) == ("attempt_spacing", NOON + timedelta(minutes=25))


def test_keys_open_with_their_zones_and_mixed_leads_are_always_offered() -> None:
    rules = rules_of(campaign(countries=["GB", "US"]))
    british = key_of([("Europe/London",), ("Europe/London",)], None, rules)
    american = key_of([("America/New_York", "America/Los_Angeles")], None, rules)
    mixed = key_of([("Europe/London",), ("America/New_York",)], None, rules)
    at = datetime(2026, 1, 7, 10, tzinfo=UTC)
    assert open_keys([british, american, mixed], rules, at) == (british, mixed)
    assert next_opening([american], rules, at) == datetime(2026, 1, 7, 17, tzinfo=UTC)
    assert next_opening([], rules, at) is None


def promised(owner: str | None, lead_id: int = 1) -> storage.Candidate:
    return replace(candidate(FIRST), lead_id=lead_id, callback_at=NOON, callback_owner=owner)


def judge_at(now: datetime, *there: str) -> Judge:
    return Judge(RULES, now, lambda: "c-1", is_there=set(there).__contains__, owner_tolerance_s=900.0)


def test_a_number_that_rests_gives_way_to_the_leads_other_ones_and_comes_back() -> None:
    resting = replace(FIRST, rest_until=NOON + timedelta(days=1))
    assert judged(candidate(resting, replace(SECOND, attempts=3))) == storage.Accept(2, "c-1")
    assert judged(candidate(replace(FIRST, rest_until=NOON))) == storage.Accept(1, "c-1")
    alone = judged(candidate(resting))
    assert isinstance(alone, storage.Refuse)
    assert (alone.reason, alone.until) == ("number_rests", NOON + timedelta(days=1))


def test_a_promised_call_waits_for_its_agent_for_a_while() -> None:
    refused = judge_at(NOON, "bea")(promised("anna"))
    assert isinstance(refused, storage.Refuse)
    assert (refused.reason, refused.until) == (storage.callbacks.OWNER_AWAY, NOON + timedelta(minutes=15))
    assert judge_at(NOON, "anna")(promised("anna")) == storage.Accept(1, "c-1")
    assert judge_at(NOON + timedelta(minutes=15))(promised("anna")) == storage.Accept(1, "c-1")
    assert judge_at(NOON)(promised(None)) == storage.Accept(1, "c-1")


def test_one_agent_is_given_one_promised_call_at_a_time_also_when_the_claim_is_run_again() -> None:
    judge = judge_at(NOON, "anna")
    for _ in range(2):
        assert judge(promised("anna", 1)) == storage.Accept(1, "c-1")
        assert isinstance(judge(promised("anna", 2)), storage.Refuse)


def test_a_promise_stands_above_our_own_limits_but_not_above_the_window() -> None:
    often = replace(promised(None), attempts=99, recent=(NOON - timedelta(minutes=5),))
    assert judge_at(NOON)(often) == storage.Accept(1, "c-1")
    night = judge_at(NOON + timedelta(hours=10))(often)
    assert isinstance(night, storage.Refuse)
    assert night.reason == "window_closed"
