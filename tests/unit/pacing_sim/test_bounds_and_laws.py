"""Bounds against scipy, laws against their moments, profiles and tallies by example."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pacing.sim import Profile, Scenario, Tally, agents, bounds, laws, named, pool, steady, wait_interval


@given(events=st.integers(0, 300), more=st.integers(0, 5000))
def test_clopper_pearson_agrees_with_scipy(events: int, more: int) -> None:
    trials = events + more
    if trials == 0:
        assert bounds.upper_bound(0, 0) == 1.0
        return
    known = stats.binomtest(events, trials).proportion_ci(0.95)
    assert bounds.interval(events, trials) == pytest.approx((known.low, known.high), abs=1e-6)


def test_no_abandon_in_fifty_answers_still_means_up_to_six_percent() -> None:
    assert bounds.upper_bound(0, 50) == pytest.approx(1 - 0.05 ** (1 / 50))


@pytest.mark.parametrize(
    ("law", "deviation"),
    [
        (laws.Constant(7.0), 0.0),
        (laws.Exponential(40.0), 40.0),
        (laws.LogNormal(180.0, 0.7), 126.0),
        (laws.Gamma(60.0, 4.0), 30.0),
        (laws.Empirical((5.0, 15.0)), 5.0),
        (laws.Mixture(((1.0, laws.Constant(0.0)), (3.0, laws.Constant(4.0)))), math.sqrt(3.0)),
    ],
)
def test_a_law_has_the_mean_and_deviation_it_says(law: laws.Law, deviation: float) -> None:
    drawn = law.draw(np.random.default_rng(1), 200_000)
    assert drawn.min() >= 0.0
    assert drawn.mean() == pytest.approx(law.mean_s, rel=0.02)
    assert drawn.std() == pytest.approx(deviation, rel=0.04, abs=1e-9)


@pytest.mark.parametrize(
    "make",
    [
        lambda: laws.Constant(-1.0),
        lambda: laws.Exponential(0.0),
        lambda: laws.LogNormal(math.nan),
        lambda: laws.Gamma(10.0, math.inf),
        lambda: laws.Empirical(()),
        lambda: laws.Mixture(()),
        lambda: Profile(()),
        lambda: Profile(((5.0, 1.0), (0.0, 1.0))),
        lambda: Scenario("over", agents(1), steady(0.99), machine=0.2),
    ],
)
def test_nonsense_is_refused(make) -> None:
    with pytest.raises(ValueError, match=r"must|needs|more than 1"):
        make()


def test_a_profile_steps_or_slopes() -> None:
    points = ((10.0, 1.0), (20.0, 3.0))
    assert [Profile(points).at(t) for t in (0, 10, 15, 20, 99)] == [1, 1, 1, 3, 3]
    assert [Profile(points, linear=True).at(t) for t in (0, 10, 15, 20, 99)] == [1, 1, 2, 3, 3]


def test_the_share_within_a_time_is_the_laws_distribution() -> None:
    assert laws.share_within(laws.Exponential(10.0), 10.0) == pytest.approx(1 - math.exp(-1), abs=0.01)


def test_the_interval_of_the_wait_covers_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(300):
        shifts = [
            Tally(conversations=n, ready_s=float(rng.exponential(20.0, n).sum()))
            for n in rng.integers(50, 90, 6)
        ]
        low, high = wait_interval(shifts)
        hits += low <= 20.0 <= high
    assert 0.90 <= hits / 300 <= 0.99


def test_figures_of_an_empty_tally_are_finite_or_say_never() -> None:
    empty = pool([])
    assert (empty.abandon_rate, empty.utilisation, empty.talk_minutes_per_hour) == (0.0, 0.0, 0.0)
    assert empty.wait_s == math.inf
    assert wait_interval([empty]) == (0.0, math.inf)


def test_an_unknown_scenario_lists_the_known() -> None:
    with pytest.raises(KeyError, match="mixed20"):
        named.scenario("nowhere")
