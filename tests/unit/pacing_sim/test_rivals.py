"""The rivals decide as they are described."""

from __future__ import annotations

import numpy as np
import pytest

from pacing import Abandoned, AgentColumns, AgentState, CallColumns, Result, RingEnded, Snapshot, TalkEnded
from pacing.sim.rivals import FixedRatio, Issabel, Vicidial


def shot(
    now: float, *, ready: int = 0, talking: int = 0, in_flight: int = 0, waiting: int = 0, since: float = 0.0
):
    state = [AgentState.READY] * ready + [AgentState.TALKING] * talking
    n = len(state)
    floor = AgentColumns(np.arange(n), np.array(state), np.full(n, since), np.zeros(n), np.full(n, -np.inf))
    calls = CallColumns(np.arange(in_flight), np.full(in_flight, now), np.full(in_flight, now))
    return Snapshot(now, floor, calls, np.full(waiting, now))


@pytest.mark.parametrize(
    ("ratio", "ready", "in_flight", "expected"), [(1, 4, 1, 3), (1.5, 3, 0, 5), (2, 2, 6, 0)]
)
def test_a_ratio_fills_up_lines_of_ready_agents(
    ratio: float, ready: int, in_flight: int, expected: int
) -> None:
    assert FixedRatio(ratio).decide(shot(0.0, ready=ready, talking=5, in_flight=in_flight)).dial == expected


def test_vicidials_level_grows_with_ready_agents_and_stops_at_its_cap() -> None:
    controller = Vicidial(cap=2.0)
    for second in range(15):
        controller.decide(shot(float(second), ready=4, talking=4))
    assert controller.level == 1.0
    controller.decide(shot(15.0, ready=4, talking=4))
    assert controller.level == pytest.approx(1.5)
    for second in range(16, 100):
        controller.decide(shot(float(second), ready=4, talking=4))
    assert controller.level == 2.0


def test_vicidials_waiting_callers_bring_the_level_down_to_one() -> None:
    controller = Vicidial(cap=4.0)
    controller.level = 3.0
    for second in range(31):
        controller.decide(shot(float(second), talking=4, waiting=3))
    assert controller.level == 1.0


def test_vicidial_places_every_two_and_a_half_seconds_up_to_its_level() -> None:
    controller = Vicidial(cap=4.0)
    placed = {
        second: controller.decide(shot(second, ready=3, in_flight=1)).dial for second in (0.0, 1.0, 2.0, 2.5)
    }
    assert placed == {0.0: 2, 1.0: 0, 2.0: 0, 2.5: 2}


def test_vicidials_other_tally_counts_agents_in_calls_on_both_sides() -> None:
    controller = Vicidial(cap=4.0, available_only=False)
    controller.level = 2.0
    assert controller.decide(shot(0.0, ready=1, talking=5, in_flight=2)).dial == 2 * 6 - 2 - 5


def test_vicidials_brake_works_on_statistics_a_minute_old() -> None:
    controller = Vicidial(cap=4.0)
    for i in range(60):
        controller.learn(RingEnded(float(i) / 10, 5.0, Result.ANSWERED))
    for _ in range(6):
        controller.learn(Abandoned(1.0))
    levels = {}
    for second in range(80):
        controller.decide(shot(float(second), ready=4))
        levels[second] = controller.level
    assert levels[59] > 1.5
    assert levels[75] == 1.0


def test_issabel_counts_free_agents_and_those_soon_free_over_the_share_of_success() -> None:
    rule = Issabel(0.97)
    for i in range(20):
        rule.learn(RingEnded(float(i), 8.0, Result.ANSWERED if i % 2 else Result.NO_ANSWER))
        rule.learn(TalkEnded(float(i), 0, 100.0))
    fresh, old = shot(400.0, ready=1, talking=1, since=350.0), shot(400.0, ready=1, talking=1, since=10.0)
    assert rule.decide(fresh).dial == 2
    assert rule.decide(old).dial == 4
    assert Issabel(overcommit=False).decide(old).dial == 1


def test_issabel_never_trusts_less_than_one_success_in_five() -> None:
    rule = Issabel()
    for i in range(100):
        rule.learn(RingEnded(float(i), 8.0, Result.ANSWERED if i == 0 else Result.BUSY))
    assert rule.decide(shot(100.0, ready=2)).dial == 10
