"""Another time of day: when to try again somebody who did not answer at this one, within the calling windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from dialer.compliance.windows import Hours

DAY_S = 86_400.0
OTHER_HOUR_S = 3 * 3600.0  # nearer than this is the same time of day
_STEP_S = 1800.0
_DAYS = 8


def apart_s(one: float, other: float) -> float:
    """How far two instants are from each other on the clock's face, 0 to 12 hours in seconds."""
    past = abs(one - other) % DAY_S
    return min(past, DAY_S - past)


def at_other_hour(delay_s: float) -> float:
    """The delay, made longer where it would end at the same time of day as it began; windows unknown."""
    past = delay_s % DAY_S
    if past < OTHER_HOUR_S:
        return delay_s - past + OTHER_HOUR_S
    if past > DAY_S - OTHER_HOUR_S:
        return delay_s - past + DAY_S + OTHER_HOUR_S
    return delay_s


def other_hour(
    hours: Hours,
    zones: Sequence[str],
    tried: Sequence[float],
    earliest: float,
    ring_s: float,
    *,
    days: int = _DAYS,
) -> float | None:
    """The first instant from `earliest` that is legal in all zones and hours away from every time tried.

    Where windows are too short for that, the one farthest from the times tried; None where none is open in
    `days` days. Instants are seconds since the epoch.
    """
    best: tuple[float, float] | None = None
    for at in _legal(hours, zones, earliest, ring_s, days):
        distance = min((apart_s(at, one) for one in tried), default=DAY_S)
        if distance >= OTHER_HOUR_S:
            return at
        if best is None or distance > best[0]:
            best = (distance, at)
    return None if best is None else best[1]


def _legal(hours: Hours, zones: Sequence[str], earliest: float, ring_s: float, days: int) -> Iterator[float]:
    """Instants at which a call may begin: each window's first, then every half hour."""
    if not zones:
        return
    for low, high in hours.intervals(zones, earliest, earliest + days * DAY_S):
        at = max(low, earliest)
        while at + ring_s < high:
            if hours.open_through(zones, datetime.fromtimestamp(at, UTC), ring_s):
                yield at
            at += _STEP_S
