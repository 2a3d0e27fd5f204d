"""The engine at work in the statistical call centre: short shifts, wide margins, fixed seeds."""

from __future__ import annotations

from functools import partial

import pytest

from pacing import Engine, Settings
from pacing.sim import Centre, Scenario, Tally, named, optimum, tally
from pacing.sim.rivals import FixedRatio

HOUR_S = 3600.0


def shift(scenario: Scenario, *, release: bool = True, seed: int = 1) -> Tally:
    settings = Settings(
        connect_within=scenario.connect_within_s, ring_timeout=scenario.ring_timeout_s, release=release
    )
    return tally(Centre(scenario, Engine(settings, seed=seed), seed).run())


@pytest.mark.slow
def test_the_memoryless_room_comes_close_to_the_optimum_nobody_can_beat() -> None:
    best = optimum.solve(optimum.Room(5))
    seen = shift(named.scenario("memoryless5", hours=1.5), release=False)
    assert seen.utilisation > best.utilisation - 0.045
    assert seen.abandon_rate < 0.055


@pytest.mark.slow
@pytest.mark.parametrize(("name", "hours"), [("pair", 2.5), ("mixed20", 0.5)])
def test_agents_wait_less_than_with_one_line_each_and_few_people_are_abandoned(
    name: str, hours: float
) -> None:
    scenario = named.scenario(name, hours=hours)
    one_line = tally(Centre(scenario, FixedRatio(1.0), 1).run())
    seen = shift(scenario)
    assert seen.wait_s < 0.8 * one_line.wait_s
    assert seen.abandon_rate < 0.06


@pytest.mark.slow
def test_a_cold_start_of_a_large_floor_floods_nobody() -> None:
    scenario = named.scenario("big120", hours=0.1)
    assert shift(scenario).abandon_rate < 0.08


def test_the_same_seed_plays_the_same_shift() -> None:
    play = partial(shift, named.scenario("five", hours=0.1))
    assert play() == play()
