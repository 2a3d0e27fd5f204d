"""The JSON schemas of the files, for editors: descriptions, defaults and whether a key reloads live."""

from __future__ import annotations

from typing import Any

from config.campaign import Campaign
from config.settings import Settings

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """The schema of dialer.yaml."""
    schema = Settings.model_json_schema(mode="validation")
    schema["properties"].pop("file", None)
    return {"$schema": _DRAFT, **schema, "title": "dialer.yaml"}


def campaign_schema() -> dict[str, Any]:
    """The schema of one campaign's file."""
    return {
        "$schema": _DRAFT,
        **Campaign.model_json_schema(mode="validation"),
        "title": "A campaign of the dialer",
    }


def scenario_schema() -> dict[str, Any]:
    """The schema of a scenario for `dialer simulate`."""
    from config.scenario import ScenarioFile

    schema = ScenarioFile.model_json_schema(mode="validation")
    for section in (schema, *schema["$defs"].values()):
        for field in section.get("properties", {}).values():
            # Nothing is running that could reload it.
            field.pop("reloads_live", None)
    return {"$schema": _DRAFT, **schema, "title": "A scenario to be simulated"}
