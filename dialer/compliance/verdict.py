"""May this lead be called on this number at this instant? The one answer every dial goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from dialer.compliance import numbers
from dialer.compliance.areas import area_of
from dialer.compliance.attempts import AttemptLimits, History, limits_reached
from dialer.compliance.numbers import BadNumber, Number, NumberRules
from dialer.compliance.windows import Hours
from dialer.compliance.zones import ZoneRule, candidate_zones


@dataclass(frozen=True, slots=True)
class Rules:
    """What a campaign obeys; `ring_s` is how long a phone may ring once dialing has begun.

    `abandoned_rest_s`: how long a number rests after a call that no agent took, unless one is reserved for it.
    `areas`: the rules, whole, for numbers of parts of a country that have their own ("US-FL"); those under the country
    alone ("US") are for its numbers of which no part is known.
    """

    numbers: NumberRules
    hours: Hours
    limits: AttemptLimits = field(default_factory=AttemptLimits)
    zone_rule: ZoneRule = ZoneRule.NUMBER
    default_zone: str | None = None
    ring_s: float = 40.0
    abandoned_rest_s: float = 0.0
    areas: Mapping[str, Rules] = field(default_factory=dict)

    def of(self, number: Number) -> Rules:
        """The rules for a number, by where it was given out."""
        return self.areas.get(area_of(number), self) if self.areas else self

    def with_limits(self, limits_of: Callable[[AttemptLimits], AttemptLimits]) -> Rules:
        """The same rules with other limits of attempts, in every area."""
        areas = {area: rules.with_limits(limits_of) for area, rules in self.areas.items()}
        return replace(self, limits=limits_of(self.limits), areas=areas)

    @property
    def memory_s(self) -> float:
        """How far back the history must reach for every limit to be judged."""
        return max([self.limits.memory_s, *(rules.memory_s for rules in self.areas.values())])


@dataclass(frozen=True, slots=True)
class Question:
    """A lead and one of its numbers; `zones` as computed at import, None to find them from the number."""

    e164: str
    zones: tuple[str, ...] | None = None
    lead_zone: str | None = None
    dnc: tuple[str, ...] = ()
    history: History = field(default_factory=History)
    deadline: datetime | None = None
    abandoned_at: datetime | None = None
    reserved_agent: bool = False


@dataclass(frozen=True, slots=True)
class Allow:
    """It may be called now; `until` is when the window closes for a call that begins no later."""

    zones: tuple[str, ...]
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """One thing that forbids the call; `until` is when it gives way, None: never."""

    reason: str
    detail: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Refuse:
    """It may not. `reason` is the weightiest ground; `until` the first instant to ask again, None: never."""

    reason: str
    detail: str
    until: datetime | None
    grounds: tuple[Ground, ...] = ()


Verdict = Allow | Refuse


def judge(question: Question, rules: Rules, now: datetime) -> Verdict:
    """Allow, or refuse with every ground there is; `now` is aware.

    Grounds that never give way come first; of the others the longest is the reason, and `until`
    is the next instant after it at which the window is open.
    """
    number = numbers.read_e164(question.e164)
    if isinstance(number, numbers.Number):
        rules = rules.of(number)
    grounds = list(_of_number(number, rules, question))
    zones = _zones(question, number, rules)
    if not zones:
        grounds.append(Ground("zone_unknown", "no time zone is known for it", None))
    grounds += _of_time(question, rules, zones, now)
    if not grounds:
        return Allow(zones, rules.hours.closes(zones, now))
    for ground in grounds:
        if ground.until is None:
            return Refuse(ground.reason, ground.detail, None, tuple(grounds))
    return _later(question, rules, zones, grounds)


def _of_number(number: numbers.Number | BadNumber, rules: Rules, question: Question) -> Iterator[Ground]:
    bad = number if isinstance(number, BadNumber) else rules.numbers.refusal(number)
    if bad is not None:
        yield Ground(bad.code, bad.reason, None)
    if question.dnc:
        yield Ground("do_not_call", "it is on the do-not-call list " + ", ".join(question.dnc), None)


def _zones(question: Question, number: numbers.Number | BadNumber, rules: Rules) -> tuple[str, ...]:
    known = question.zones
    if known is None:
        known = number.zones if isinstance(number, numbers.Number) else ()
    return candidate_zones(known, question.lead_zone, rules.zone_rule, rules.default_zone)


def _of_time(question: Question, rules: Rules, zones: tuple[str, ...], now: datetime) -> Iterator[Ground]:
    if question.deadline is not None and question.deadline <= now:
        yield Ground("deadline_passed", f"its deadline was {question.deadline.isoformat()}", None)
    for limit in limits_reached(rules.limits, question.history, zones, now):
        yield Ground(limit.reason, limit.detail, limit.until)
    if question.abandoned_at is not None and not question.reserved_agent:
        rested = question.abandoned_at + timedelta(seconds=rules.abandoned_rest_s)
        if now < rested:
            yield Ground("number_locked", "it rests after a call that nobody took", rested)
    if zones and not rules.hours.open_through(zones, now, rules.ring_s):
        opens = rules.hours.next_opening(zones, now, rules.ring_s)
        if opens is None:
            yield Ground("never_open", f"no window is ever open in {', '.join(zones)} at once", None)
        else:
            yield Ground("window_closed", f"outside the calling window of {', '.join(zones)}", opens)


def _later(question: Question, rules: Rules, zones: tuple[str, ...], grounds: list[Ground]) -> Refuse:
    last = max((ground for ground in grounds if ground.until is not None), key=_until)
    until = rules.hours.next_opening(zones, _until(last), rules.ring_s)
    if until is None:
        return Refuse("never_open", "no window is open again within 400 days", None, tuple(grounds))
    if question.deadline is not None and until >= question.deadline:
        ground = Ground(
            "deadline_unreachable", f"it can not be called again before {question.deadline}", None
        )
        return Refuse(ground.reason, ground.detail, None, (*grounds, ground))
    return Refuse(last.reason, last.detail, until, tuple(grounds))


def _until(ground: Ground) -> datetime:
    return ground.until if ground.until is not None else datetime.max.replace(tzinfo=UTC)
