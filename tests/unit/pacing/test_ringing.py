"""The law of ringing: recovered from what was drawn of it, with censoring, forgetting and coarser grids."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pacing import Result, RingEnded
from pacing.grid import Grid
from pacing.learning.ringing import QUANTILES, RingLaw

GRID = Grid.over_ring(30.0)
ANSWER = stats.lognorm(0.5, scale=12.0)
P_ANSWER, P_BUSY = 0.35, 0.1
TIMEOUT_S = 30.0


def calls(count: int, seed: int, release_s: float = math.inf, p_answer: float = P_ANSWER) -> list[RingEnded]:
    """Calls of a known law, in no particular order; those still ringing at `release_s` are released."""
    rng = np.random.default_rng(seed)
    made = []
    for u, answer_s in zip(rng.random(count), ANSWER.rvs(count, random_state=rng), strict=True):
        if u < p_answer and answer_s < TIMEOUT_S:
            age, result = float(answer_s), Result.ANSWERED
        elif u > 1 - P_BUSY:
            age, result = 3.0, Result.BUSY
        else:
            age, result = TIMEOUT_S, Result.NO_ANSWER
        if age > release_s and rng.random() < 0.7:
            age, result = release_s, Result.RELEASED
        made.append(RingEnded(0.0, age, result))
    return made


def learnt(events: list[RingEnded]) -> RingLaw:
    law = RingLaw()
    for event in events:
        law.learn(event)
    return law


@pytest.mark.parametrize("release_s", [math.inf, 15.0])
def test_the_chance_of_an_answer_by_age_is_recovered_even_when_many_calls_are_released(
    release_s: float,
) -> None:
    table = learnt(calls(6000, seed=1, release_s=release_s)).table(GRID)
    in_time = P_ANSWER * ANSWER.cdf(TIMEOUT_S)
    assert table.ever[0] == pytest.approx(in_time, abs=0.03)
    age_s = 15.0
    row = table.rows(np.array([age_s]))[0]
    answers_later = P_ANSWER * (ANSWER.cdf(TIMEOUT_S) - ANSWER.cdf(age_s))
    alive = 1.0 - P_BUSY - P_ANSWER * ANSWER.cdf(age_s)
    assert table.ever[row] == pytest.approx(answers_later / alive, abs=0.03)


def test_when_people_answer_is_recovered() -> None:
    table = learnt(calls(6000, seed=2)).table(GRID)
    cumulated = np.cumsum(table.answer[0])
    for seconds in (8.0, 12.0, 20.0):
        upto = cumulated[round(seconds / GRID.step_s) - 1]
        assert upto == pytest.approx(P_ANSWER * ANSWER.cdf(seconds), abs=0.03)


def test_forecasts_of_an_answer_within_five_seconds_are_calibrated() -> None:
    table = learnt(calls(4000, seed=3)).table(GRID)
    bins = round(5.0 / GRID.step_s)
    groups: dict[int, list[tuple[float, bool]]] = {}
    for event in calls(3000, seed=4):
        for age in (0.0, 5.0, 10.0, 15.0, 20.0):
            if age < event.age:
                forecast = float(table.answer[table.rows(np.array([age]))[0], :bins].sum())
                happened = event.result is Result.ANSWERED and event.age <= age + bins * GRID.step_s
                groups.setdefault(int(forecast * 20), []).append((forecast, happened))
    checked = [pairs for pairs in groups.values() if len(pairs) >= 500]
    assert len(checked) >= 2
    for pairs in checked:
        forecasts, happened = np.array(pairs).T
        assert happened.mean() == pytest.approx(forecasts.mean(), abs=0.03)


def test_draws_are_the_table_in_other_words() -> None:
    table = learnt(calls(2000, seed=5)).table(GRID)
    for row in (0, 10, 30):
        drawn = np.bincount(table.draws[row], minlength=GRID.bins + 1) / QUANTILES
        assert np.cumsum(drawn)[:-1] == pytest.approx(np.cumsum(table.answer[row]), abs=2.0 / QUANTILES)


def test_a_coarser_grid_tells_the_same_story() -> None:
    law = learnt(calls(6000, seed=6))
    fine, coarse = law.table(GRID), law.table(Grid(2.0, 60))
    assert coarse.ever[0] == pytest.approx(fine.ever[0], abs=0.02)


def test_the_old_is_forgotten() -> None:
    law = learnt(calls(8000, seed=7, p_answer=0.1) + calls(8000, seed=8, p_answer=0.5))
    assert law.table(GRID).ever[0] > 0.4


def test_a_stranger_campaign_starts_from_a_prior() -> None:
    table = RingLaw().table(GRID)
    assert 0.2 < table.ever[0] < 0.5
    assert RingLaw().reach_s() == math.inf


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(list(Result))), max_size=50
    )
)
def test_whatever_is_reported_the_table_stays_a_table(reports: list[tuple[float, Result]]) -> None:
    table = learnt([RingEnded(0.0, age, result) for age, result in reports]).table(GRID)
    assert np.isfinite(table.answer).all()
    assert (table.answer >= 0).all()
    assert (table.ever <= 1.0 + 1e-9).all()
    assert (table.draws >= 0).all()
    assert (table.draws <= GRID.bins).all()


def test_a_law_survives_the_journey_through_json() -> None:
    law, again = learnt(calls(500, seed=9)), RingLaw()
    again.restore(json.loads(json.dumps(law.dump())))
    assert again.table(GRID).answer == pytest.approx(law.table(GRID).answer)
    with pytest.raises(ValueError, match="finite"):
        again.restore({"counts": [[-1.0], [0.0], [0.0]], "seen": 1})


def test_quick_refusals_are_not_taken_for_everyones_fate_while_the_others_still_ring() -> None:
    law = learnt([RingEnded(0.0, 4.0, Result.BUSY)] * 10)
    blind, seeing = law.table(GRID), law.table(GRID, np.full(90, 5.0))
    assert seeing.ever[0] > 0.25
    assert blind.ever[0] < seeing.ever[0]
