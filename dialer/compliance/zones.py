"""Whose clock counts: the zones in which a call must be legal, all at once."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo


class ZoneRule(StrEnum):
    """The lead's own zone (its number's where it has none), every zone of the number, or both."""

    LEAD = "lead"
    NUMBER = "number"
    BOTH = "both"


@lru_cache(maxsize=2048)
def zone_info(name: str) -> ZoneInfo | None:
    """The zone of an IANA name, or None for a name unknown here."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


@lru_cache(maxsize=20_000)
def candidate_zones(
    number_zones: tuple[str, ...],
    lead_zone: str | None = None,
    rule: ZoneRule = ZoneRule.NUMBER,
    default_zone: str | None = None,
) -> tuple[str, ...]:
    """The zones whose windows must all be open, sorted; empty where none is known: then there is no call.

    A zone name that is not known here counts as no knowledge at all, so the whole set is empty.
    """
    numbers, own = set(number_zones), {lead_zone} if lead_zone else set()
    if rule is ZoneRule.LEAD:
        chosen = own or numbers
    elif rule is ZoneRule.BOTH:
        chosen = own | numbers
    else:
        chosen = numbers or own
    if not chosen and default_zone:
        chosen = {default_zone}
    if any(zone_info(zone) is None for zone in chosen):
        return ()
    return tuple(sorted(chosen))
