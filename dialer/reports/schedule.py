"""When scheduled reports are due: pure, so that what was missed is found the same after any restart."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_MADE_UP = 31
"""Missed runs that are made up; older ones are left out."""


def due(at: str, zone: str, last: date | None, now: datetime) -> list[date]:
    """The days whose run is due and was not made, oldest first; `last` is the day of the last one made.

    A report that never ran owes nothing but today's.
    """
    info = ZoneInfo(zone)
    hour, minute = (int(part) for part in at.split(":"))
    today = now.astimezone(info).date()
    newest = today if _instant(today, hour, minute, info) <= now else today - timedelta(days=1)
    first = (
        today if last is None else max(last + timedelta(days=1), newest - timedelta(days=MOST_MADE_UP - 1))
    )
    return [first + timedelta(days=n) for n in range((newest - first).days + 1)]


def next_at(at: str, zone: str, now: datetime) -> datetime:
    """When the next run is due."""
    info = ZoneInfo(zone)
    hour, minute = (int(part) for part in at.split(":"))
    day = now.astimezone(info).date()
    while (found := _instant(day, hour, minute, info)) <= now:
        day += timedelta(days=1)
    return found


def _instant(day: date, hour: int, minute: int, info: ZoneInfo) -> datetime:
    return datetime.combine(day, time(hour, minute), info).astimezone(UTC)
