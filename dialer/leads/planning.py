"""When to call a lead that has a deadline: the hours that give it the best chance to be reached in time.

Greedy: the best legal hour first, then the best one given that the first was not answered, and so on until
the attempts are used up. Each choice lowers the chance of hours like it, so that tries spread over hours and days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from dialer.compliance import Hours
from dialer.compliance.zones import zone_info
from dialer.leads.hours_model import LIKENESS, PERSON_CALLS, Floats, Ints, weights

HOUR_S = 3600.0
DAY_S = 86_400.0
HORIZON_S = 21 * DAY_S
IMPATIENCE = 0.003
"""A day's wait costs this share of a try's worth: what is put off may not come about."""

URGENCY_MAX = 99
FULL_URGENCY = 0.5
"""A call that adds this much to the chance of being reached in time has the greatest urgency."""


@dataclass(frozen=True, slots=True)
class Slots:
    """Legal hours in order: start, seconds in which a call may begin, hour of the local week, local day."""

    at: Floats
    length_s: Floats
    hour: Ints
    day: Ints

    def __len__(self) -> int:
        """How many there are."""
        return len(self.at)


@dataclass(frozen=True, slots=True)
class Room:
    """What is left of a lead's attempts: in all and per day, and the least time between two."""

    attempts: int
    per_day: int
    spacing_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """The next call, the chance to reach the lead in time by this and later ones, and what this one adds to it.

    `calls`: each call's instant, and how likely it is to be needed.
    """

    next_at: float
    chance: float
    gain: float
    calls: tuple[tuple[float, float], ...]

    @property
    def urgency(self) -> int:
        """0 to 99: what the next call adds, for ordering leads that are due at once."""
        return min(URGENCY_MAX, round(URGENCY_MAX * self.gain / FULL_URGENCY))


def slots_of(hours: Hours, zones: Sequence[str], start: float, end: float, ring_s: float) -> Slots:
    """The legal hours in [start, end), cut at full hours; local time is that of the first zone."""
    end = min(end, start + HORIZON_S)
    pieces: list[tuple[float, float]] = []
    for low, high in hours.intervals(zones, start, end) if zones else ():
        at, last = max(low, start), min(high, end) - ring_s
        while at < last:
            following = min((at // HOUR_S + 1) * HOUR_S, last)
            pieces.append((at, following - at))
            at = following
    info = (zone_info(zones[0]) if zones else None) or UTC
    local = [datetime.fromtimestamp(at, UTC).astimezone(info) for at, _ in pieces]
    return Slots(
        np.array([at for at, _ in pieces], dtype=np.float64),
        np.array([length for _, length in pieces], dtype=np.float64),
        np.array([one.weekday() * 24 + one.hour for one in local], dtype=np.int64),
        np.array([one.date().toordinal() for one in local], dtype=np.int64),
    )


def between(slots: Slots, start: float, end: float) -> Slots:
    """Those of `slots` in which a call may begin from `start` and before `end`."""
    first = int(np.searchsorted(slots.at + slots.length_s, start, side="right"))
    last = int(np.searchsorted(slots.at, end, side="left"))
    at = np.maximum(slots.at[first:last], start)
    length_s = slots.at[first:last] + slots.length_s[first:last] - at
    return Slots(at, length_s, slots.hour[first:last], slots.day[first:last])


def plan(
    slots: Slots,
    rates: Floats,
    tried: Ints,
    room: Room,
    *,
    today: tuple[int, int] = (0, 0),
    spread: float = 0.0,
    shares: Floats | None = None,
) -> Plan | None:
    """Choose the calls; None where no call is possible any more.

    `tried` are the hours of the week of unanswered calls, `today` a local day and the calls made on it;
    `spread` in [0, 1) places the call within its hour. `shares` tells for each slot how many of the calls planned
    there can be made: a crowded hour is worth less.
    """
    if not len(slots) or room.attempts <= 0:
        return None
    weight = weights(slots.hour, tried)
    wait = 1.0 - IMPATIENCE * (slots.at - slots.at[0]) / DAY_S
    base = rates[slots.hour]
    worth = wait if shares is None else wait * shares
    open_ = np.ones(len(slots), dtype=np.bool_)
    used = {today[0]: today[1]}
    _close_full_days(slots, used, room.per_day, open_)
    chosen: list[tuple[float, float, int]] = []
    while len(chosen) < room.attempts and open_.any():
        chances = base / weight * PERSON_CALLS
        best = int(np.argmax(np.where(open_, chances * worth, -1.0)))
        chosen.append((float(slots.at[best]), float(chances[best]), best))
        weight = weight + LIKENESS[slots.hour, slots.hour[best]]
        open_ &= np.abs(slots.at - slots.at[best]) >= max(room.spacing_s, 1.0)
        day = int(slots.day[best])
        used[day] = used.get(day, 0) + 1
        _close_full_days(slots, {day: used[day]}, room.per_day, open_)
    if not chosen:
        return None
    chosen.sort()
    calls, needed = [], 1.0
    for at, chance, _ in chosen:
        calls.append((at, needed))
        needed *= 1.0 - chance
    first = chosen[0]
    at = first[0] + spread * max(0.0, float(slots.length_s[first[2]]) - 1.0)
    return Plan(at, 1.0 - needed, first[1] * needed / (1.0 - first[1]), tuple(calls))


def _close_full_days(slots: Slots, used: dict[int, int], per_day: int, open_: NDArray[np.bool_]) -> None:
    for day, count in used.items():
        if count >= per_day:
            open_ &= slots.day != day
