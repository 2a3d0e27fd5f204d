"""One answer more, against walking through every future by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing.contract import FloatArray
from pacing.grid import Grid
from pacing.reflection import Touch, touch

PATIENCE_S = 20.0


def by_hand(start: float, flow: FloatArray, weight: FloatArray, grid: Grid, blame: FloatArray) -> Touch:
    """The same by adding the answer and comparing who is lost and how long agents idle."""
    bins, futures = flow.shape
    saved, at_once, later = np.zeros(bins), np.zeros(bins), np.zeros(bins)
    for m in range(futures):
        plain = walk(start, flow[:, m])
        for t in range(bins):
            more = flow[:, m].copy()
            more[t] -= 1
            idle = walk(start, more)
            same = [v for v in range(t, bins) if idle[v] == plain[v]]
            until = same[0] if same else None
            lag = math.inf if until is None else (until - t) * grid.step_s
            saved[t] += weight[m] * PATIENCE_S * -math.expm1(-lag / PATIENCE_S)
            if until == t:
                at_once[t] += weight[m]
            elif until is not None:
                later[t] += weight[m] * blame[until]
    total = weight.sum()
    return Touch(saved / total, at_once / total, later / total)


def walk(start: float, flow: FloatArray) -> list[float]:
    idle, path = start, []
    for change in flow:
        idle = max(idle + change, 0.0)
        path.append(idle)
    return path


@given(start=st.integers(-2, 4), seed=st.integers(0, 2**32 - 1), busy=st.floats(0.0, 0.5))
def test_an_answer_more_saves_and_costs_what_walking_the_futures_says(
    start: int, seed: int, busy: float
) -> None:
    rng = np.random.default_rng(seed)
    bins, futures = 17, 6
    flow = rng.poisson(0.2, (bins, futures)).astype(float) - rng.poisson(busy, (bins, futures))
    weight, blame = rng.uniform(0.5, 2.0, futures), rng.uniform(0.0, 1.0, bins)
    grid = Grid(0.5, bins)
    fast = touch(float(start), flow, weight, grid, PATIENCE_S, blame)
    slow = by_hand(float(start), flow, weight, grid, blame)
    assert fast.saved_s == pytest.approx(slow.saved_s, abs=1e-9)
    assert fast.at_once == pytest.approx(slow.at_once, abs=1e-12)
    assert fast.later == pytest.approx(slow.later, abs=1e-12)


def test_with_nobody_ever_free_an_answer_is_lost_at_once() -> None:
    seen = touch(0.0, np.zeros((8, 4)), np.ones(4), Grid(0.5, 8), PATIENCE_S, np.ones(8))
    assert seen.at_once == pytest.approx(np.ones(8))
    assert seen.saved_s == pytest.approx(np.zeros(8))


def test_with_agents_to_spare_an_answer_saves_and_costs_nobody() -> None:
    seen = touch(9.0, np.zeros((8, 4)), np.ones(4), Grid(0.5, 8), PATIENCE_S, np.ones(8))
    assert seen.at_once == pytest.approx(np.zeros(8))
    assert seen.saved_s == pytest.approx(np.full(8, PATIENCE_S))
