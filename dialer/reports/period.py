"""Days in a zone: what people ask for in words, and the slots the database sums over."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MOST_DAYS = 400
HINT = "write today, yesterday, 7d, 2026-11, 2026-11-22 or 2026-11-01..2026-11-22"

_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_MONTH = re.compile(r"^(\d{4})-(\d{2})$")
_LAST = re.compile(r"^(\d{1,3})d$")
_QUARTER = timedelta(minutes=15)


class BadPeriod(ValueError):
    """No day or range of days."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days, first and last among them; which instants they are depends on a zone."""

    first: date
    last: date

    @property
    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def __str__(self) -> str:
        """As `read` understands it."""
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


@dataclass(frozen=True, slots=True)
class LocalDay:
    """One day of a zone as instants; `hours[slot]` is the local hour of each slot of `slot_s` seconds."""

    day: date
    since: datetime
    until: datetime
    slot_s: int
    hours: tuple[int, ...]


def read(text: str, today: date) -> Period:
    """The period a text means on a day; raises BadPeriod."""
    words = text.strip().lower()
    if words == "today":
        return Period(today, today)
    if words == "yesterday":
        return Period(today - timedelta(days=1), today - timedelta(days=1))
    if match := _LAST.match(words):
        days = int(match[1])
        return _checked(Period(today - timedelta(days=max(days, 1) - 1), today))
    if match := _MONTH.match(words):
        year, month = int(match[1]), int(match[2])
        if not (1 <= month <= 12 and year >= 1):
            raise BadPeriod(f"{text!r} is no month; {HINT}")
        return Period(date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
    first, dots, last = words.partition("..")
    return _checked(Period(_day(first, text), _day(last if dots else first, text)))


def local_day(day: date, zone: str) -> LocalDay:
    """A day of a zone; slots are hours, or quarters of one where the day's clock is moved by less than an hour."""
    info = ZoneInfo(zone)
    since, until = _midnight(day, info), _midnight(day + timedelta(days=1), info)
    first = since.astimezone(info).utcoffset() or timedelta()
    moved = (((at.astimezone(info).utcoffset() or first) - first) for at in _steps(since, until, _QUARTER))
    slot_s = 900 if any(one % timedelta(hours=1) for one in moved) else 3600
    slots = _steps(since, until, timedelta(seconds=slot_s))
    return LocalDay(day, since, until, slot_s, tuple(at.astimezone(info).hour for at in slots))


def _midnight(day: date, info: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), info).astimezone(UTC)


def _steps(since: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    while since < until:
        yield since
        since += step


def _day(words: str, text: str) -> date:
    if _DAY.match(words):
        try:
            return date.fromisoformat(words)
        except ValueError:
            pass
    raise BadPeriod(f"{text!r} is no day or range of days; {HINT}")


def _checked(period: Period) -> Period:
    if period.last < period.first:
        raise BadPeriod(f"{period} ends before it begins; {HINT}")
    if (period.last - period.first).days >= MOST_DAYS:
        raise BadPeriod(f"{period} is longer than {MOST_DAYS} days; ask for less")
    if not 1970 <= period.first.year <= period.last.year <= 2999:
        raise BadPeriod(f"{period} is out of this world; {HINT}")
    return period
