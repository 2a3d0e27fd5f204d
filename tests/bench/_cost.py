"""What a decision costs, over a stretch of a busy shift, in time of one core."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from rich.table import Table

from pacing import Decision, Engine, Event, Settings, Snapshot
from pacing.sim import Centre, Scenario, agents, named, steady

FLOORS = (
    (1, 0.3, 4 * 3600.0),
    (20, 0.35, 2 * 3600.0),
    (50, 0.25, 3600.0),
    (300, 0.25, 1200.0),
    (5000, 0.06, 600.0),
)
"""Agents, share answered and seconds played; 5,000 agents at 6 % need 10,000 calls in flight."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of one decision at one size of floor, microseconds of learning an event.

    `speed`: how many times faster than life the simulator plays this floor with the engine.
    """

    agents: int
    in_flight: float
    decisions: int
    mean_ms: float
    p99_ms: float
    learn_us: float
    speed: float


class Stopwatch:
    """An engine whose decisions and lessons are timed from `begins_s` on."""

    def __init__(self, begins_s: float) -> None:
        self._engine = Engine(Settings(), seed=7)
        self._begins_s = begins_s
        self.took: list[float] = []
        self.in_flight: list[int] = []
        self.learning = 0.0
        self.lessons = 0

    def learn(self, event: Event) -> None:
        """Pass it on, timed."""
        began = time.thread_time()
        self._engine.learn(event)
        self.learning += time.thread_time() - began
        self.lessons += 1

    def decide(self, snapshot: Snapshot) -> Decision:
        """Pass it on, timed."""
        began = time.thread_time()
        decision = self._engine.decide(snapshot)
        if snapshot.now >= self._begins_s:
            self.took.append(time.thread_time() - began)
            self.in_flight.append(len(snapshot.calls))
        return decision


def scenario(count: int, answer: float, length_s: float) -> Scenario:
    """A floor with intervals of 30, 60 and 200 s."""
    base = named.scenario("mixed20")
    floor = agents(count, (30, 60, 200))
    return replace(base, agents=floor, answer=steady(answer), length_s=length_s)


def measure(count: int, answer: float, length_s: float) -> Cost:
    """Play, and time the last third."""
    watch = Stopwatch(length_s * 2 / 3)
    began = time.thread_time()
    Centre(scenario(count, answer, length_s), watch, 7, coalesce_s=0.5 if count > 1000 else None).run()
    speed = length_s / (time.thread_time() - began)
    took = 1000.0 * np.array(watch.took)
    return Cost(
        count,
        float(np.mean(watch.in_flight)),
        len(took),
        float(took.mean()),
        float(np.quantile(took, 0.99)),
        1e6 * watch.learning / max(watch.lessons, 1),
        speed,
    )


def costs(quick: bool) -> list[Cost]:
    """All floors; half as long for a quick look."""
    return [measure(count, answer, length_s / (2 if quick else 1)) for count, answer, length_s in FLOORS]


def table(found: list[Cost]) -> Table:
    """For people."""
    shown = Table(title="cost of a decision, time of one core, over a busy stretch of a shift")
    for heading in (
        "agents",
        "in flight",
        "decisions",
        "mean ms",
        "p99 ms",
        "learning an event, us",
        "simulated, x real time",
    ):
        shown.add_column(heading, justify="right")
    for cost in found:
        shown.add_row(
            str(cost.agents),
            f"{cost.in_flight:.0f}",
            str(cost.decisions),
            f"{cost.mean_ms:.3f}",
            f"{cost.p99_ms:.3f}",
            f"{cost.learn_us:.1f}",
            f"{cost.speed:.0f}",
        )
    return shown
