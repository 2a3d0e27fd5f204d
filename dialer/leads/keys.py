"""Window keys: leads whose calling windows open and close together, and who ask for the same skills, share one.

A key names the candidate zones of a lead and, where it asks for any, its skills: `Asia/Hong_Kong#cantonese+life`.
The claim is given the keys that are open now, so it never looks at leads whose window is closed; the verdict at the
instant of the dial stays the judge of each of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from dialer.compliance import Rules, candidate_zones
from dialer.core import skills

MIXED = ""
"""Zones of leads whose numbers ring in different ones, or in none known: always offered to the verdict."""

_BETWEEN = "|"
_SKILLS = "#"


def key_of(
    number_zones: Sequence[tuple[str, ...]], lead_zone: str | None, rules: Rules, asked: Iterable[str] = ()
) -> str:
    """The key of a lead from the zones of each of its numbers, and the skills it asks for."""
    keys = {
        _BETWEEN.join(candidate_zones(zones, lead_zone, rules.zone_rule, rules.default_zone))
        for zones in number_zones
    }
    return with_skills(keys.pop() if len(keys) == 1 else MIXED, asked)


def with_skills(key: str, asked: Iterable[str]) -> str:
    """The same key, of leads who ask for these skills and no others."""
    zones, lane = key.partition(_SKILLS)[0], skills.lane_of(asked)
    return f"{zones}{_SKILLS}{lane}" if lane else zones


def skills_of(key: str) -> tuple[str, ...]:
    """The skills a key names."""
    return skills.skills_of(key.partition(_SKILLS)[2])


def lanes_of(keys: Iterable[str], campaign_skills: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The keys of each lane, where every lead of the campaign asks for `campaign_skills` besides its own."""
    every = tuple(campaign_skills)
    found: dict[str, list[str]] = {}
    for key in keys:
        found.setdefault(skills.lane_of((*skills_of(key), *every)), []).append(key)
    return {lane: tuple(theirs) for lane, theirs in found.items()}


def open_keys(keys: Iterable[str], rules: Rules, now: datetime) -> tuple[str, ...]:
    """Those of `keys` whose windows are open now for as long as a phone rings; mixed ones always are."""
    return tuple(
        key
        for key in keys
        if not (zones := zones_of(key)) or rules.hours.open_through(zones, now, rules.ring_s)
    )


def next_opening(keys: Iterable[str], rules: Rules, now: datetime) -> datetime | None:
    """When the first of them opens; None when none ever does (or there is none)."""
    openings = (
        rules.hours.next_opening(zones, now, rules.ring_s) if (zones := zones_of(key)) else now
        for key in keys
    )
    return min((opening for opening in openings if opening is not None), default=None)


def zones_of(key: str) -> tuple[str, ...]:
    """The zones a key names; none for mixed leads."""
    zones = key.partition(_SKILLS)[0]
    return tuple(zones.split(_BETWEEN)) if zones else ()
