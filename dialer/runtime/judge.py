"""The verdict on a candidate at the instant of its claim: the campaign's rules over its numbers, in their order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import config
import storage
from dialer import compliance
from dialer.compliance.numbers import Kind


def rules_of(campaign: config.Campaign, today: date) -> compliance.Rules:
    """The campaign's settings as compliance knows them; public holidays of this year and the next."""
    attempts = campaign.attempts
    return compliance.Rules(
        numbers=compliance.NumberRules(
            frozenset(campaign.countries), frozenset(Kind(kind.value) for kind in campaign.number_types)
        ),
        hours=compliance.Hours(_calendar(campaign, today)),
        limits=compliance.AttemptLimits(
            lifetime=attempts.max,
            per_day=attempts.per_day,
            per_number_day=attempts.per_number_day,
            spacing_s=attempts.spacing_s,
            rolling=tuple(compliance.Rolling(one.count, one.span_s) for one in attempts.rolling),
        ),
        zone_rule=compliance.ZoneRule(campaign.zone_rule.value),
        default_zone=campaign.default_zone,
        ring_s=campaign.pacing.ring_timeout_s,
    )


def _calendar(campaign: config.Campaign, today: date) -> compliance.Calendar:
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = (
        tuple(compliance.Span(span.start_min, span.end_min) for span in day) for day in campaign.windows.days
    )
    rest = campaign.holidays
    days = set(rest.dates)
    if rest.calendar:
        days |= _public_holidays(rest.calendar, today.year)
    return compliance.Calendar(
        (monday, tuesday, wednesday, thursday, friday, saturday, sunday),
        frozenset(days),
        tuple(compliance.Span(span.start_min, span.end_min) for span in rest.windows),
    )


def _public_holidays(calendar: str, year: int) -> set[date]:
    import holidays

    country, _, subdivision = calendar.partition("-")
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=(year, year + 1))
    return set(found)


def judge_with(
    rules: compliance.Rules, now: datetime, next_id: Callable[[], str], ring_s: float
) -> Callable[[storage.Candidate], storage.Judgement]:
    """A judge for one claim: the first number that may be called now, or the refusal that gives way first.

    `ring_s` is how long the phone may ring, post-dial delay included: the window must stay open that long.
    """

    def judge(candidate: storage.Candidate) -> storage.Judgement:
        refusals: list[compliance.Refuse] = []
        for number in candidate.numbers:
            if number.closed:
                refusals.append(compliance.Refuse("number_closed", number.closed, None))
                continue
            verdict = compliance.judge(_question(candidate, number), rules, now)
            if isinstance(verdict, compliance.Allow):
                return storage.Accept(number.number_id, next_id())
            refusals.append(verdict)
        return _weightiest(refusals)

    if ring_s > rules.ring_s:
        rules = compliance.Rules(
            rules.numbers, rules.hours, rules.limits, rules.zone_rule, rules.default_zone, ring_s
        )
    return judge


def _question(candidate: storage.Candidate, number: storage.NumberRow) -> compliance.Question:
    times = tuple(one.last_at for one in candidate.numbers if one.last_at is not None)
    return compliance.Question(
        e164=number.e164,
        zones=number.zones or None,
        lead_zone=candidate.zone,
        dnc=candidate.dnc.get(number.e164, ()),
        history=compliance.History(
            total=candidate.attempts,
            lead_times=times,
            number_times=() if number.last_at is None else (number.last_at,),
        ),
        deadline=candidate.deadline,
    )


def _weightiest(refusals: list[compliance.Refuse]) -> storage.Refuse:
    """Of a lead's refused numbers: ask again when the first of them may be called; never if none may."""
    if not refusals:
        return storage.Refuse("no_number", "the lead has no number")
    again = [(refusal.until, n) for n, refusal in enumerate(refusals) if refusal.until is not None]
    first = refusals[min(again)[1] if again else 0]
    return storage.Refuse(first.reason, first.detail, first.until)
