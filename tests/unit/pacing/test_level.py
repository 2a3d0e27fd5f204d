"""The level of answering: quick, and quicker after a break."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pacing.learning.level import Level


def fed(level: Level, calls: int, factor: float, seed: int) -> Level:
    """Calls each expected to bring a quarter of an answer, which bring `factor` times as many."""
    rng = np.random.default_rng(seed)
    for hit in rng.random(calls) < 0.25 * factor:
        level.learn(bool(hit), 0.25)
        level.advance(0.0)
    return level


def test_it_starts_at_one_and_in_doubt() -> None:
    assert Level().ratio() == pytest.approx(1.0)
    assert Level().spread > fed(Level(), 400, 1.0, 0).spread


@pytest.mark.parametrize("factor", [0.4, 1.0, 2.0])
def test_it_finds_the_level(factor: float) -> None:
    ratios = [fed(Level(), 800, factor, seed).ratio() for seed in range(20)]
    assert np.mean(ratios) == pytest.approx(factor, rel=0.15)


@pytest.mark.parametrize(("before", "after"), [(1.0, 0.4), (0.5, 1.25)])
def test_a_break_is_followed_within_some_forty_answers(before: float, after: float) -> None:
    ratios = []
    for seed in range(20):
        level = fed(Level(), 800, before, seed)
        ratios.append(fed(level, round(40 / (0.25 * after)), after, 100 + seed).ratio())
    assert abs(np.mean(ratios) - after) < 0.35 * abs(before - after)


def test_answers_due_of_calls_in_flight_lower_it_once_the_shape_is_known() -> None:
    level, young = fed(Level(), 1600, 1.0, 3), Level()
    before = level.ratio()
    level.advance(20.0)
    young.advance(20.0)
    assert level.ratio() < before
    assert young.ratio() == pytest.approx(1.0)


def test_calls_placed_together_are_no_break_when_they_all_stop_ringing_together() -> None:
    """A wave of calls brings its answers while it rings and its silence at the end."""
    level = fed(Level(), 1600, 1.0, 3)
    before = level.ratio()
    up, hazard = 100, 0.0
    while hazard < 0.29:
        hazard += 0.01
        up -= 1
        level.learn(True, hazard)
        level.advance(up * hazard)
    just_before = level.ratio()
    for _ in range(up):
        level.learn(False, hazard)
    level.advance(0.0)
    assert just_before == pytest.approx(before, rel=0.15)
    assert level.ratio() == pytest.approx(just_before, rel=0.05)


def test_it_survives_the_journey_through_json() -> None:
    level, again = fed(Level(), 300, 1.3, 1), Level()
    again.restore(json.loads(json.dumps(level.dump())))
    assert again.ratio() == level.ratio()


def test_when_the_shape_takes_the_level_in_their_product_stays() -> None:
    level = fed(Level(), 800, 2.0, 4)
    before = level.ratio()
    level.rebase(before, 0.0)
    assert level.ratio() * before == pytest.approx(before, rel=0.1)


def test_a_large_floor_remembers_more_answers() -> None:
    small, large = Level(), Level()
    large.fit(1000)
    assert fed(large, 4000, 1.0, 5).spread < fed(small, 4000, 1.0, 5).spread
