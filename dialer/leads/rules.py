"""A campaign's settings as the pure rules of `dialer.compliance`."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

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
from dialer.compliance.ledgers import Clock, LedgerRule, Share, Window

_YEARS = range(2024, 2046)
_KINDS = {config.NumberType.FIXED_LINE: Kind.FIXED_LINE, config.NumberType.MOBILE: Kind.MOBILE}


def rules_of(campaign: config.Campaign, *, post_dial_delay_s: float = 0.0) -> Rules:
    """What the campaign obeys, its regions' profiles included: always the stricter of two.

    The delay is the longest of its trunks' before a phone rings. Where a profile stands for every part of a country,
    each part's numbers get that part's rules besides; numbers of no known part get the rules of all of them.
    """
    areas: dict[str, Rules] = {}
    for profile in campaign.profiles:
        if profile.every_area_of is None:
            continue
        parts = profile.parts
        own = tuple(one for one in campaign.profiles if one.every_area_of is None)
        for area, more in [*parts.items(), (profile.every_area_of, None)]:
            added = tuple(parts.values()) if more is None else (more,)
            narrowed = campaign.model_copy(update={"profiles": (*own, *added)})
            areas[area] = rules_of(narrowed, post_dial_delay_s=post_dial_delay_s)
    rests = [profile.rest.abandoned_rest_s for profile in campaign.profiles if profile.rest is not None]
    regions = [_region(profile.hours) for profile in campaign.profiles if profile.hours is not None]
    return Rules(
        numbers=number_rules(campaign),
        hours=Hours(calendar_of(campaign), *regions),
        limits=limits_of(campaign),
        zone_rule=ZoneRule(campaign.zone_rule.value),
        default_zone=campaign.default_zone,
        ring_s=campaign.pacing.ring_timeout_s + post_dial_delay_s,
        abandoned_rest_s=max([campaign.attempts.abandoned_rest_s, *rests]),
        areas=areas,
    )


def ledgers_of(campaign: config.Campaign) -> tuple[LedgerRule, ...]:
    """The ledgers of abandonment its regions ask for; its own target over 24 hours where they ask for none."""
    asked = tuple(_ledger(one) for profile in campaign.profiles for one in profile.ledgers)
    if any(rule.share is not Share.SHORT for rule in asked):
        return asked
    own = LedgerRule("own", campaign.pacing.target_abandon, within_s=campaign.pacing.connect_within_s)
    return (*asked, own)


def number_rules(campaign: config.Campaign) -> NumberRules:
    """Whose numbers it may dial."""
    kinds = frozenset(_KINDS[kind] for kind in campaign.number_types)
    return NumberRules(frozenset(campaign.countries), kinds)


def calendar_of(campaign: config.Campaign) -> Calendar:
    """Its own opening times and holidays."""
    closed = frozenset(campaign.holidays.dates) | public_holidays(campaign.holidays.calendar)
    return _calendar(campaign.windows, closed, campaign.holidays.windows)


def _region(hours: config.ProfileHours) -> Calendar:
    return _calendar(hours.windows, public_holidays(hours.calendar), hours.holiday_windows)


def _calendar(week: config.Week, closed: frozenset[date], spans: tuple[config.Span, ...]) -> Calendar:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = map(_spans, week.days)
    days = (monday, tuesday, wednesday, thursday, friday, saturday, sunday)
    return Calendar(days, closed, _spans(spans))


@lru_cache(maxsize=64)
def public_holidays(calendar: str | None) -> frozenset[date]:
    """Public holidays of a country (GB) or a part of it (GB-ENG), for the years a campaign may see."""
    if calendar is None:
        return frozenset()
    import holidays  # takes long to load, and few campaigns name a calendar

    country, _, part = calendar.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=_YEARS))


def limits_of(campaign: config.Campaign) -> AttemptLimits:
    """How often it may try."""
    own = campaign.attempts
    regions = [attempts for profile in campaign.profiles for attempts in profile.attempts]
    rolling = [*own.rolling, *(limit for one in regions for limit in one.rolling)]
    return AttemptLimits(
        lifetime=own.max,
        per_day=min([own.per_day, *(one.per_day for one in regions if one.per_day is not None)]),
        per_number_day=own.per_number_day,
        spacing_s=own.spacing_s,
        rolling=tuple(Rolling(limit.count, limit.span_s) for limit in dict.fromkeys(rolling)),
    )


def _ledger(one: config.ProfileLedger) -> LedgerRule:
    return LedgerRule(
        name=one.name,
        limit=one.limit,
        share=Share(one.divide.value),
        clock=Clock(one.clock.value),
        within_s=one.within_s,
        window=Window(one.window.value),
        days=one.days,
        false_positives=one.false_positives,
        machine_share=one.machine_share,
        least_calls=one.least_calls,
        zone=one.zone,
    )


def _spans(spans: tuple[config.Span, ...]) -> tuple[Span, ...]:
    return tuple(Span(span.start_min, span.end_min) for span in spans)
