"""The JSON schema of the files, for editors: descriptions, defaults and whether a key reloads live."""

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
