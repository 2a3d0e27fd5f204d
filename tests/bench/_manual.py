"""The bench's figures as tables of the manual, between its markers."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pacing.sim import named
from tests.bench._plots import best_rival

_NAMES = {
    "ratio": "ratio {}",
    "vicidial": "VICIdial, cap {}",
    "vicidial-all": "VICIdial, all agents tallied, cap {}",
    "issabel": "Issabel, quality {}",
    "issabel-plain": "Issabel without overcommit, quality {}",
}


def fill(manual: Path, figures: Mapping[str, Any]) -> None:
    """Replace what stands between `<!-- bench:NAME -->` and `<!-- /bench -->` for the figures there are."""
    text = manual.read_text(encoding="utf-8")
    for name, make in (("table", _table), ("optimum", _optimum), ("cost", _cost), ("sweeps", _sweeps)):
        if figures.get(name):
            body = f"<!-- bench:{name} -->\n" + "\n".join(make(figures[name])) + "\n<!-- /bench -->"
            text = re.sub(
                rf"<!-- bench:{name} -->.*?<!-- /bench -->", lambda _, b=body: b, text, flags=re.DOTALL
            )
    manual.write_text(text, encoding="utf-8")


def _table(table: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    heads = ("scenario", "agents", "one line per agent", "best rival, its setting", "Cadence")
    lines = _head(*heads, "95 % of waiting", "95 % of abandonment", "answers", "less waiting")
    for name, rows in table.items():
        by = {row["spec"]: row for row in rows}
        ours, best = by["predictive"], best_rival(rows)
        rival, less = "none within 3 %", "-"
        if best is not None:
            rival = f"{_brief(best)}, {_name(best['spec'])}"
            less = f"{100 * (1 - ours['wait_s'] / best['wait_s']):.0f} %"
        one = f"{by['ratio:1']['wait_s']:.1f} s" if "ratio:1" in by else "-"
        lines.append(
            f"| {name} | {len(named.scenario(name).agents)} | {one} | {rival} "
            f"| **{_brief(ours)}** | {_seconds(ours['wait_95'])} "
            f"| {100 * ours['abandon_95'][0]:.2f}..{100 * ours['abandon_95'][1]:.2f} % "
            f"| {ours['total']['answers']} | {less} |"
        )
    return lines


def _optimum(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = _head(
        "agents", "exact optimum without releases", "Cadence without (abandoned)", "with releases (abandoned)"
    )
    lines += [
        f"| {row['agents']} | {100 * row['optimum']:.1f} % "
        f"| {100 * row['held']:.1f} % ({100 * row['held_abandoned']:.2f} %) "
        f"| {100 * row['releasing']:.1f} % ({100 * row['releasing_abandoned']:.2f} %) |"
        for row in rows
    ]
    return lines


def _cost(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return _head("agents", "calls in flight, mean", "mean", "p99", "simulated, times real time") + [
        f"| {row['agents']} | {row['in_flight']:.0f} | {row['mean_ms']:.2f} ms | {row['p99_ms']:.2f} ms "
        f"| {row['speed']:.0f} |"
        for row in rows
    ]


def _sweeps(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    lines = [
        "| setting | value | waiting | abandoned | talk per hour | one line: waiting |",
        "|---|---|---|---|---|---|",
    ]
    for knob, points in found.items():
        lines += [
            f"| {knob} | {p['value']:g} | {p['wait_s']:.1f} s | {100 * p['abandon_rate']:.2f} % "
            f"| {p['talk']:.1f} min | {p['one_wait_s']:.1f} s |"
            for p in points
        ]
    return lines


def _head(*names: str) -> list[str]:
    return ["| " + " | ".join(names) + " |", "|" + "---|" * len(names)]


def _name(spec: str) -> str:
    kind, _, value = spec.partition(":")
    return _NAMES[kind].format(value)


def _seconds(bounds: Sequence[float]) -> str:
    """An interval; one shift has none."""
    return f"{bounds[0]:.1f}..{bounds[1]:.1f} s" if all(map(math.isfinite, bounds)) else "-"


def _brief(row: Mapping[str, Any]) -> str:
    return f"{row['wait_s']:.1f} s ({100 * row['abandon_rate']:.1f} %)"
