"""Alerts and dashboard ask only for figures the daemon gives, by labels they have; the manual names them all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
from ruamel.yaml import YAML

from ami.fake import Callee
from dialer.core.agent import State
from dialer.core.call import Phase
from tests.parts.houses import house

ROOT = Path(__file__).parents[3]
RULES = YAML(typ="safe").load(ROOT / "deploy" / "prometheus" / "rules.yml")["groups"]
BOARD = json.loads((ROOT / "deploy" / "grafana" / "dashboards" / "dialer.json").read_text())
MANUAL = (ROOT / "docs" / "operations.md").read_text()
RECORDED = {rule["record"] for group in RULES for rule in group["rules"] if "record" in rule}
TABLE = {
    row[1]: {label.strip() for label in row[2].split(",") if label.strip()}
    for row in re.finditer(r"^\| `(\w+)` \| ([\w, ]*) ?\|", MANUAL, re.M)
}
FOREIGN = {"process_cpu_seconds_total", "process_resident_memory_bytes"}


def rules() -> list[tuple[str, str]]:
    return [(rule.get("alert") or rule["record"], rule["expr"]) for group in RULES for rule in group["rules"]]


def panels() -> list[tuple[str, str]]:
    return [
        (f"{panel['title']} {target['refId']}", target["expr"].replace("$campaign", ".*"))
        for panel in BOARD["panels"]
        for target in panel.get("targets", [])
    ]


def selectors(expression: Any) -> Iterator[Any]:
    """Every vector selector in a parsed expression."""
    if isinstance(expression, promql_parser.VectorSelector):
        yield expression
        return
    for name in ("expr", "lhs", "rhs", "vector_selector", "vs", "param"):
        inner = getattr(expression, name, None)
        if inner is not None and not isinstance(inner, str):
            yield from selectors(inner)
    arguments = getattr(expression, "args", None)
    for one in arguments if isinstance(arguments, list) else getattr(arguments, "args", None) or ():
        yield from selectors(one)


def plain(name: str) -> str:
    return name if name in TABLE else re.sub(r"_(bucket|sum|count)$", "", name)


@pytest.mark.parametrize(("title", "text"), [*rules(), *panels()])
def test_every_expression_parses_and_asks_for_figures_and_labels_there_are(title: str, text: str) -> None:
    asked = list(selectors(promql_parser.parse(text)))
    assert asked, text
    assert len(asked) >= len(
        re.findall(r"\b(?:dialer|process)_\w+|dialer:\w+", re.sub(r"\{[^}]*\}", "", text))
    )
    for selector in asked:
        if selector.name in RECORDED | FOREIGN:
            continue
        assert plain(selector.name) in TABLE, selector.name
        for matcher in selector.matchers.matchers:
            assert matcher.name in TABLE[plain(selector.name)], (selector.name, matcher.name)
            known = {"state": set(State) | {"pending", "waiting"}, "phase": set(Phase)}.get(matcher.name)
            if known is not None:
                assert set(matcher.value.split("|")) <= {str(one) for one in known}, matcher.value


@pytest.mark.parametrize("rule", [rule for group in RULES for rule in group["rules"] if "alert" in rule])
def test_every_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning", "info"}
    assert rule["annotations"].keys() == {"summary", "remedy"}
    for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
        asked = list(selectors(promql_parser.parse(rule["expr"])))
        kept = set().union(*(TABLE.get(plain(one.name), {"campaign", "node"}) for one in asked))
        assert label in kept


async def test_the_manual_names_every_figure_and_its_labels_and_no_other(tmp_path: Path) -> None:
    # Neither broker nor receiver need answer for their figures to be there.
    hook = {"url": "http://127.0.0.1:1/hook", "secret": "a secret that is long enough"}
    async with house(tmp_path, Callee(), mqtt={"port": 1}, webhooks={"crm": hook}) as one:
        registry = one.control.surfaces["metrics"].registry
        found = {
            family.name + ("_total" if family.type == "counter" else ""): {
                label for sample in family.samples for label in sample.labels if label != "le"
            }
            for family in registry.collect()
            if family.name.startswith("dialer_")
        }
    assert found.keys() == TABLE.keys()
    for name, labels in found.items():
        assert not labels or labels == TABLE[name], name


def test_the_dashboard_has_no_two_panels_in_one_place() -> None:
    places = [
        (panel["gridPos"]["x"] + dx, panel["gridPos"]["y"] + dy)
        for panel in BOARD["panels"]
        for dx in range(panel["gridPos"]["w"])
        for dy in range(panel["gridPos"]["h"])
    ]
    assert len(places) == len(set(places))
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
