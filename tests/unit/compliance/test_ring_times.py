"""Rings as evidence: bins, and how much likelier a machine answers after so long."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance.ring_times import Judged, binned

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
