"""Pacing: against rivals, against the exact optimum, and what a decision costs."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pacing.sim import Scenario, named
from tests.bench import _cost, _manual, _optimum, _plots, _policies, _sweeps
from tests.bench._shifts import Row, Runner, seeds_for

CEILING = 0.030
SCREEN_ANSWERS = 1200
console = Console(width=None if sys.stdout.isatty() else 170)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument("--scenario", action="append", help="only this one (may be given again)")
    parser.add_argument(
        "--policy", action="append", help="these policies side by side instead of the best rivals"
    )
    parser.add_argument(
        "--only", choices=("table", "rivals", "optimum", "cost", "sweeps"), help="one of the tables"
    )
    parser.add_argument(
        "--answers", type=int, help="pool to so many answers (4000; 800 with --quick); half for the optimum"
    )
    parser.add_argument("--jobs", type=int, default=2, help="worker processes")
    parser.add_argument(
        "--cache",
        type=Path,
        help="file that keeps played shifts: a run goes on where it was stopped (ours: with the same engine)",
    )
    parser.add_argument("--draw", type=Path, help="write plots into this folder")
    parser.add_argument("--redraw", type=Path, help="no run: draw the figures of this --json file")
    parser.add_argument("--manual", type=Path, help="put the tables into this Markdown file")
    parser.add_argument("--json", type=Path, help="write the figures there as well")


def run(args: argparse.Namespace) -> None:
    """Print the tables asked for."""
    if args.redraw:
        _publish(json.loads(args.redraw.read_text()), args)
        return
    answers = args.answers or (800 if args.quick else 4000)
    runner = Runner(args.jobs, args.cache)
    names = args.scenario or list(named.YARDSTICKS | named.FURTHER)
    figures: dict[str, Any] = {"answers": answers}
    try:
        if args.policy:
            for name in names:
                figures[name] = _plain(side_by_side(runner, named.scenario(name), args.policy, answers))
        else:
            figures |= _tables(runner, names, answers, args)
    finally:
        runner.close()
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))
    _publish(figures, args)


def _publish(figures: dict[str, Any], args: argparse.Namespace) -> None:
    if args.draw:
        _plots.draw(figures, args.draw)
    if args.manual:
        _manual.fill(args.manual, figures)


def _tables(runner: Runner, names: Sequence[str], answers: int, args: argparse.Namespace) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if args.only in (None, "cost"):
        costs = _cost.costs(args.quick)
        console.print(_cost.table(costs))
        figures["cost"] = [asdict(cost) for cost in costs]
    if args.only in (None, "optimum"):
        lines = _optimum.lines(runner, answers // 2)
        console.print(_optimum.table(lines))
        figures["optimum"] = _optimum.rows(lines)
    if args.only in (None, "sweeps"):
        figures["sweeps"] = _sweeps.sweep(runner, answers // 4)
        console.print(_sweeps.table(figures["sweeps"]))
    if args.only == "rivals":
        for name in names:
            scenario = named.scenario(name)
            rows = tune(runner, scenario, answers)
            console.print(f"{name}: " + ", ".join(f"{row.spec} {_brief(row)}" for row in rows))
    if args.only in (None, "table"):
        found = against_rivals(runner, names, answers)
        figures["table"] = {name: _plain(rows) for name, rows in found.items()}
    return figures


def _plain(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [
        asdict(row) | {"wait_s": row.total.wait_s, "abandon_rate": row.total.abandon_rate} for row in rows
    ]


def side_by_side(runner: Runner, scenario: Scenario, specs: Sequence[str], answers: int) -> list[Row]:
    """One scenario, some policies, the same seeds."""
    table = Table(title=f"{scenario.name}: {len(scenario.agents)} agents, cold start, everything counted")
    for heading in (
        "policy",
        "wait s",
        "95 %",
        "abandoned",
        "95 %",
        "after 30 min",
        "dials/conv",
        "released",
        "answers",
        "shifts",
        "ms/decision",
        "x real time",
    ):
        table.add_column(heading, justify="left" if heading == "policy" else "right")
    rows = []
    for row in runner.rows(scenario, specs, seeds_for(scenario, answers)):
        rows.append(row)
        total = row.total
        table.add_row(
            row.spec,
            f"{total.wait_s:.1f}",
            _span(row.wait_95, 1, "{:.1f}"),
            _percent(total.abandon_rate),
            _span(row.abandon_95, 100, "{:.2f}"),
            f"{row.warm.wait_s:.1f} s {_percent(row.warm.abandon_rate)}",
            f"{total.dials_per_conversation:.2f}",
            _percent(total.released / max(total.dials, 1)),
            str(total.answers),
            str(row.shifts),
            f"{row.decision_ms:.3f}",
            f"{row.speed:.0f}",
        )
    console.print(table)
    return rows


def best(rows: Sequence[Row]) -> Row | None:
    """The least waiting within the ceiling: the setting an operator would choose with hindsight."""
    within = [r for r in rows if r.total.abandon_rate <= CEILING]
    return min(within, key=lambda r: r.total.wait_s, default=None)


def tune(runner: Runner, scenario: Scenario, answers: int) -> list[Row]:
    """All settings of all rivals: screened on fewer answers, those in reach of the best run in full."""
    kept: list[str] = []
    for specs in _policies.FAMILIES.values():
        screened = list(runner.rows(scenario, specs, seeds_for(scenario, min(answers, SCREEN_ANSWERS))))
        hopeful = [r for r in screened if r.total.abandon_rate <= CEILING + 0.01]
        surely = [r.total.wait_s for r in hopeful if r.total.abandon_rate <= CEILING - 0.007]
        kept += [r.spec for r in hopeful if r.total.wait_s <= 1.1 * min(surely, default=math.inf)]
    return list(runner.rows(scenario, kept, seeds_for(scenario, answers)))


def against_rivals(runner: Runner, names: Sequence[str], answers: int) -> dict[str, list[Row]]:
    """The side-by-side table: the best setting of every rival beside the engine, on the same seeds."""
    table = Table(
        title=f"waiting per conversation, s (abandoned, %); pooled to {answers} answers; cold starts"
    )
    for heading in (
        "scenario",
        "agents",
        *_policies.FAMILIES,
        "best rival",
        "Cadence",
        "95 %",
        "abandoned 95 %",
        "less waiting",
    ):
        table.add_column(heading, justify="left" if heading == "scenario" else "right")
    found = {}
    for name in names:
        scenario = named.scenario(name)
        rivals = tune(runner, scenario, answers)
        (ours,) = runner.rows(scenario, ("predictive",), seeds_for(scenario, answers))
        found[name] = [*rivals, ours]
        champion = best(rivals)
        families = [best([r for r in rivals if r.spec in specs]) for specs in _policies.FAMILIES.values()]
        less = 1 - ours.total.wait_s / champion.total.wait_s if champion else 0.0
        table.add_row(
            name,
            str(len(scenario.agents)),
            *(_brief(r) for r in families),
            champion.spec if champion else "-",
            _brief(ours),
            _span(ours.wait_95, 1, "{:.1f}"),
            _span(ours.abandon_95, 100, "{:.2f}"),
            f"{100 * less:.0f} %",
        )
        console.print(f"{name}: {_brief(ours)} against {_brief(champion)}", style="dim")
    console.print(table)
    return found


def _brief(row: Row | None) -> str:
    return "-" if row is None else f"{row.total.wait_s:.1f} ({100 * row.total.abandon_rate:.1f})"


def _span(bounds: tuple[float, float], factor: float, form: str) -> str:
    return "..".join(form.format(b * factor) for b in bounds)


def _percent(value: float) -> str:
    return f"{100 * value:.2f} %"
