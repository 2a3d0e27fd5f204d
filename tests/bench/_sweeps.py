"""What a supervisor can turn: target, ring time-out and the agents' interval, each over its range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rich.table import Table

from pacing.sim import Scenario, agents, named
from tests.bench._shifts import Runner, seeds_for

BASE = "short10"
SWEEPS: dict[str, tuple[tuple[float, ...], Callable[[Scenario, float], Scenario]]] = {
    "target %": (
        (0.5, 1.0, 2.0, 3.0, 5.0),
        lambda base, value: replace(base, target_abandon=value / 100.0),
    ),
    "ring time-out s": (
        (15.0, 20.0, 25.0, 30.0, 40.0),
        lambda base, value: replace(base, ring_timeout_s=value, min_ring_s=min(15.0, value)),
    ),
    "interval s": (
        (0.0, 30.0, 60.0, 120.0, 200.0),
        lambda base, value: replace(base, agents=agents(len(base.agents), (value,))),
    ),
}


def sweep(runner: Runner, answers: int) -> dict[str, list[dict[str, Any]]]:
    """For each knob the waiting of the engine and of one line per agent at each setting."""
    found: dict[str, list[dict[str, Any]]] = {}
    for knob, (values, turned) in SWEEPS.items():
        found[knob] = []
        for value in values:
            scenario = turned(named.scenario(BASE), value)
            ours, one = runner.rows(scenario, ("predictive", "ratio:1"), seeds_for(scenario, answers))
            found[knob].append(
                {
                    "value": value,
                    "wait_s": ours.total.wait_s,
                    "wait_95": ours.wait_95,
                    "abandon_rate": ours.total.abandon_rate,
                    "talk": ours.total.talk_minutes_per_hour,
                    "one_wait_s": one.total.wait_s,
                    "one_talk": one.total.talk_minutes_per_hour,
                }
            )
    return found


def table(found: dict[str, list[dict[str, Any]]]) -> Table:
    """For people."""
    shown = Table(title=f"one setting turned at a time, {BASE}")
    for heading in (
        "setting",
        "value",
        "wait s",
        "abandoned %",
        "talk min/h",
        "one line: wait s",
        "talk min/h",
    ):
        shown.add_column(heading, justify="left" if heading == "setting" else "right")
    for knob, points in found.items():
        for point in points:
            shown.add_row(
                knob,
                f"{point['value']:g}",
                f"{point['wait_s']:.1f}",
                f"{100 * point['abandon_rate']:.2f}",
                f"{point['talk']:.1f}",
                f"{point['one_wait_s']:.1f}",
                f"{point['one_talk']:.1f}",
            )
    return shown
