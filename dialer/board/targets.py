"""Activity targets on the board: how the whole floor stands, and those furthest behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

MOST_SHOWN: Final = 8


def cards(rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> dict[str, dict[str, Any]]:
    """One entry for each measure of each target; `late` are at most eight agents, the furthest behind first."""
    found: dict[str, dict[str, Any]] = {}
    late: dict[str, list[tuple[float, str, Mapping[str, Any]]]] = {}
    for agent, standings in sorted(rows.items()):
        for one in standings:
            card = found.setdefault(
                one["id"],
                {"title": one["title"], "unit": one["unit"], "value": 0, "goal": 0, "agents": 0, "behind": 0},
            )
            card["value"] += one["value"]
            card["goal"] += one["goal"]
            card["agents"] += 1
            card["behind"] += one["behind"]
            if one["behind"]:
                late.setdefault(one["id"], []).append((one["value"] / one["goal"], agent, one))
    for name, card in found.items():
        worst = sorted(late.get(name, ()), key=lambda one: one[:2])[:MOST_SHOWN]
        card["late"] = [
            {"agent": agent, "value": one["value"], "goal": one["goal"], "says": one["says"]}
            for _, agent, one in worst
        ]
    return found
