"""How often a lead and a number may be called: over a life, a day, a sliding time, and with what spacing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from dialer.compliance.zones import zone_info


@dataclass(frozen=True, slots=True)
class Rolling:
    """At most `count` attempts within any `span_s` seconds."""

    count: int
    span_s: float


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """Limits of attempts; None or empty: no such limit. A day is a calendar day of the person called."""

    lifetime: int | None = None
    per_day: int | None = None
    per_number_day: int | None = None
    spacing_s: float = 0.0
    rolling: tuple[Rolling, ...] = ()

    @property
    def memory_s(self) -> float:
        """How far back the history must reach for these limits to be judged."""
        spans = [rolling.span_s for rolling in self.rolling]
        # Two days: a calendar day in any zone, and the day a change of clocks makes longer.
        return max([2 * 86_400.0, self.spacing_s, *spans])


@dataclass(frozen=True, slots=True)
class History:
    """Attempts so far: how many on the lead ever, and the instants of recent ones on lead and number."""

    total: int = 0
    lead_times: tuple[datetime, ...] = ()
    number_times: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit reached: its name, in words, and when it gives way (None: never)."""

    reason: str
    detail: str
    until: datetime | None


def limits_reached(
    limits: AttemptLimits, history: History, zones: Sequence[str], now: datetime
) -> Iterator[Limit]:
    """Every limit that forbids an attempt now."""
    if limits.lifetime is not None and history.total >= limits.lifetime:
        yield Limit("attempts_used", f"{history.total} attempts of {limits.lifetime} are used", None)
    if limits.per_day is not None:
        yield from _daily("attempts_today", limits.per_day, history.lead_times, zones, now)
    if limits.per_number_day is not None:
        yield from _daily("number_today", limits.per_number_day, history.number_times, zones, now)
    for rolling in limits.rolling:
        yield from _rolling(rolling, history.lead_times, now)
    yield from _spacing(limits.spacing_s, history.lead_times, now)


def _daily(
    reason: str, limit: int, times: Sequence[datetime], zones: Sequence[str], now: datetime
) -> Iterator[Limit]:
    """The day must be over in every candidate zone, so the limit holds wherever the person is."""
    latest: datetime | None = None
    used = 0
    for zone in zones or ("UTC",):
        info = zone_info(zone) or UTC
        today = now.astimezone(info).date()
        count = sum(1 for at in times if at <= now and at.astimezone(info).date() == today)
        if count >= limit:
            ends = datetime.combine(today + timedelta(days=1), time(), info).astimezone(UTC)
            latest = ends if latest is None else max(latest, ends)
            used = max(used, count)
    if latest is not None:
        yield Limit(reason, f"{used} attempts today, {limit} are allowed", latest)


def _rolling(rolling: Rolling, times: Sequence[datetime], now: datetime) -> Iterator[Limit]:
    recent = sorted(at for at in times if now - at < timedelta(seconds=rolling.span_s))
    if len(recent) < rolling.count:
        return
    # The oldest attempt that must leave the window before another fits.
    leaves = recent[len(recent) - rolling.count]
    detail = f"{len(recent)} attempts in {_span(rolling.span_s)}, {rolling.count} are allowed"
    yield Limit("attempts_rolling", detail, leaves + timedelta(seconds=rolling.span_s))


def _spacing(spacing_s: float, times: Sequence[datetime], now: datetime) -> Iterator[Limit]:
    if not times or spacing_s <= 0:
        return
    until = max(times) + timedelta(seconds=spacing_s)
    if now < until:
        rest = math.ceil((until - now).total_seconds() / 60)
        yield Limit("attempt_spacing", f"the last attempt was too recent, {rest} min are left", until)


def _span(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours / 24:g} d" if hours > 24 and hours % 24 == 0 else f"{hours:g} h"
