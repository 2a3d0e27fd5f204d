"""One log of calls gives each jurisdiction's own figure."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
import scipy.special
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance.bounds import beta_below, upper_bound
from dialer.compliance.false_positives import FalsePositives
from dialer.compliance.ledgers import (
    CallRecord,
    Clock,
    Ledger,
    LedgerRule,
    Share,
    Window,
    tightest,
)

START = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
DAY = 86_400.0
US = LedgerRule("us", 0.03, clock=Clock.GREETING_END, window=Window.PERIODS, days=30, false_positives=True)
UK = LedgerRule("uk", 0.03, false_positives=True, machine_share=True)
CANADA = LedgerRule("ca", 0.05, window=Window.MONTH, zone="America/Toronto")
ITALY = LedgerRule("it", 0.03, share=Share.SUCCESSFUL, within_s=3.0, window=Window.CAMPAIGN)
ALL_CALLS = LedgerRule("all", 0.03, share=Share.ALL, window=Window.CAMPAIGN)
BRAZIL = LedgerRule("br", 0.85, share=Share.SHORT, within_s=6.0, window=Window.DAY, least_calls=1000)


def live(at: float, wait_s: float = 0.5, greeting_s: float | None = None) -> CallRecord:
    greeting_end = None if greeting_s is None else at + greeting_s
    return CallRecord(at - 12, at, greeting_end, at + wait_s, length_s=120.0)


def abandoned(at: float) -> CallRecord:
    return CallRecord(at - 12, at, length_s=5.0)


def unanswered(at: float) -> CallRecord:
    return CallRecord(at)


def ledger(rule: LedgerRule, *calls: CallRecord, false_positives: float = 0.0) -> Ledger:
    book = Ledger(rule, START, FalsePositives(false_positives, false_positives))
    for call in calls:
        book.add(call)
    return book


def a_day_of_calls() -> list[CallRecord]:
    """1,000 dialed, 300 answered live, 9 of them without an agent."""
    answered = [live(START + 60 * i) for i in range(291)] + [abandoned(START + 60 * i) for i in range(9)]
    return answered + [unanswered(START + 30 * i) for i in range(700)]


def test_the_same_calls_are_at_the_limit_over_it_and_far_below_it() -> None:
    calls, now = a_day_of_calls(), START + 8 * 3600
    shares = {rule.name: ledger(rule, *calls).figure(now).share for rule in (US, CANADA, ITALY, ALL_CALLS)}
    assert {name: f"{share:.2%}" for name, share in shares.items()} == {
        "us": "3.00%",
        "ca": "3.00%",
        "it": "3.09%",
        "all": "0.90%",
    }
    assert ledger(US, *calls).figure(now).left == pytest.approx(0.0)
    assert ledger(ITALY, *calls).figure(now).left < 0


@pytest.mark.parametrize(("answered", "bound"), [(50, 0.058), (100, 0.0295), (200, 0.015), (500, 0.006)])
def test_none_abandoned_of_a_few_still_means_up_to_so_many(answered: int, bound: float) -> None:
    assert upper_bound(0, answered) == pytest.approx(bound, abs=6e-4)


@given(st.integers(0, 400), st.integers(1, 5000))
def test_the_upper_bound_is_the_quantile_of_the_beta_distribution(hits: int, more: int) -> None:
    expected = scipy.stats.beta.ppf(0.95, hits + 1, more)
    assert upper_bound(hits, hits + more) == pytest.approx(expected, rel=1e-6)


@given(st.floats(0, 1), st.floats(0.5, 500), st.floats(0.5, 500))
def test_the_incomplete_beta_function_is_right(x: float, a: float, b: float) -> None:
    assert beta_below(x, a, b) == pytest.approx(scipy.special.betainc(a, b, x), abs=1e-9)


def test_the_greeting_gives_more_time_where_the_clock_starts_at_its_end() -> None:
    call = live(START + 5, wait_s=2.8, greeting_s=1.2)
    assert ledger(US, call).figure(START + 60).over == 0
    assert ledger(CANADA, call).figure(START + 60).over == 1
    unmeasured = live(START + 5, wait_s=2.8)
    assert ledger(US, unmeasured).figure(START + 60).over == 1


def test_people_taken_for_machines_count_by_the_measured_share() -> None:
    machines = [CallRecord(START, START + 5, machine=True) for _ in range(100)]
    people = [live(START + 5) for _ in range(98)]
    figure = ledger(UK, *machines, *people, false_positives=0.02).figure(START + 60)
    assert (figure.over, figure.under) == (2.0, 100.0)
    assert ledger(CANADA, *machines, *people, false_positives=0.02).figure(START + 60).over == 0


def test_without_detection_machines_among_the_abandoned_are_taken_off_by_their_share() -> None:
    answered = [
        CallRecord(START, START + 5, connected_at=START + 6, agent_machine=i < 40) for i in range(100)
    ]
    figure = ledger(UK, *answered, *(abandoned(START + 9) for _ in range(10))).figure(START + 60)
    assert figure.over == pytest.approx(6.0)
    assert figure.under == pytest.approx(66.0)


def test_a_bad_day_shows_though_it_has_passed() -> None:
    good = [live(START + 60 * i) for i in range(2000)]
    bad = [abandoned(START + 3 * DAY + i) for i in range(20)] + [live(START + 3 * DAY + i) for i in range(20)]
    book = ledger(UK, *good, *bad)
    now = START + 5 * DAY
    assert book.figure(now).under == 0
    assert book.worst(now).share == pytest.approx(0.5)


def test_periods_follow_each_other_from_the_start_of_the_campaign() -> None:
    book = ledger(US, abandoned(START + 29.9 * DAY), live(START + 31 * DAY))
    assert book.figure(START + 29.95 * DAY).over == 1
    figure = book.figure(START + 31.5 * DAY)
    assert (figure.over, figure.under, figure.since) == (0, 1, START + 30 * DAY)
    assert figure.until == START + 60 * DAY


def test_a_month_is_one_of_its_own_zone() -> None:
    toronto = ZoneInfo("America/Toronto")
    last = datetime(2026, 3, 31, 23, 30, tzinfo=toronto).timestamp()
    book = ledger(CANADA, abandoned(last))
    assert book.figure(last).over == 1
    figure = book.figure(last + 3600)
    assert figure.over == 0
    assert figure.since == datetime(2026, 4, 1, tzinfo=toronto).timestamp()
    assert figure.until == datetime(2026, 5, 1, tzinfo=toronto).timestamp()


def test_short_calls_are_judged_only_where_there_are_enough() -> None:
    short = [CallRecord(START + i, START + i, length_s=3.0) for i in range(900)]
    few = ledger(BRAZIL, *short).figure(START + 11 * 3600)
    assert (few.applies, few.share) == (False, 1.0)
    enough = ledger(BRAZIL, *short, *(unanswered(START) for _ in range(200))).figure(START + 11 * 3600)
    assert enough.applies
    assert enough.share == pytest.approx(900 / 1100)


def test_the_tightest_steers_with_its_own_numbers() -> None:
    calls, now = a_day_of_calls(), START + 8 * 3600
    figures = [ledger(rule, *calls).figure(now) for rule in (US, ITALY, CANADA, ALL_CALLS, BRAZIL)]
    chosen = tightest(figures)
    assert chosen is not None
    assert chosen.name == "it"
    budget = chosen.budget()
    assert (budget.answered, budget.abandoned, budget.limit) == (291, 9, 0.03)
    assert tightest([]) is None


kinds = st.lists(
    st.tuples(st.sampled_from(["live", "abandoned", "machine", "none"]), st.floats(0, 40 * DAY)), max_size=60
)


@given(kinds, st.floats(0, 45 * DAY), st.sampled_from([US, UK, CANADA, ITALY, ALL_CALLS]))
def test_a_figure_is_that_of_its_formula_over_the_calls_of_its_window(
    seen: list[tuple[str, float]], after: float, rule: LedgerRule
) -> None:
    make = {
        "live": live,
        "abandoned": abandoned,
        "none": unanswered,
        "machine": lambda at: CallRecord(at - 12, at, machine=True),
    }
    book = ledger(rule, *(make[kind](START + at) for kind, at in seen))
    now = START + after
    figure = book.figure(now)
    window = [kind for kind, at in seen if figure.since <= START + at <= now]
    assert figure.over >= window.count("abandoned")
    assert figure.over <= sum(kind == "abandoned" for kind, _ in seen)
    assert figure.upper >= min(figure.share, 1.0) or figure.under == 0
    assert book.worst(now).share >= figure.share


def test_what_is_forgotten_no_longer_counts() -> None:
    book = ledger(ITALY, abandoned(START), live(START + DAY))
    book.forget(START + DAY)
    assert book.figure(START + 2 * DAY).over == 0
