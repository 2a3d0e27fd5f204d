"""Calling windows: when a phone may ring, in the time of the person called.

A window is told in local wall-clock time; here it becomes intervals of UTC instants, zone by zone and day by
day, so that hours repeated or skipped by a change of clocks come out right. Several zones, or calendars
(a campaign's and a region's), must all be open at once, for as long as the phone may ring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from dialer.compliance.zones import zone_info

Interval = tuple[float, float]  # [start, end) in seconds since the epoch
_DAY_S = 86_400.0
_HORIZONS_DAYS = (3, 10, 40, 400)
_KEPT_DAYS = 50_000
_KEPT_OPENINGS = 2_000
_STEP = timedelta(hours=4)  # no zone ever changed its clocks twice within as little


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `start_min` until `end_min`, in minutes since local midnight; 1440 ends the day."""

    start_min: int
    end_min: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_min < self.end_min <= 1440:
            raise ValueError("a span needs 0 <= start < end <= 1440 minutes")


Spans = tuple[Span, ...]
ALWAYS: Spans = (Span(0, 1440),)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Opening times: Monday's first, with other times on holidays (local dates; none: closed)."""

    week: tuple[Spans, Spans, Spans, Spans, Spans, Spans, Spans]
    holidays: frozenset[date] = frozenset()
    holiday_spans: Spans = ()

    def spans(self, day: date) -> Spans:
        """The opening times of a local day."""
        return self.holiday_spans if day in self.holidays else self.week[day.weekday()]


class Hours:
    """One or more calendars that must all be open; remembers the days it worked out."""

    __slots__ = ("_days", "_openings", "calendars")

    def __init__(self, *calendars: Calendar) -> None:
        if not calendars:
            raise ValueError("at least one calendar is needed")
        self.calendars = calendars
        self._days: dict[tuple[str, int], tuple[Interval, ...]] = {}
        self._openings: dict[tuple[tuple[str, ...], float], tuple[float, float | None]] = {}

    def open_through(self, zones: Sequence[str], start: datetime, length_s: float) -> bool:
        """Whether every zone is open from `start` to `start + length_s`; never without zones."""
        at = start.timestamp()
        return bool(zones) and all(self._covers(zone, at, at + length_s) for zone in zones)

    def next_opening(self, zones: Sequence[str], after: datetime, length_s: float) -> datetime | None:
        """The first instant from `after` at which such a call fits in every zone; None within 400 days."""
        start = after.timestamp()
        key = (tuple(zones), length_s)
        asked, known = self._openings.get(key, (0.0, None))
        if asked <= start <= (asked + _DAY_S if known is None else known):
            return None if known is None else _instant(known)
        if len(self._openings) >= _KEPT_OPENINGS:
            self._openings.clear()
        found = self._search(zones, start, length_s) if zones else None
        self._openings[key] = (start, found)
        return None if found is None else _instant(found)

    def _search(self, zones: Sequence[str], start: float, length_s: float) -> float | None:
        for days in _HORIZONS_DAYS:
            for low, high in self.intervals(zones, start, start + days * _DAY_S):
                begin = max(low, start)
                # Strictly inside at its end: an interval's end is the first closed instant.
                if begin + length_s < high:
                    return begin
        return None

    def closes(self, zones: Sequence[str], at: datetime) -> datetime | None:
        """When the interval open at `at` ends (within three days), or None where it is closed."""
        now = at.timestamp()
        for low, high in self.intervals(zones, now, now + 3 * _DAY_S):
            if low <= now < high:
                return _instant(high)
        return None

    def intervals(self, zones: Sequence[str], start: float, end: float) -> list[Interval]:
        """When all zones are open, touching [start, end), in order; the last may go beyond or be cut."""
        result: list[Interval] | None = None
        for zone in sorted(set(zones)):
            one = self._joined(zone, start, end)
            result = one if result is None else list(_both(result, one))
        return [(low, high) for low, high in result or () if high > start and low < end]

    def _covers(self, zone: str, start: float, end: float) -> bool:
        return any(low <= start and end < high for low, high in self._joined(zone, start, end))

    def _joined(self, zone: str, start: float, end: float) -> list[Interval]:
        """The zone's intervals from a day and a half before to as much after, neighbours joined."""
        first = datetime.fromtimestamp(start, UTC).date().toordinal() - 1
        last = datetime.fromtimestamp(end, UTC).date().toordinal() + 1
        joined: list[Interval] = []
        # Sorted: where clocks go back over midnight, two days' hours interleave.
        for low, high in sorted(one for day in range(first, last + 1) for one in self._day(zone, day)):
            if joined and joined[-1][1] >= low:
                joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
            else:
                joined.append((low, high))
        return joined

    def _day(self, zone: str, ordinal: int) -> tuple[Interval, ...]:
        key = (zone, ordinal)
        known = self._days.get(key)
        if known is None:
            if len(self._days) >= _KEPT_DAYS:
                self._days.clear()
            day = date.fromordinal(ordinal)
            found: list[Interval] | None = None
            for calendar in self.calendars:
                one = sorted(_instants(zone, day, calendar.spans(day)))
                found = one if found is None else list(_both(found, one))
            known = self._days[key] = tuple(found or ())
        return known


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _both(left: Sequence[Interval], right: Sequence[Interval]) -> Iterator[Interval]:
    """The intersection of two ordered lists of intervals, in order."""
    i = j = 0
    while i < len(left) and j < len(right):
        low, high = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if low < high:
            yield low, high
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1


def _instants(zone: str, day: date, spans: Spans) -> Iterator[Interval]:
    """The UTC instants whose wall clock in the zone shows that day and a time within the spans."""
    for low, high, offset in _offsets(zone, day):
        midnight = datetime.combine(day, time(), UTC).timestamp() - offset
        for span in spans:
            begin = max(low, midnight + span.start_min * 60)
            end = min(high, midnight + span.end_min * 60)
            if begin < end:
                yield begin, end


@lru_cache(maxsize=20_000)
def _offsets(zone: str, day: date) -> tuple[tuple[float, float, float], ...]:
    """Stretches (start, end, UTC offset in seconds) of constant offset around a local day."""
    info = zone_info(zone)
    if info is None:
        return ()
    noon = datetime.combine(day, time(12), UTC)
    start, end = noon - timedelta(hours=28), noon + timedelta(hours=28)

    def offset(at: datetime) -> float:
        delta = at.astimezone(info).utcoffset()
        return delta.total_seconds() if delta is not None else 0.0

    stretches: list[tuple[float, float, float]] = []
    began, current, at = start, offset(start), start
    while at < end:
        following = min(at + _STEP, end)
        if offset(following) != current:
            change = _change(offset, at, following)
            stretches.append((began.timestamp(), change.timestamp(), current))
            began, current = change, offset(following)
        at = following
    stretches.append((began.timestamp(), end.timestamp(), current))
    return tuple(stretches)


def _change(offset: Callable[[datetime], float], low: datetime, high: datetime) -> datetime:
    """The second at which the offset changes between two instants."""
    before = offset(low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
        if offset(middle) == before:
            low = middle
        else:
            high = middle
    return high
