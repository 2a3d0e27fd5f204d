"""Campaigns for tests, from the settings an operator would write."""

from __future__ import annotations

from typing import Any

import config

ALWAYS = {"mon-sun": "00:00-24:00"}
DAYTIME = {"mon-fri": "09:00-20:00", "sat": "10:00-16:00"}


def campaign(**changes: Any) -> config.Campaign:
    """A British campaign, open on weekdays 9-20 and Saturdays 10-16, with these settings changed."""
    settings: dict[str, Any] = {
        "id": "spring",
        "name": "Spring",
        "node": "pbx1",
        "trunks": ["carrier"],
        "caller_id": "+442079460000",
        "countries": ["GB"],
        "windows": DAYTIME,
    }
    return config.Campaign.model_validate(settings | changes)
