"""The script with a lead's data filled in. It stays text: the page marks the values and escapes everything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_PLACE = re.compile(r"\{([^{}\n]{1,100})\}")
MISSING = "…"
LONGEST_VALUE = 500


def filled(lines: Sequence[str], values: Mapping[str, str]) -> list[dict[str, Any]]:
    """Each paragraph with its places filled, and the values in it; a place without a value shows as dots.

    Places are found whatever the case of their names. What a value holds is never read as a place.
    """
    known = {key.strip().casefold(): value for key, value in values.items()}
    return [_filled(line, known) for line in lines]


def _filled(line: str, known: Mapping[str, str]) -> dict[str, Any]:
    fields: list[str] = []

    def fill(place: re.Match[str]) -> str:
        value = known.get(place[1].strip().casefold(), "")[:LONGEST_VALUE]
        if value:
            fields.append(value)
        return value or MISSING

    return {"text": _PLACE.sub(fill, line), "fields": fields}
