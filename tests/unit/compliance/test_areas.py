"""States of the USA have rules of their own: each number obeys those of where it was given out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from dialer.compliance import Allow, History, Number, Question, Refuse, Rules, judge
from dialer.compliance.areas import area_of
from dialer.compliance.numbers import read_e164
from dialer.leads import rules_of
from tests.parts.campaigns import ALWAYS, campaign

FLORIDA, NEW_YORK, TEXAS, ALABAMA = "+13055550142", "+12125550142", "+12145550142", "+12055550142"
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@cache
def american(*profiles: str) -> Rules:
    limits = {"max": 100, "per_day": 100, "spacing_s": 0}
    return rules_of(campaign(countries=["US"], windows=ALWAYS, profiles=profiles, attempts=limits))


def asked(e164: str, at: datetime, *profiles: str, calls: int = 0) -> str:
    times = tuple(at - timedelta(hours=1 + n) for n in range(calls))
    question = Question(e164, history=History(calls, times, times))
    verdict = judge(question, american(*profiles), at)
    return verdict.reason if isinstance(verdict, Refuse) else "allowed"


@pytest.mark.parametrize(
    ("e164", "area"),
    [
        (FLORIDA, "US-FL"),
        (NEW_YORK, "US-NY"),
        (ALABAMA, "US-AL"),
        ("+442079460000", "GB"),
        ("+14165550142", "CA"),
    ],
)
def test_the_state_is_that_of_the_area_code(e164: str, area: str) -> None:
    number = read_e164(e164)
    assert isinstance(number, Number)
    assert area_of(number) == area


def test_a_state_closes_for_its_own_numbers_only() -> None:
    half_past_eight = MONDAY + timedelta(days=1, hours=1, minutes=30)  # 20:30 in Florida and in New York
    both = ("us-federal", "us-states")
    assert asked(FLORIDA, half_past_eight, *both) == "window_closed"
    assert asked(NEW_YORK, half_past_eight, *both) == "allowed"
    assert asked(NEW_YORK, half_past_eight, "us-federal", "us-fl") == "window_closed"  # the whole campaign's


def test_a_states_limit_of_attempts_is_its_own_numbers_too() -> None:
    noon = MONDAY + timedelta(hours=17)
    both = ("us-federal", "us-states")
    assert asked(FLORIDA, noon, *both, calls=3) == "attempts_rolling"
    assert asked(TEXAS, noon, *both, calls=3) == "allowed"
    assert american(*both).memory_s >= 24 * 3600


def test_no_sunday_where_a_state_has_none() -> None:
    sunday = datetime(2026, 3, 1, 18, tzinfo=UTC)
    assert asked(ALABAMA, sunday, "us-federal", "us-states") == "window_closed"
    assert asked(TEXAS, sunday, "us-federal", "us-states") == "allowed"


def test_a_number_of_no_known_state_obeys_them_all() -> None:
    rules = american("us-federal", "us-states")
    unknown = Number("+15559990142", "US", read_e164(TEXAS).kind, ("America/Chicago",))  # type: ignore[union-attr]
    assert area_of(unknown) == "US"
    strictest = rules.of(unknown)
    assert strictest is rules.areas["US"]
    assert len(strictest.hours.calendars) == 2 + len(config.shipped()["us-states"].parts)
    assert strictest.areas == {}


@given(
    code=st.sampled_from(["305", "205", "860", "225", "617", "301", "228", "405", "212", "214", "503"]),
    minutes=st.integers(0, 14 * 1440),
    calls=st.integers(0, 4),
)
def test_by_state_is_never_laxer_than_the_federal_rules_nor_than_the_states_own(
    code: str, minutes: int, calls: int
) -> None:
    e164, at = f"+1{code}5550142", MONDAY + timedelta(minutes=minutes)
    if asked(e164, at, "us-federal", "us-states", calls=calls) != "allowed":
        return
    assert asked(e164, at, "us-federal", calls=calls) == "allowed"
    number = read_e164(e164)
    assert isinstance(number, Number)
    own = config.shipped()["us-states"].parts.get(area_of(number))
    if own is not None:
        assert asked(e164, at, "us-federal", own.id, calls=calls) == "allowed"


def test_the_verdict_still_tells_until_when_by_the_states_clock() -> None:
    late = MONDAY + timedelta(days=1, hours=1, minutes=30)
    verdict = judge(Question(FLORIDA), american("us-federal", "us-states"), late)
    assert isinstance(verdict, Refuse)
    assert verdict.until == datetime(2026, 3, 3, 13, tzinfo=UTC)
    after = judge(Question(FLORIDA), american("us-federal", "us-states"), verdict.until)
    assert isinstance(after, Allow)
    assert after.until == datetime(2026, 3, 4, 1, tzinfo=UTC)


def test_an_operators_own_rules_of_a_state_take_the_shipped_ones_place() -> None:
    written = """\
nodes: {pbx: {host: 127.0.0.1, username: dialer, secret: x, trunks: {t: {dial: "PJSIP/{number}@t"}}}}
profiles:
  us-fl: {title: Florida as our lawyer reads it, hours: {windows: {mon-sun: ["08:00-21:00"]}}}
  texas: {title: Texas, area: US-TX, hours: {windows: {mon-sun: ["12:00-13:00"]}}}
campaigns:
  spring:
    node: pbx
    trunks: [t]
    caller_id: "+12125550100"
    countries: [US]
    profiles: [us-states]
    windows: {mon-sun: ["00:00-24:00"]}
"""
    rules = rules_of(config.parse(written, environment={}).campaigns["spring"])

    def may(e164: str, hour: int) -> bool:
        at = MONDAY + timedelta(days=1, hours=hour, minutes=30)
        return not isinstance(judge(Question(e164), rules, at), Refuse)

    half_past_eight = 1  # in the evening of the East coast
    assert may(FLORIDA, half_past_eight)
    assert not may("+14105550142", half_past_eight)  # Maryland's are as shipped
    assert not may(TEXAS, 17)  # half past eleven there, where nothing shipped closes
    assert may(TEXAS, 18)
    assert asked(TEXAS, MONDAY + timedelta(days=1, hours=17, minutes=30), "us-states") == "allowed"
