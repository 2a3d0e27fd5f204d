"""A campaign's settings as the pure rules of `dialer.compliance`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import holidays

import config
from dialer.compliance import (
    AttemptLimits,
    Calendar,
    Hours,
    Kind,
    NumberRules,
    Rolling,
    Rules,
    Span,
    ZoneRule,
)

_YEARS = range(2024, 2046)
_KINDS = {config.NumberType.FIXED_LINE: Kind.FIXED_LINE, config.NumberType.MOBILE: Kind.MOBILE}


def rules_of(campaign: config.Campaign, *, post_dial_delay_s: float = 0.0) -> Rules:
    """What the campaign obeys; the delay is the longest of its trunks' before a phone rings."""
    return Rules(
        numbers=number_rules(campaign),
        hours=Hours(calendar_of(campaign)),
        limits=limits_of(campaign.attempts),
        zone_rule=ZoneRule(campaign.zone_rule.value),
        default_zone=campaign.default_zone,
        ring_s=campaign.pacing.ring_timeout_s + post_dial_delay_s,
        abandoned_rest_s=campaign.attempts.abandoned_rest_s,
    )


def number_rules(campaign: config.Campaign) -> NumberRules:
    """Whose numbers it may dial."""
    kinds = frozenset(_KINDS[kind] for kind in campaign.number_types)
    return NumberRules(frozenset(campaign.countries), kinds)


def calendar_of(campaign: config.Campaign) -> Calendar:
    """Its own opening times and holidays."""
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = map(_spans, campaign.windows.days)
    return Calendar(
        (monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        frozenset(campaign.holidays.dates) | public_holidays(campaign.holidays.calendar),
        _spans(campaign.holidays.windows),
    )


@lru_cache(maxsize=64)
def public_holidays(calendar: str | None) -> frozenset[date]:
    """Public holidays of a country (GB) or a part of it (GB-ENG), for the years a campaign may see."""
    if calendar is None:
        return frozenset()
    country, _, part = calendar.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=_YEARS))


def limits_of(attempts: config.Attempts) -> AttemptLimits:
    """How often it may try."""
    return AttemptLimits(
        lifetime=attempts.max,
        per_day=attempts.per_day,
        per_number_day=attempts.per_number_day,
        spacing_s=attempts.spacing_s,
        rolling=tuple(Rolling(limit.count, limit.span_s) for limit in attempts.rolling),
    )


def _spans(spans: tuple[config.Span, ...]) -> tuple[Span, ...]:
    return tuple(Span(span.start_min, span.end_min) for span in spans)
