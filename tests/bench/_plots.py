"""The bench's figures as SVG files for the manual."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dialer import svg

CEILING = 0.030


def draw(figures: Mapping[str, Any], folder: Path) -> None:
    """Write one file per plot that the figures suffice for."""
    folder.mkdir(parents=True, exist_ok=True)
    if figures.get("table"):
        (folder / "waiting.svg").write_text(waiting(figures["table"]) + "\n")
        (folder / "abandonment.svg").write_text(abandonment(figures["table"]) + "\n")
    if figures.get("optimum"):
        (folder / "optimum.svg").write_text(optimum(figures["optimum"]) + "\n")
    for knob, points in figures.get("sweeps", {}).items():
        name = knob.rsplit(" ", 1)[0].replace(" ", "-")
        (folder / f"{name}.svg").write_text(knob_plot(knob, points) + "\n")


def best_rival(rows: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The rival with the least waiting within the ceiling."""
    rivals = [r for r in rows if r["spec"] != "predictive" and r["abandon_rate"] <= CEILING]
    return min(rivals, key=lambda r: r["wait_s"], default=None)


def waiting(table: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Seconds ready per conversation: one line, the best rival, the engine."""
    groups = []
    for name, rows in table.items():
        shown = [_by(rows, "ratio:1"), best_rival(rows), _by(rows, "predictive")]
        values = [math.nan if r is None else float(r["wait_s"]) for r in shown]
        spans = [(math.nan, math.nan) if r is None else (r["wait_95"][0], r["wait_95"][1]) for r in shown]
        groups.append(svg.Group(name, values, spans))
    names = ["one line per agent", "best rival, tuned with hindsight", "Cadence"]
    return svg.bars(
        "Waiting for a conversation, s (lines: 95 %)", names, groups, size=(1100, 380), colours=(1, 2, 0)
    )


def abandonment(table: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Per cent abandoned of the best rival and the engine."""
    groups = []
    for name, rows in table.items():
        shown = [best_rival(rows), _by(rows, "predictive")]
        values = [math.nan if r is None else 100.0 * r["abandon_rate"] for r in shown]
        spans = [
            (math.nan, math.nan) if r is None else (100 * r["abandon_95"][0], 100 * r["abandon_95"][1])
            for r in shown
        ]
        groups.append(svg.Group(name, values, spans))
    names = ["best rival, tuned with hindsight", "Cadence"]
    return svg.bars(
        "Abandoned, % of answers (lines: 95 %; dashed: target)",
        names,
        groups,
        limit=3.0,
        size=(1100, 340),
        colours=(2, 0),
    )


def optimum(rows: Sequence[Mapping[str, Any]]) -> str:
    """Utilisation of the memoryless rooms."""
    groups = [
        svg.Group(
            f"{row['agents']:g} agents",
            [75.0, 100 * row["optimum"], 100 * row["held"], 100 * row["releasing"]],
        )
        for row in rows
    ]
    names = [
        "one line per agent",
        "exact optimum without releases",
        "Cadence without",
        "Cadence with releases",
    ]
    return svg.bars("Talk in talk and readiness, % (memoryless rooms)", names, groups, colours=(1, 3, 4, 0))


def knob_plot(knob: str, points: Sequence[Mapping[str, Any]]) -> str:
    """Waiting over one setting."""
    xs = [point["value"] for point in points]
    return svg.lines(
        f"Waiting for a conversation, s, by {knob}",
        [
            svg.Line("Cadence", xs, [p["wait_s"] for p in points], [tuple(p["wait_95"]) for p in points]),
            svg.Line("one line per agent", xs, [p["one_wait_s"] for p in points]),
        ],
    )


def _by(rows: Sequence[Mapping[str, Any]], spec: str) -> Mapping[str, Any] | None:
    return next((row for row in rows if row["spec"] == spec), None)
