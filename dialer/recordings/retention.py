"""Until when a recording is kept: a pure reckoning from the campaign's rule and the lead's own dates."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import config

_DAY = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})")
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


@dataclass(frozen=True, slots=True)
class Due:
    """When a recording may be deleted; None: not yet known, or never. `why` is the rule, or what is wrong."""

    at: datetime | None
    why: str
    unreadable: bool = False


def reckon(rule: config.Retention, started_at: datetime, data: Mapping[str, str], zone: str) -> Due:
    """When a recording that began then may be deleted; `data` are the lead's fields, days end in `zone`.

    Of two settings the later instant counts. What cannot be read keeps the recording: deleting cannot be undone.
    """
    by_days = None if rule.days is None else started_at + timedelta(days=rule.days)
    if rule.until is None:
        return Due(by_days, "kept for good" if rule.days is None else f"{rule.days} days")
    field, count, unit = config.until_of(rule.until)
    written = data.get(field, "").strip()
    if not written:
        days = "kept for good" if rule.days is None else f"{rule.days} days"
        return Due(by_days, f"{days}; the lead has no {field}")
    day = read_day(written)
    end = None if day is None else _later(day, count, unit)
    if end is None:
        return Due(None, f"the lead's {field} is no date that can be read", unreadable=True)
    # The whole day belongs to it.
    by_date = datetime.combine(end + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)
    if by_days is not None and by_days > by_date:
        return Due(by_days, f"{rule.days} days")
    return Due(by_date, rule.until)


def clip_due(days: int, started_at: datetime) -> Due:
    """When a clip for review may be deleted, whoever heard it by then."""
    return Due(started_at + timedelta(days=days), f"a clip for review: {days} days")


def read_day(text: str) -> date | None:
    """The day a text names: 2026-12-31, 2026/12/31, 20261231 or 31.12.2026, with or without a time after it.

    None for what two people would read as two days.
    """
    word = re.split(r"[ T]", text.strip(), maxsplit=1)[0]
    if match := _DAY.fullmatch(word):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := _GERMAN.fullmatch(word):
        day, month, year = (int(part) for part in match.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _later(day: date, count: int, unit: str) -> date | None:
    """The day so many days, months or years on; the last of a shorter month. None beyond the calendar."""
    try:
        if unit == "day":
            return day + timedelta(days=count)
        years, month = divmod(day.year * 12 + day.month - 1 + count * (12 if unit == "year" else 1), 12)
        return date(years, month + 1, min(day.day, calendar.monthrange(years, month + 1)[1]))
    except (ValueError, OverflowError):
        return None
