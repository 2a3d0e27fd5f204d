"""What a decision costs, on snapshots of a busy floor and over a whole shift."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass, replace

import numpy as np
from rich.table import Table

from pacing import (
    AgentColumns,
    AgentState,
    CallColumns,
    Engine,
    Result,
    RingEnded,
    Settings,
    Snapshot,
    TalkEnded,
    WrapEnded,
)
from pacing.sim import agents, named
from tests.bench._shifts import Shift, play

FLOORS = ((1, 4), (20, 40), (300, 600), (5000, 10_000))


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one decision at one size of floor."""

    agents: int
    ringing: int
    mean_ms: float
    p99_ms: float
    learn_us: float
    shift_ms: float | None


def learnt(rng: np.random.Generator, count: int) -> tuple[Engine, float]:
    """An engine that has seen a day, and what learning an event took, microseconds."""
    engine = Engine(Settings(), seed=7)
    events = 3000
    kinds = rng.choice([Result.ANSWERED, Result.NO_ANSWER, Result.BUSY], events, p=[0.3, 0.62, 0.08])
    rings = np.where(kinds == Result.ANSWERED, rng.lognormal(2.4, 0.5, events).clip(1, 29), 30.0)
    began = time.thread_time()
    for i in range(events):
        engine.learn(RingEnded(float(i), float(rings[i]), Result(kinds[i])))
        engine.learn(TalkEnded(float(i), i % count, float(40 + i % 280)))
        engine.learn(WrapEnded(float(i), i % count, float(5 + i % 25)))
    return engine, (time.thread_time() - began) / (3 * events) * 1e6


def snapshot(rng: np.random.Generator, now: float, count: int, ringing: int) -> Snapshot:
    """A floor at work: a tenth ready, six tenths talking, the rest between."""
    state = rng.choice(
        [AgentState.READY, AgentState.TALKING, AgentState.WRAPUP, AgentState.INTERVAL],
        count,
        p=[0.1, 0.6, 0.1, 0.2],
    ).astype(np.int8)
    since = now - rng.uniform(0, 100, count)
    interval = rng.choice([30.0, 60.0, 200.0], count)
    last_end = np.where(state == AgentState.INTERVAL, now - rng.uniform(0, 30, count), since)
    floor = AgentColumns(np.arange(count), state, since, interval, last_end, np.zeros(count, dtype=bool))
    dialed = now - rng.uniform(0, 30, ringing)
    calls = CallColumns(np.arange(ringing), dialed, dialed + 1.0)
    return Snapshot(now, floor, calls, np.empty(0), None, now)


def measure(count: int, ringing: int, repeats: int) -> Cost:
    """Decide again and again on fresh snapshots."""
    rng = np.random.default_rng(count)
    engine, learn_us = learnt(rng, count)
    took = []
    for i in range(repeats + 5):
        shot = snapshot(rng, 4000.0 + i, count, ringing)
        began = time.thread_time()
        engine.decide(shot)
        took.append(1000.0 * (time.thread_time() - began))
    took = took[5:]
    return Cost(
        count, ringing, statistics.fmean(took), float(np.quantile(took, 0.99)), learn_us, over_a_shift(count)
    )


def over_a_shift(count: int) -> float | None:
    """The mean over a simulated shift, milliseconds; None where simulating it takes too long."""
    if count > 300:
        return None
    base = named.scenario("mixed20", hours=1.0 if count > 50 else 4.0)
    done = play(Shift(replace(base, agents=agents(count, (30, 60, 200))), "predictive", 7))
    return 1000.0 * done.deciding_s / done.decisions


def costs(quick: bool) -> list[Cost]:
    """All floors."""
    return [measure(count, ringing, 60 if quick else 300) for count, ringing in FLOORS]


def table(found: list[Cost]) -> Table:
    """For people."""
    shown = Table(title="cost of a decision, time of one core")
    for heading in (
        "agents",
        "in flight",
        "mean ms",
        "p99 ms",
        "learning an event, us",
        "mean over a shift, ms",
    ):
        shown.add_column(heading, justify="right")
    for cost in found:
        shift = "-" if cost.shift_ms is None else f"{cost.shift_ms:.3f}"
        shown.add_row(
            str(cost.agents),
            str(cost.ringing),
            f"{cost.mean_ms:.3f}",
            f"{cost.p99_ms:.3f}",
            f"{cost.learn_us:.1f}",
            shift,
        )
    return shown
