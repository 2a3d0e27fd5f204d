"""Floors to decide on: built by hand, or drawn from hypothesis with as much nonsense as fits the types."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from pacing import (
    Abandoned,
    AgentColumns,
    AgentState,
    Budget,
    CallColumns,
    Engine,
    Event,
    Result,
    RingEnded,
    Settings,
    Snapshot,
    TalkEnded,
    WrapEnded,
)

NOW = 10_000.0


def agents(states: Sequence[AgentState], *, since_s: float = 30.0, interval_s: float = 60.0) -> AgentColumns:
    """Agents in these states for `since_s`, whose last conversation ended then."""
    n = len(states)
    return AgentColumns(
        np.arange(n),
        np.array(states, dtype=np.int8),
        np.full(n, NOW - since_s),
        np.full(n, interval_s),
        np.full(n, NOW - since_s),
    )


def calls(ages_s: Sequence[float], first_id: int = 1000) -> CallColumns:
    """Calls dialed that long ago, ringing since."""
    dialed = NOW - np.asarray(ages_s, dtype=float)
    return CallColumns(np.arange(first_id, first_id + len(ages_s)), dialed, dialed)


def snapshot(
    floor: AgentColumns,
    lines: CallColumns | None = None,
    *,
    waiting: Sequence[float] = (),
    now: float = NOW,
    budget: Budget | None = None,
    synced_at: float | None = None,
) -> Snapshot:
    return Snapshot(
        now, floor, CallColumns.empty() if lines is None else lines, np.array(waiting), budget, synced_at
    )


def experienced(settings: Settings | None = None, *, answer: float = 0.3, calls_seen: int = 600) -> Engine:
    """An engine that has seen a few hours of a plain campaign."""
    engine, rng = Engine(settings, seed=3), np.random.default_rng(1)
    for i in range(calls_seen):
        if rng.random() < answer:
            engine.learn(RingEnded(NOW, float(min(rng.lognormal(2.4, 0.5), 29.0)), Result.ANSWERED))
            engine.learn(TalkEnded(NOW, i % 7, float(rng.lognormal(4.8, 0.6))))
            engine.learn(WrapEnded(NOW, i % 7, float(rng.lognormal(2.5, 0.5))))
        else:
            engine.learn(RingEnded(NOW, 30.0, Result.NO_ANSWER))
    return engine


anything = st.floats(allow_nan=True, allow_infinity=True, width=64)
instants = st.one_of(st.floats(NOW - 400.0, NOW + 100.0), anything)


@st.composite
def absurd_snapshots(draw: st.DrawFn) -> Snapshot:
    """Anything the types allow, near enough to sense to get past the guard now and then."""
    n, k = draw(st.integers(0, 12)), draw(st.integers(0, 15))

    def column(
        size: int, elements: st.SearchStrategy[float]
    ) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        return draw(arrays.arrays(np.float64, size, elements=elements))

    ids = draw(arrays.arrays(np.int64, n, elements=st.integers(-(2**62), 2**62)))
    states = draw(arrays.arrays(np.int8, n, elements=st.one_of(st.integers(0, 4), st.integers(-128, 127))))
    leaving = draw(st.one_of(st.none(), arrays.arrays(np.bool_, n)))
    floor = AgentColumns(
        ids,
        states,
        column(n, instants),
        column(n, st.one_of(st.floats(0, 300), anything)),
        column(n, instants),
        leaving,
    )
    lines = CallColumns(
        draw(arrays.arrays(np.int64, k, elements=st.integers(0, 2**62))),
        column(k, instants),
        column(k, instants),
        draw(st.one_of(st.none(), arrays.arrays(np.float64, k, elements=anything))),
    )
    budget = draw(st.one_of(st.none(), st.builds(Budget, anything, anything, anything, anything)))
    waiting = column(draw(st.integers(0, 4)), instants)
    now = draw(st.one_of(st.just(NOW), instants))
    return Snapshot(now, floor, lines, waiting, budget, draw(st.one_of(st.none(), instants)))


absurd_events: st.SearchStrategy[Event] = st.one_of(
    st.builds(RingEnded, anything, anything, st.sampled_from(list(Result))),
    st.builds(TalkEnded, anything, st.integers(-5, 5), anything),
    st.builds(WrapEnded, anything, st.integers(-5, 5), anything),
    st.builds(Abandoned, anything),
)

sane_settings = st.builds(
    Settings,
    mode=st.sampled_from(["predictive", "progressive", "ratio"]),
    target_abandon=st.sampled_from([0.0, 0.01, 0.03, 0.2, 1.0]),
    connect_within=st.sampled_from([0.0, 2.0, 10.0]),
    ring_timeout=st.sampled_from([5.0, 15.0, 30.0, 300.0]),
    min_ring=st.sampled_from([0.0, 15.0, 100.0]),
    max_ratio=st.sampled_from([0.0, 0.5, 3.0, 12.0, math.inf]),
    max_calls=st.sampled_from([None, 0, 3, 50]),
    calls_per_second=st.sampled_from([None, 0.0, 0.5, 3.0]),
    release=st.booleans(),
    ratio=st.sampled_from([0.0, 1.0, 2.5, math.inf]),
)
