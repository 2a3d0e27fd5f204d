"""Window keys: leads whose calling windows open and close together share one.

A key names the candidate zones of a lead. The claim is given the keys that are open now, so it never looks at
leads whose window is closed; the verdict at the instant of the dial stays the judge of each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from dialer.compliance import Rules, candidate_zones

MIXED = ""
"""Key of leads whose numbers ring in different zones, or in none known: always offered to the verdict."""

_BETWEEN = "|"


def key_of(number_zones: Sequence[tuple[str, ...]], lead_zone: str | None, rules: Rules) -> str:
    """The key of a lead from the zones of each of its numbers."""
    keys = {
        _BETWEEN.join(candidate_zones(zones, lead_zone, rules.zone_rule, rules.default_zone))
        for zones in number_zones
    }
    return keys.pop() if len(keys) == 1 else MIXED


def open_keys(keys: Iterable[str], rules: Rules, now: datetime) -> tuple[str, ...]:
    """Those of `keys` whose windows are open now for as long as a phone rings; mixed ones always are."""
    return tuple(
        key
        for key in keys
        if key == MIXED or rules.hours.open_through(key.split(_BETWEEN), now, rules.ring_s)
    )


def next_opening(keys: Iterable[str], rules: Rules, now: datetime) -> datetime | None:
    """When the first of them opens; None when none ever does (or there is none)."""
    openings = (
        now if key == MIXED else rules.hours.next_opening(key.split(_BETWEEN), now, rules.ring_s)
        for key in keys
    )
    return min((opening for opening in openings if opening is not None), default=None)


def zones_of(key: str) -> tuple[str, ...]:
    """The zones a key names; none for mixed leads."""
    return tuple(key.split(_BETWEEN)) if key else ()
