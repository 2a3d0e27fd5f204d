"""Trunks: channels, rate, order of fail-over and rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.trunks import TrunkLimits, TrunkPool, Verdict

ORDER = ("a", "b")


def pool(**limits: float) -> TrunkPool:
    plain = {"max_channels": 3, "calls_per_second": 100.0, "rest_after": 2, "rest_s": 60.0}
    a = TrunkLimits("a", **{**plain, **limits})  # type: ignore[arg-type]
    return TrunkPool((a, TrunkLimits("b", 2, 100.0)))


def test_the_first_trunk_is_filled_before_the_second() -> None:
    trunks = pool()
    taken = [trunks.take(ORDER, f"c{n}", 0.0) for n in range(6)]
    assert taken == ["a", "a", "a", "b", "b", None]
    assert trunks.capacity(ORDER, 0.0) == 0


def test_a_channel_given_back_twice_is_free_once() -> None:
    trunks = pool()
    for n in range(3):
        trunks.take(("a",), f"c{n}", 0.0)
    trunks.give_back("a", "c0", 1.0, Verdict.WORKS)
    trunks.give_back("a", "c0", 1.0, Verdict.WORKS)
    assert trunks.capacity(("a",), 1.0) == 1


@given(st.lists(st.floats(0.001, 0.5), min_size=20, max_size=200), st.floats(0.5, 20.0))
def test_no_window_of_time_sees_more_starts_than_the_rate_and_one_burst(
    steps: list[float], rate: float
) -> None:
    trunks = TrunkPool((TrunkLimits("a", 10_000, rate),))
    now, starts = 0.0, list[float]()
    for n, step in enumerate(steps):
        now += step
        while trunks.take(("a",), f"c{n}-{len(starts)}", now):
            starts.append(now)
    burst = max(1.0, rate * 0.25)
    for k, first in enumerate(starts):
        for m, last in enumerate(starts[k:], 1):
            assert m <= burst + rate * (last - first) + 1e-6


def test_a_slow_trunk_says_when_the_next_call_may_start() -> None:
    trunks = pool(calls_per_second=0.5)
    assert trunks.take(("a",), "c0", 10.0)
    assert trunks.take(("a",), "c1", 10.0) is None
    opens = trunks.opens_at(("a",), 10.0)
    assert opens == pytest.approx(12.0)
    assert trunks.take(("a",), "c1", opens)


def test_a_full_trunk_is_not_asked_again_at_once() -> None:
    trunks = pool()
    for n in range(3):
        trunks.take(("a",), f"c{n}", 0.0)
    assert trunks.opens_at(("a",), 5.0) == 6.0


def test_a_clock_that_steps_back_gives_no_extra_calls() -> None:
    trunks = pool(calls_per_second=1.0)
    trunks.take(("a",), "c0", 100.0)
    assert trunks.take(("a",), "c1", 50.0) is None
    assert trunks.take(("a",), "c1", 100.5) is None


def test_refusals_in_a_row_rest_the_trunk_and_a_good_call_forgives() -> None:
    trunks = pool(rest_after=3)
    ends = [Verdict.REFUSED, Verdict.REFUSED, Verdict.WORKS, Verdict.REFUSED, Verdict.SILENT, Verdict.REFUSED]
    for n, verdict in enumerate(ends):
        trunks.take(("a",), f"c{n}", float(n))
        assert not trunks.give_back("a", f"c{n}", float(n), verdict)
    trunks.take(("a",), "last", 10.0)
    assert trunks.give_back("a", "last", 10.0, Verdict.REFUSED)
    assert trunks.take(ORDER, "next", 10.0) == "b"
    assert trunks.opens_at(("a",), 10.0) == 70.0
    assert trunks.report(10.0)[0].rests_until == 70.0
    assert trunks.take(ORDER, "later", 70.0) == "a"


def test_time_outs_without_a_ring_are_suspect_only_where_ringing_was_ever_told() -> None:
    trunks = pool(rest_after=1)
    trunks.take(("a",), "c0", 0.0)
    assert not trunks.give_back("a", "c0", 1.0, Verdict.SUSPECT)
    trunks.take(("a",), "c1", 1.0)
    trunks.give_back("a", "c1", 2.0, Verdict.WORKS, rang=True)
    trunks.take(("a",), "c2", 2.0)
    assert trunks.give_back("a", "c2", 3.0, Verdict.SUSPECT)


def test_new_limits_keep_channels_and_rests_of_trunks_that_stay() -> None:
    trunks = pool(rest_after=1)
    trunks.take(("a",), "c0", 0.0)
    trunks.take(("a",), "c1", 0.0)
    trunks.give_back("a", "c1", 0.0, Verdict.REFUSED)
    trunks.retune((TrunkLimits("a", 5, 10.0), TrunkLimits("new", 1, 1.0)))
    assert [(one.name, one.channels) for one in trunks.report(1.0)] == [("a", 1), ("new", 0)]
    assert trunks.take(("a", "b", "new"), "c2", 1.0) == "new"
    assert not trunks.give_back("b", "c9", 1.0, Verdict.WORKS)


def test_adopted_calls_take_channels_but_no_start() -> None:
    trunks = pool()
    trunks.adopt("a", "c0")
    trunks.adopt("nowhere", "c1")
    assert trunks.capacity(("a",), 0.0) == 2
