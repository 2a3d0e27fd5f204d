"""People among the machines heard: the share, its bound, and what counts while few were reviewed."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance.false_positives import FalsePositives, Source, measured
from dialer.compliance.ledgers import CallRecord, Ledger, LedgerRule, Share

COUNT = st.integers(0, 400)


def test_nobody_listened_so_the_configured_share_stays() -> None:
    assert measured(0.05, 0, 0, 0, 50) == FalsePositives(0.05, 0.05, Source.CONFIGURED, 0, 0)


def test_few_reviews_may_raise_the_share_and_never_lower_it() -> None:
    assert measured(0.05, 0, 0, 49, 50).share == 0.05
    raised = measured(0.05, 3, 1, 6, 50)
    assert (raised.share, raised.source) == (0.4, Source.FEW)


@pytest.mark.parametrize(
    ("people", "reviewed", "upper"), [(0, 50, 0.0582), (1, 100, 0.0466), (5, 200, 0.0518)]
)
def test_enough_reviews_give_the_share_and_its_bound(people: int, reviewed: int, upper: float) -> None:
    """The bounds as printed in tables of Clopper and Pearson's one-sided 95 % limit."""
    found = measured(0.5, people, 0, reviewed - people, 50)
    assert found.share == people / reviewed
    assert found.upper == pytest.approx(upper, abs=5e-4)
    assert found.source is Source.REVIEWED


@given(COUNT, COUNT, COUNT)
def test_what_nobody_can_tell_counts_as_a_person(people: int, unclear: int, machines: int) -> None:
    assert measured(0.05, people, unclear, machines, 50) == measured(0.05, people + unclear, 0, machines, 50)


@given(st.integers(0, 60), st.integers(1, 60))
def test_at_the_bound_so_few_people_are_as_rare_as_it_says(people: int, machines: int) -> None:
    """The bound's own definition: were it the truth, so few or fewer people would be found in 5 % of samples."""
    found = measured(0.0, people, 0, machines, 1)
    n = people + machines
    chance = sum(math.comb(n, k) * found.upper**k * (1 - found.upper) ** (n - k) for k in range(people + 1))
    assert chance == pytest.approx(0.05, abs=1e-6)
    assert found.share <= found.upper <= 1


def test_a_ledger_adds_the_share_to_its_figure_and_the_bound_to_its_bound() -> None:
    rule = LedgerRule("uk", 0.03, share=Share.LIVE, false_positives=True)
    figures = []
    for found in (measured(0.1, 0, 0, 0, 50), measured(0.1, 5, 0, 45, 50)):
        ledger = Ledger(rule, 0.0, found)
        for _ in range(90):
            ledger.add(CallRecord(10.0, answered_at=20.0, connected_at=20.5))
        for _ in range(100):
            ledger.add(CallRecord(10.0, answered_at=20.0, machine=True))
        figures.append(ledger.figure(30.0))
    configured, reviewed = figures
    assert configured.over == reviewed.over == pytest.approx(10)
    assert configured.share == reviewed.share == pytest.approx(0.1)
    assert reviewed.upper > configured.upper + 0.05  # one knows the share, the other guesses it from 50 calls
    assert reviewed.people_in_machines == measured(0.1, 5, 0, 45, 50)


def test_a_ledger_that_asks_for_no_machines_tells_of_none() -> None:
    ledger = Ledger(LedgerRule("italy", 0.03), 0.0, measured(0.1, 0, 0, 0, 50))
    ledger.add(CallRecord(10.0, answered_at=20.0, machine=True))
    assert ledger.figure(30.0).people_in_machines is None
    assert ledger.figure(30.0).over == 0
