"""The committed schemas and the reference page are those of the models."""

from __future__ import annotations

import config
import dialer.core.outcomes
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


def test_retry_rules_name_outcomes_the_daemon_knows() -> None:
    known = {outcome.value for outcome in dialer.core.outcomes.Outcome}
    assert {outcome.value for outcome in config.Outcome} <= known
