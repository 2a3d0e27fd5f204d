"""The committed schemas and the reference page are those of the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel import yaml

import config
import dialer.core.outcomes
from config.scenario import ScenarioFile, load_subject
from config.write_schema import committed


def test_committed_files_are_fresh() -> None:
    stale = [path.name for path, text in committed().items() if path.read_text(encoding="utf-8") != text]
    assert not stale, f"run: python -m config.write_schema (stale: {stale})"


def test_every_setting_is_described_and_says_whether_it_reloads() -> None:
    for schema in (config.json_schema(), config.campaign_schema()):
        sections = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]
        for section in sections:
            for name, field in section["properties"].items():
                assert "reloads_live" in field, name
                assert field.get("description") or "$ref" in field, name


def test_every_setting_of_a_scenario_is_described_and_none_claims_to_reload() -> None:
    schema = config.scenario_schema()
    for section in [schema, *(part for part in schema["$defs"].values() if "properties" in part)]:
        for name, field in section["properties"].items():
            assert field.get("description"), name
            assert "reloads_live" not in field, name


SCENARIO: dict[str, Any] = {
    "scenario": "lunch",
    "agents": [{"count": 4, "breaks": [{"at": "4 h", "lasts": "30 min"}]}],
    "answer": "35 %",
    "wrap": 15,
    "talk": {"law": "mixture", "parts": [{"weight": 1, "of": {"mean_s": "2 min"}}]},
}


def test_an_editor_accepts_what_the_simulator_reads(tmp_path: Path) -> None:
    editor = jsonschema.Draft202012Validator(config.scenario_schema())
    example = Path(config.__file__).parent / "examples" / "scenarios" / "lunch.yaml"
    for scenario in (SCENARIO, yaml.YAML(typ="safe").load(example)):
        editor.validate(scenario)
        path = tmp_path / "scenario.yaml"
        path.write_text(json.dumps(scenario), encoding="utf-8")  # JSON is YAML
        assert isinstance(load_subject(path), ScenarioFile)


@pytest.mark.parametrize(
    "mistake",
    [{"answr": 0.3}, {"answer": "often"}, {"talk": {"law": "pareto"}}, {"agents": []}, {"wrap": "soon"}],
)
def test_an_editor_marks_what_the_simulator_refuses(tmp_path: Path, mistake: dict[str, Any]) -> None:
    editor = jsonschema.Draft202012Validator(config.scenario_schema())
    wrong = SCENARIO | mistake
    assert not editor.is_valid(wrong)
    path = tmp_path / "scenario.yaml"
    path.write_text(json.dumps(wrong), encoding="utf-8")
    with pytest.raises(config.ConfigErrors):
        load_subject(path)


def test_retry_rules_name_outcomes_the_daemon_knows() -> None:
    known = {outcome.value for outcome in dialer.core.outcomes.Outcome}
    assert {outcome.value for outcome in config.Outcome} <= known
