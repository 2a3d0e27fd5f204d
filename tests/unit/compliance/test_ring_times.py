"""Rings as evidence: bins, and how much likelier a machine answers after so long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance.ring_times import Judged, RingBin, binned, doubtful

CALL = st.builds(
    Judged,
    st.integers(-1, 60),
    st.sampled_from(["HUMAN", "MACHINE", "NOTSURE"]),
    st.sampled_from(["person", "machine", ""]),
    st.integers(1, 30),
)


def test_a_ring_at_which_only_machines_answer_speaks_for_one() -> None:
    early, late = binned(
        [
            Judged(5, "MACHINE", "person", 8),
            Judged(4, "MACHINE", "machine", 2),
            Judged(20, "MACHINE", "machine", 18),
            Judged(21, "MACHINE", "", 5),
            Judged(20, "HUMAN", "", 3),
        ]
    )
    assert (early.from_s, early.to_s, early.people, early.machines) == (4, 6, 8, 2)
    assert (late.from_s, late.machine, late.person) == (20, 23, 3)
    assert early.ratio == pytest.approx((2.5 / 21) / (8.5 / 9))
    assert late.ratio == pytest.approx((18.5 / 21) / (0.5 / 9))


def test_without_people_or_without_machines_nothing_is_said() -> None:
    (one,) = binned([Judged(5, "MACHINE", "machine", 8)])
    assert one.ratio is None


@given(st.lists(CALL, max_size=30))
def test_no_call_is_lost_and_the_ratio_is_an_average_of_one_over_people(calls: list[Judged]) -> None:
    bins = binned(calls)
    assert sum(one.person + one.machine + one.unsure for one in bins) == sum(one.calls for one in calls)
    if bins and bins[0].ratio is not None:
        people = sum(one.people for one in bins) + len(bins) / 2
        assert sum((one.people + 0.5) / people * (one.ratio or 0) for one in bins) == pytest.approx(1)


def test_rings_at_which_people_are_taken_for_machines_are_doubtful() -> None:
    """80 found, 20 of them people: 16 of 20 at a short ring, 4 of 60 at the mailbox's own time."""
    bins = (RingBin(4, 6, people=16, machines=4), RingBin(20, 22, people=4, machines=56), RingBin(30, 32))
    assert doubtful(bins, 0.5, 50) == ((4, 6),)  # (16 + 5) / (20 + 20) = 52.5 %
    assert doubtful(bins, 0.53, 50) == ()
    assert doubtful(bins, 0.24, 50) == ((4, 6), (30, 32))  # nothing is known of 30 s: the share of all, 25 %
    assert doubtful(bins, 0.5, 81) == ()
    assert doubtful((), 0.0, 0) == ()


@given(st.lists(CALL, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_who_doubts_less_doubts_no_other_rings(calls: list[Judged], one: float, other: float) -> None:
    bins, (low, high) = binned(calls), sorted((one, other))
    assert set(doubtful(bins, high, 1)) <= set(doubtful(bins, low, 1))
    assert doubtful(bins, 1.0, 1) == ()
