"""The guard: ceilings and the start rate."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pacing import Budget, Limit, Settings
from pacing.guard import Facts, StartRate, ceiling

SPENT = Budget(answered=1000, abandoned=30, limit=0.03)


def facts(
    *,
    now: float = 100.0,
    ready: int = 3,
    working: int = 5,
    in_flight: int = 1,
    waiting: int = 0,
    budget: Budget | None = None,
    synced_at: float | None = None,
) -> Facts:
    return Facts(now, ready, working, in_flight, waiting, budget, synced_at)


def test_nobody_working_means_no_call() -> None:
    assert ceiling(facts(working=0, ready=0), Settings()) == (0, Limit.NO_AGENTS)


def test_a_stale_switch_means_no_call() -> None:
    assert ceiling(facts(synced_at=90.0), Settings()) == (0, Limit.STALE)
    assert ceiling(facts(synced_at=math.nan), Settings()) == (0, Limit.STALE)
    assert ceiling(facts(synced_at=99.0), Settings())[1] is not Limit.STALE


def test_a_spent_budget_leaves_one_line_per_ready_agent() -> None:
    assert ceiling(facts(budget=SPENT), Settings()) == (2, Limit.BUDGET)
    assert ceiling(facts(budget=SPENT, ready=1), Settings()) == (0, Limit.BUDGET)


def test_a_budget_that_is_no_number_counts_as_spent() -> None:
    broken = Budget(answered=math.nan, abandoned=0, limit=math.nan)
    assert ceiling(facts(budget=broken), Settings())[1] is Limit.BUDGET


def test_caps_count_calls_in_flight() -> None:
    assert ceiling(facts(in_flight=4), Settings(max_calls=6)) == (2, Limit.MAX_CALLS)
    assert ceiling(facts(in_flight=9), Settings(max_ratio=2.0)) == (1, Limit.MAX_RATIO)
    assert ceiling(facts(in_flight=99), Settings(max_calls=6)) == (0, Limit.MAX_CALLS)


def test_a_clock_that_is_no_number_means_no_call() -> None:
    assert ceiling(facts(now=math.nan), Settings()) == (0, Limit.CLOCK)


@given(
    rate=st.floats(0.05, 40.0),
    steps=st.lists(st.tuples(st.floats(-3.0, 5.0), st.integers(0, 30)), max_size=60),
)
def test_no_second_sees_more_starts_than_the_rate_even_when_the_clock_jumps(
    rate: float, steps: list[tuple[float, int]]
) -> None:
    limiter, clock, elapsed_s = StartRate(), 0.0, 0.0
    started: list[float] = []
    for step, wanted in steps:
        clock += step
        elapsed_s += max(step, 0.0)  # time itself never runs backwards
        room = limiter.room(clock, rate)
        assert room is not None
        placed = min(room, wanted)
        limiter.note(clock, placed)
        started += [elapsed_s] * placed
        window = max(1.0, 1.0 / rate) - 1e-6
        assert sum(at > elapsed_s - window for at in started) <= max(1, math.floor(rate))


def test_the_start_rate_recovers_after_the_clock_jumped_back() -> None:
    limiter = StartRate()
    limiter.note(1e9, 1)
    assert limiter.room(5.0, 1.0) == 0
    assert limiter.room(6.5, 1.0) == 1


def test_no_rate_means_no_limit_and_rate_zero_no_call() -> None:
    assert StartRate().room(0.0, None) is None
    assert StartRate().room(0.0, 0.0) == 0


@pytest.mark.parametrize(
    ("ready", "in_flight", "waiting", "lines"), [(5, 2, 1, 2), (1, 3, 0, 0), (0, 0, 0, 0)]
)
def test_free_lines_are_ready_agents_nothing_is_meant_for(
    ready: int, in_flight: int, waiting: int, lines: int
) -> None:
    assert facts(ready=ready, in_flight=in_flight, waiting=waiting).free_lines == lines
