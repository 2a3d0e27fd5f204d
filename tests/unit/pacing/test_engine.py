"""The engine: modes, memory, reasons."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pacing import (
    AgentColumns,
    AgentState,
    Budget,
    CallColumns,
    Engine,
    Limit,
    Settings,
)
from tests.unit.pacing.floors import NOW, agents, calls, experienced, snapshot

READY, TALKING, INTERVAL = AgentState.READY, AgentState.TALKING, AgentState.INTERVAL


def test_progressive_places_one_line_per_ready_agent() -> None:
    engine = Engine(Settings(mode="progressive"))
    floor = agents([READY, READY, READY, TALKING, INTERVAL])
    assert engine.decide(snapshot(floor)).dial == 3
    assert engine.decide(snapshot(floor, calls([5.0]))).dial == 2
    assert engine.decide(snapshot(floor, calls([5.0]), waiting=[NOW - 1])).dial == 1


def test_ratio_places_so_many_lines_per_ready_agent() -> None:
    engine = Engine(Settings(mode="ratio", ratio=2.5))
    assert engine.decide(snapshot(agents([READY, READY, TALKING]), calls([1.0]))).dial == 4


def test_predictive_places_more_than_one_line_for_many_ready_agents() -> None:
    decision = experienced(answer=0.2).decide(snapshot(agents([READY] * 20)))
    assert decision.dial > 25


def test_predictive_dials_into_an_interval_that_ends_soon() -> None:
    almost_free = agents([INTERVAL] * 4, since_s=54.0, interval_s=60.0)
    just_begun = agents([INTERVAL] * 4, since_s=1.0, interval_s=60.0)
    assert experienced().decide(snapshot(almost_free)).dial > 0
    assert experienced().decide(snapshot(just_begun)).dial == 0


def test_agents_who_leave_after_this_conversation_are_not_counted_on() -> None:
    floor = agents([INTERVAL] * 4, since_s=55.0, interval_s=60.0)
    leaving = AgentColumns(
        floor.id, floor.state, floor.since, floor.interval, floor.last_end, leaving=np.ones(4, dtype=bool)
    )
    assert experienced().decide(snapshot(leaving)).dial == 0


def test_ringing_calls_for_agents_who_went_away_are_released_once_they_rang_long_enough() -> None:
    busy = agents([TALKING] * 3, since_s=2.0, interval_s=60.0)
    decision = experienced().decide(snapshot(busy, calls([5.0, 16.0, 20.0])))
    assert set(decision.release) == {1001, 1002}
    kept = experienced(Settings(release=False)).decide(snapshot(busy, calls([5.0, 16.0, 20.0])))
    assert kept.release == ()


def test_calls_that_do_not_ring_yet_are_never_released() -> None:
    silent = CallColumns(np.array([1]), np.array([NOW - 25.0]), np.array([np.nan]))
    assert experienced().decide(snapshot(agents([TALKING]), silent)).release == ()


def test_it_looks_away_for_longer_while_nothing_rings_and_nobody_will_be_free() -> None:
    engine = experienced()
    far = agents([INTERVAL] * 4, since_s=5.0, interval_s=200.0)
    assert NOW + 3.0 < engine.decide(snapshot(far)).next_at <= NOW + 6.0
    assert engine.decide(snapshot(far, calls([3.0]))).next_at <= NOW + 1.0
    near = agents([INTERVAL] * 4, since_s=5.0, interval_s=30.0)
    assert engine.decide(snapshot(near)).next_at <= NOW + 1.0


def test_a_call_that_hardly_anybody_answers_any_more_is_not_worth_a_release() -> None:
    busy = agents([TALKING] * 3, since_s=2.0, interval_s=60.0)
    decision = experienced().decide(snapshot(busy, calls([16.0, 29.0])))
    assert decision.release == (1000,)


def test_leads_who_answer_gladly_leave_room_for_fewer_others() -> None:
    lines = calls([2.0] * 20)
    placed = {}
    for name, chance in (("low", 0.05), ("high", 0.9)):
        engine = experienced()
        engine.decide(
            snapshot(
                agents([READY]), CallColumns(lines.id, lines.dialed_at, lines.ringing_at, np.full(20, 0.3))
            )
        )
        known = CallColumns(lines.id, lines.dialed_at, lines.ringing_at, np.full(20, chance))
        placed[name] = engine.decide(snapshot(agents([READY] * 12), known)).dial
    assert placed["low"] > placed["high"]


def test_a_spent_budget_falls_back_to_one_line_per_ready_agent_and_says_so() -> None:
    spent = Budget(answered=1000, abandoned=30, limit=0.03)
    decision = experienced().decide(snapshot(agents([READY] * 10), calls([3.0] * 4), budget=spent))
    assert decision.dial == 6
    assert decision.why.limit is Limit.BUDGET
    assert decision.why.budget_left == pytest.approx(0.0)


def test_a_stale_switch_stops_dialing_and_says_so() -> None:
    decision = experienced().decide(snapshot(agents([READY] * 10), synced_at=NOW - 60))
    assert (decision.dial, decision.why.limit) == (0, Limit.STALE)


def test_the_start_rate_is_kept_over_several_decisions() -> None:
    engine = experienced(Settings(calls_per_second=3.0))
    floor = agents([READY] * 20)
    placed = [engine.decide(snapshot(floor, now=NOW + 0.2 * i)).dial for i in range(5)]
    assert sum(placed) == 3
    assert engine.decide(snapshot(floor, now=NOW + 1.1)).dial == 3


def test_the_reasons_hold_forecast_risk_and_strip() -> None:
    engine = experienced()
    floor = agents([READY, READY, INTERVAL, INTERVAL], since_s=50.0, interval_s=60.0)
    why = engine.decide(snapshot(floor, calls([3.0, 12.0]))).why
    assert why.free_5_15_30[0] >= 2.0
    assert why.free_5_15_30[1] == pytest.approx(4.0, abs=0.1)
    assert 0.0 < why.answers_5_15_30[0] <= why.answers_5_15_30[1] <= why.answers_5_15_30[2] < 2.0
    assert 0.0 <= why.abandon_chance <= 1.0
    assert len(why.strip_answers) == len(why.strip_free)
    assert len(why.strip_free) * why.strip_bin_s >= 30.0
    assert "2 of 4 agents ready" in why.text


def test_what_was_learnt_survives_a_restart_and_decides_alike() -> None:
    engine = experienced()
    asked = snapshot(agents([READY] * 6 + [TALKING] * 6), calls([4.0] * 5))
    engine.decide(asked)
    again = Engine.load(json.loads(json.dumps(engine.dump())), engine.settings)
    one, other = engine.decide(asked), again.decide(asked)
    assert abs(one.dial - other.dial) <= 1
    assert one.why.answer_rate == pytest.approx(other.why.answer_rate, rel=0.05)


@pytest.mark.parametrize(
    "broken", [{}, {"version": 99}, {"version": 1, "seed": 1, "number": 2, "learnt": {}}]
)
def test_a_dump_that_cannot_be_read_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="dump"):
        Engine.load(broken)


def test_retuning_keeps_what_was_learnt() -> None:
    engine = experienced(answer=0.1)
    before = engine.decide(snapshot(agents([READY] * 5))).why.answer_rate
    engine.retune(Settings(connect_within=0.0, ring_timeout=20.0))
    after = engine.decide(snapshot(agents([READY] * 5))).why.answer_rate
    assert before == pytest.approx(0.1, abs=0.04)
    assert after == pytest.approx(before, abs=0.04)
