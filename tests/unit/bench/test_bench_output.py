"""The bench's tables and plots come out of figures as they are written to JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from xml.etree import ElementTree

from pacing.sim import Scenario, agents, steady
from tests.bench import _manual, _plots, pacing
from tests.bench.__main__ import parts
from tests.bench._shifts import Runner, seeds_for

SMALL = Scenario("pair", agents(2), steady(0.4), length_s=3600.0)


def figures() -> dict[str, object]:
    runner = Runner(1)
    rows = list(runner.rows(SMALL, ("ratio:1", "ratio:1.5", "progressive"), range(1, 4)))
    plain = pacing._plain(rows)
    plain[-1]["spec"] = "predictive"
    point = {
        "value": 3.0,
        "wait_s": 10.0,
        "wait_95": (9.0, 11.0),
        "abandon_rate": 0.02,
        "talk": 40.0,
        "one_wait_s": 30.0,
        "one_talk": 30.0,
    }
    optimum = {
        "agents": 1,
        "optimum": 0.761,
        "held": 0.75,
        "held_abandoned": 0.02,
        "releasing": 0.76,
        "releasing_abandoned": 0.02,
    }
    made = {"table": {"pair": plain}, "optimum": [optimum], "sweeps": {"target %": [point, point]}}
    return json.loads(json.dumps(made))


def test_plots_are_well_formed_files(tmp_path: Path) -> None:
    _plots.draw(figures(), tmp_path)
    drawn = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert drawn == ["abandonment.svg", "optimum.svg", "target.svg", "waiting.svg"]
    for name in drawn:
        ElementTree.fromstring((tmp_path / name).read_text())


def test_tables_go_between_the_manuals_markers_and_nowhere_else(tmp_path: Path) -> None:
    manual = tmp_path / "manual.md"
    manual.write_text("before\n<!-- bench:table -->\nold\n<!-- /bench -->\nafter\n")
    _manual.fill(manual, figures())
    text = manual.read_text()
    assert text.startswith("before\n<!-- bench:table -->\n| scenario |")
    assert text.endswith("<!-- /bench -->\nafter\n")
    assert "old" not in text
    assert "| pair | 2 |" in text


def test_the_best_rival_is_within_the_ceiling() -> None:
    rows = list(Runner(1).rows(SMALL, ("ratio:1", "ratio:4"), range(1, 4)))
    champion = pacing.best(rows)
    assert champion is not None
    assert champion.total.abandon_rate <= 0.03
    assert pacing.best([]) is None


def test_rivals_kept_between_runs_are_not_played_again(tmp_path: Path) -> None:
    cache = tmp_path / "kept.pickle"
    first = [asdict(row) for row in Runner(1, cache).rows(SMALL, ("ratio:2",), range(1, 4))]
    again = [asdict(row) for row in Runner(1, cache).rows(SMALL, ("ratio:2",), range(1, 4))]
    assert first == again


def test_seeds_give_at_least_the_answers_asked_for() -> None:
    seeds = seeds_for(SMALL, 100)
    (row,) = Runner(1).rows(SMALL, ("ratio:1",), seeds)
    assert row.total.answers >= 90


def test_every_part_can_run() -> None:
    assert "pacing" in parts()
    assert all(callable(part.run) for part in parts().values())
