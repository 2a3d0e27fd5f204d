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


def by_hand(start: float, flow: FloatArray, weight: FloatArray, grid: Grid) -> Touch:
    """The same by adding the answer and comparing who is lost and how long agents idle."""
    bins, futures = flow.shape
    saved, lost = np.zeros(bins), np.zeros(bins)
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
            lost[t] += weight[m] * (until is not None)
    total = weight.sum()
    return Touch(saved / total, lost / total)


def walk(start: float, flow: FloatArray) -> list[float]:
    idle, path = start, []
    for change in flow:
        idle = max(idle + change, 0.0)
        path.append(idle)
    return path


@given(
    start=st.integers(-2, 4),
    seed=st.integers(0, 2**32 - 1),
    busy=st.floats(0.0, 0.5),
    bins=st.integers(1, 40),
)
def test_an_answer_more_saves_and_costs_what_walking_the_futures_says(
    start: int, seed: int, busy: float, bins: int
) -> None:
    rng = np.random.default_rng(seed)
    futures = 6
    flow = (rng.poisson(0.2, (bins, futures)) - rng.poisson(busy, (bins, futures))).astype(np.int16)
    weight, grid = rng.uniform(0.5, 2.0, futures), Grid(0.5, bins)
    slow = by_hand(float(start), flow, weight, grid)
    for kind in (np.int16, np.float64):
        fast = touch(float(start), flow.astype(kind), weight, grid, PATIENCE_S)
        assert fast.saved_s == pytest.approx(slow.saved_s, abs=1e-4)
        assert fast.lost == pytest.approx(slow.lost, abs=1e-5)


def test_with_nobody_ever_free_an_answer_is_lost_at_once() -> None:
    seen = touch(0.0, np.zeros((8, 4)), np.ones(4), Grid(0.5, 8), PATIENCE_S)
    assert seen.lost == pytest.approx(np.ones(8))
    assert seen.saved_s == pytest.approx(np.zeros(8), abs=1e-5)


def test_with_agents_to_spare_an_answer_saves_and_costs_nobody() -> None:
    seen = touch(9.0, np.zeros((8, 4)), np.ones(4), Grid(0.5, 8), PATIENCE_S)
    assert seen.lost == pytest.approx(np.zeros(8))
    assert seen.saved_s == pytest.approx(np.full(8, PATIENCE_S))
