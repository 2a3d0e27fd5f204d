"""Conversation and wrap-up: residual times against closed forms, pace, running ones as censored."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pacing.contract import FloatArray
from pacing.learning.durations import Durations, chance_within, residuals

NOBODY = np.zeros(0)


def learnt(seconds: FloatArray, agents: int = 20) -> Durations:
    law = Durations(150.0)
    for i, value in enumerate(seconds):
        law.learn(i % agents, float(value))
    return law


@pytest.mark.parametrize(
    "truth", [stats.expon(scale=150.0), stats.lognorm(0.7, scale=140.0), stats.gamma(4.0, scale=40.0)]
)
@pytest.mark.parametrize("elapsed_s", [0.0, 60.0, 200.0])
def test_the_chance_to_end_soon_is_recovered_at_every_age(truth: stats.rv_frozen, elapsed_s: float) -> None:
    cumulated = learnt(truth.rvs(3000, random_state=5)).cumulated_hazard(NOBODY)
    for seconds in (15.0, 30.0, 90.0):
        true = 1.0 - truth.sf(elapsed_s + seconds) / truth.sf(elapsed_s)
        found = chance_within(cumulated, np.array([elapsed_s]), np.array([seconds]))[0]
        assert found == pytest.approx(true, abs=0.05)


def test_the_memoryless_has_no_memory() -> None:
    truth = stats.expon(scale=100.0)
    cumulated = learnt(truth.rvs(3000, random_state=6)).cumulated_hazard(NOBODY)
    exponentials = -np.log1p(-(np.arange(500) + 0.5) / 500)
    for elapsed_s in (0.0, 80.0, 160.0):
        left = residuals(cumulated, np.array([[elapsed_s]]), exponentials)
        assert np.median(left) == pytest.approx(truth.median(), rel=0.15)


def test_of_conversations_forecast_to_end_at_some_chance_that_share_ends() -> None:
    truth = stats.lognorm(0.7, scale=140.0)
    cumulated = learnt(truth.rvs(1500, random_state=7)).cumulated_hazard(NOBODY)
    fresh = truth.rvs(4000, random_state=8)
    for elapsed_s in (30.0, 100.0, 250.0):
        going_on = fresh[fresh > elapsed_s]
        forecast = chance_within(cumulated, np.array([elapsed_s]), np.array([40.0]))[0]
        assert (going_on <= elapsed_s + 40.0).mean() == pytest.approx(forecast, abs=0.04)


def test_those_still_talking_count_before_anyone_has_finished() -> None:
    young, old = Durations(150.0), Durations(150.0)
    talking = np.full(20, 140.0)
    soon = np.array([0.0]), np.array([60.0])
    assert chance_within(old.cumulated_hazard(talking), *soon) < chance_within(
        young.cumulated_hazard(NOBODY), *soon
    )


def test_a_slow_agent_is_known_for_it_after_a_while_and_a_stranger_is_average() -> None:
    rng, law = np.random.default_rng(9), Durations(150.0)
    for _ in range(100):
        law.learn(1, 2.0 * float(rng.lognormal(5.0, 0.5)))
        for agent in range(2, 8):
            law.learn(agent, float(rng.lognormal(5.0, 0.5)))
    assert 1.4 < law.pace(1) < 2.1
    assert 0.7 < law.pace(2) < 1.1
    assert law.pace(99) == 1.0


def test_one_long_conversation_makes_nobody_slow() -> None:
    law = learnt(np.full(200, 100.0))
    law.learn(77, 1000.0)
    assert law.pace(77) < 1.3


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60))
def test_whatever_is_reported_hazards_stay_finite_and_never_fall(seconds: list[float]) -> None:
    law = Durations(20.0)
    for value in seconds:
        law.learn(3, value)
    cumulated = law.cumulated_hazard(np.array([math.nan, -5.0, math.inf, 30.0]))
    assert np.isfinite(cumulated).all()
    assert (np.diff(cumulated) >= 0).all()
    assert math.isfinite(law.pace(3))


def test_a_law_survives_the_journey_through_json() -> None:
    law, again = learnt(np.linspace(5, 300, 200)), Durations(150.0)
    again.restore(json.loads(json.dumps(law.dump())))
    assert again.cumulated_hazard(NOBODY) == pytest.approx(law.cumulated_hazard(NOBODY), rel=0.05)
    assert again.pace(3) == pytest.approx(law.pace(3))
    with pytest.raises(ValueError, match="do not fit"):
        again.restore({**law.dump(), "ends": [1.0]})
