"""What holds for every decision, whatever came in."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pacing import AgentColumns, AgentState, CallColumns, Decision, Engine, Settings, Snapshot
from pacing.contract import Event
from tests.unit.pacing.floors import (
    NOW,
    absurd_events,
    absurd_snapshots,
    agents,
    calls,
    experienced,
    sane_settings,
    snapshot,
)

FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def must_hold(decision: Decision, asked: Snapshot, rules: Settings) -> None:
    """Every promise that can be read off one decision."""
    state = asked.agents.state
    working = int(((state >= AgentState.READY) & (state < AgentState.AWAY)).sum())
    in_flight = len(asked.calls)
    assert isinstance(decision.dial, int)
    assert decision.dial >= 0
    assert math.isfinite(decision.next_at)
    if working == 0 or not math.isfinite(asked.now):
        assert decision.dial == 0
    if decision.dial:
        assert decision.dial + in_flight <= rules.max_ratio * working
        assert rules.max_calls is None or decision.dial + in_flight <= rules.max_calls
        assert rules.calls_per_second is None or decision.dial <= max(1.0, rules.calls_per_second)
    with np.errstate(invalid="ignore", over="ignore"):
        rang_s = dict(zip(asked.calls.id.tolist(), asked.now - asked.calls.ringing_at, strict=True))
    assert len(set(decision.release)) == len(decision.release)
    for call in decision.release:
        assert rules.release
        assert rang_s[call] >= rules.min_ring
    json.dumps(dataclasses.asdict(decision.why), allow_nan=False)
    assert decision.why.text


def unique_calls(asked: Snapshot) -> Snapshot:
    ids = np.arange(len(asked.calls))
    return dataclasses.replace(asked, calls=dataclasses.replace(asked.calls, id=ids))


@FEW
@given(rules=sane_settings, asked=absurd_snapshots(), events=st.lists(absurd_events, max_size=20))
def test_whatever_comes_in_the_answer_is_finite_and_within_every_ceiling(
    rules: Settings, asked: Snapshot, events: list[Event]
) -> None:
    engine, asked = Engine(rules, seed=5), unique_calls(asked)
    for event in [*events, *events]:  # every event twice: duplicates happen
        engine.learn(event)
    must_hold(engine.decide(asked), asked, rules)
    must_hold(engine.decide(asked), asked, rules)
    json.dumps(engine.dump(), allow_nan=False)


@FEW
@given(asked=st.lists(absurd_snapshots(), min_size=1, max_size=4), rules=sane_settings)
def test_same_seed_history_and_floor_give_the_same_decision(asked: list[Snapshot], rules: Settings) -> None:
    one, other = Engine(rules, seed=11), Engine(rules, seed=11)
    assert repr([one.decide(a) for a in asked]) == repr([other.decide(a) for a in asked])


@FEW
@given(
    states=st.lists(st.sampled_from([AgentState.AWAY]), max_size=8),
    ages=st.lists(st.floats(0.0, 40.0), max_size=8),
    mode=st.sampled_from(["predictive", "progressive", "ratio"]),
)
def test_with_nobody_known_to_work_no_call_is_placed(
    states: list[AgentState], ages: list[float], mode: str
) -> None:
    engine = experienced(Settings(mode=mode), calls_seen=50)
    assert engine.decide(snapshot(agents(states), calls(ages))).dial == 0


@FEW
@given(
    states=st.lists(st.sampled_from(list(AgentState)), min_size=1, max_size=15),
    ages=st.lists(st.floats(0.0, 35.0), max_size=20),
    min_ring=st.sampled_from([5.0, 15.0, 20.0]),
)
def test_no_call_is_released_before_it_rang_long_enough(
    states: list[AgentState], ages: list[float], min_ring: float
) -> None:
    rules = Settings(min_ring=min_ring)
    asked = snapshot(agents(states), calls(ages))
    must_hold(experienced(rules, calls_seen=100).decide(asked), asked, rules)


@settings(max_examples=6)
@given(
    states=st.lists(st.sampled_from(list(AgentState)[:4]), min_size=2, max_size=15),
    ages=st.lists(st.floats(0.0, 30.0), max_size=8),
)
def test_a_higher_target_never_means_fewer_calls_in_expectation(
    states: list[AgentState], ages: list[float]
) -> None:
    placed = []
    for target in (0.005, 0.03, 0.15):
        engine = experienced(Settings(target_abandon=target, release=False), calls_seen=300)
        asked = snapshot(agents(states, interval_s=35.0), calls(ages))
        placed.append(sum(engine.decide(asked).dial for _ in range(8)) / 8)
    assert placed[0] <= placed[1] + 0.5
    assert placed[1] <= placed[2] + 0.5


@settings(max_examples=10)
@given(left_s=st.floats(45.0, 500.0), count=st.integers(1, 10), in_wrap_up=st.booleans())
def test_nobody_is_called_for_an_agent_whose_interval_is_far_from_over(
    left_s: float, count: int, in_wrap_up: bool
) -> None:
    state = AgentState.WRAPUP if in_wrap_up else AgentState.INTERVAL
    floor = agents([state] * count, since_s=10.0, interval_s=10.0 + left_s)
    assert experienced(calls_seen=200).decide(snapshot(floor)).dial == 0


@settings(max_examples=10)
@given(jumps=st.lists(st.floats(-5000.0, 5000.0), min_size=2, max_size=6))
def test_a_clock_that_jumps_back_and_forth_breaks_no_ceiling(jumps: list[float]) -> None:
    rules = Settings(calls_per_second=2.0)
    engine, now = Engine(rules), NOW
    for jump in jumps:
        now += jump
        asked = snapshot(agents([AgentState.READY] * 5), calls([1.0, 20.0]), now=now)
        must_hold(engine.decide(asked), asked, rules)


def test_ten_thousand_agents_and_none_are_both_floors() -> None:
    rng = np.random.default_rng(2)
    n = 10_000
    many = AgentColumns(
        np.arange(n),
        rng.integers(0, 4, n).astype(np.int8),
        NOW - rng.uniform(0, 300, n),
        np.full(n, 30.0),
        NOW - rng.uniform(0, 300, n),
    )
    engine = experienced()
    for floor in (many, AgentColumns.empty(), many):
        asked = snapshot(floor, calls(list(rng.uniform(0, 30, 5000))))
        must_hold(engine.decide(asked), asked, engine.settings)
    assert engine.decide(snapshot(AgentColumns.empty(), CallColumns.empty())).dial == 0
