"""The exact optimum: known figures, and nothing beats it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pacing.sim import Centre, named, pool, tally
from pacing.sim.optimum import Optimal, Room, long_run, solve
from pacing.sim.rivals import FixedRatio


@pytest.mark.parametrize(("agents", "expected"), [(1, 76.1), (2, 77.9), (5, 81.1), (10, 84.7), (20, 88.9)])
def test_best_utilisation_of_the_yardstick_rooms(agents: int, expected: float) -> None:
    best = solve(Room(agents))
    assert 100 * best.utilisation == pytest.approx(expected, abs=0.06)
    assert best.share == pytest.approx(0.03, abs=1e-6)


def test_one_agents_two_plans_are_one_line_and_two_lines() -> None:
    best = solve(Room(1))
    one, two = long_run(best.room, best.lean), long_run(best.room, best.bold)
    assert best.lean[0, 0] == 1
    assert best.bold[0, 0] == 2
    assert one.busy == pytest.approx(150 / (150 + 15 / 0.3))
    assert two.share == pytest.approx(3 / 14)
    straight = one.busy + (two.busy - one.busy) * 0.03 / two.share
    assert 100 * straight == pytest.approx(76.5, abs=0.05)


def test_without_abandons_allowed_nobody_dials_for_busy_agents() -> None:
    best = solve(Room(3, target=0.0))
    assert best.share == pytest.approx(0.0, abs=1e-9)
    assert best.utilisation == pytest.approx(0.75, abs=1e-6)


def test_the_edge_of_the_grid_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = solve(Room(5)).utilisation
    wide = Room.most_ringing.fget
    monkeypatch.setattr(Room, "most_ringing", property(lambda self: wide(self) + 15))
    assert solve(Room(5)).utilisation == pytest.approx(narrow, abs=1e-4)


def test_the_simulator_agrees_with_the_chain() -> None:
    best = solve(Room(5))
    scenario = replace(named.memoryless(5), length_s=60 * 3600.0)
    played = pool(tally(Centre(scenario, Optimal(best), seed).run()) for seed in (1, 2))
    assert played.utilisation == pytest.approx(best.utilisation, abs=0.01)
    assert played.abandon_rate == pytest.approx(0.03, abs=0.006)


@pytest.mark.parametrize("agents", [2, 10])
def test_no_fixed_ratio_beats_it(agents: int) -> None:
    scenario = replace(named.memoryless(agents), length_s=200 / agents * 3600.0 / 4)
    best = solve(Room(agents)).utilisation
    for ratio in (1.0, 1.5, 2.0, 3.0):
        played = tally(Centre(scenario, FixedRatio(ratio), 1).run())
        assert played.abandon_rate > 0.031 or played.utilisation < best + 0.015
