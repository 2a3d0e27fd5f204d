"""Where a person lives, as their list tells it: shown beside their number."""

from __future__ import annotations

from collections.abc import Mapping

NAMES = frozenset(
    {
        "city",
        "town",
        "place",
        "locality",
        "municipality",
        "village",
        "ort",
        "stadt",
        "wohnort",
        "ville",
        "commune",
    }
    | {"città", "comune", "ciudad", "cidade", "município", "localidad", "城市", "市"}
)
"""Names of columns that hold it, in lower case."""

LONGEST = 60


def place_of(data: Mapping[str, str]) -> str:
    """The first column of this meaning that is filled; empty where there is none."""
    for name, value in data.items():
        if name.strip().casefold() in NAMES and value.strip():
            return " ".join(value.split())[:LONGEST]
    return ""
