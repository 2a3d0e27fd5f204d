"""Calls are planned into legal hours, apart from each other, and where they are most likely answered in time."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.compliance import Calendar, Hours, Span
from dialer.leads.hours_model import HOURS, HoursModel
from dialer.leads.planning import HOUR_S, Room, between, plan, slots_of
from tests.bench.deadlines import Fixed, Planned, work, world

MONDAY = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
DAY = (Span(540, 1200),)
OPEN = Hours(Calendar((DAY, DAY, DAY, DAY, DAY, (Span(600, 960),), ())))
ROOM = Room(attempts=5, per_day=2, spacing_s=1800.0)
NONE = np.zeros(0, dtype=np.int64)
FLAT = np.full(HOURS, 0.2)


def test_slots_are_the_hours_in_which_a_call_may_begin() -> None:
    slots = slots_of(OPEN, ("Europe/London",), MONDAY, MONDAY + 7 * 86_400, 40.0)
    assert len(slots) == 5 * 11 + 6
    assert slots.hour[0] == 9
    assert slots.length_s[10] == HOUR_S - 40.0
    for at, length_s in zip(slots.at, slots.length_s, strict=True):
        for begins in (at, at + length_s - 0.001):
            assert OPEN.open_through(["Europe/London"], datetime.fromtimestamp(begins, UTC), 39.9)


def test_hours_are_those_of_the_persons_wall_clock() -> None:
    slots = slots_of(OPEN, ("America/New_York",), MONDAY, MONDAY + 86_400, 40.0)
    assert (slots.at[0] - MONDAY) / HOUR_S == 14
    assert slots.hour[0] == 9


def test_no_plan_is_made_without_attempts_or_legal_hours() -> None:
    slots = slots_of(OPEN, ("Europe/London",), MONDAY, MONDAY + 86_400, 40.0)
    assert plan(slots, FLAT, NONE, Room(0, 2, 1800.0)) is None
    assert plan(between(slots, MONDAY, MONDAY + HOUR_S), FLAT, NONE, ROOM) is None
    assert plan(slots, FLAT, NONE, ROOM, today=(int(slots.day[0]), 2)) is None


def test_the_best_hour_is_waited_for_and_the_last_chance_is_urgent() -> None:
    evenings = np.where(np.arange(HOURS) % 24 >= 18, 0.5, 0.05)
    slots = slots_of(OPEN, ("Europe/London",), MONDAY, MONDAY + 10 * 86_400, 40.0)
    chosen = plan(slots, evenings, NONE, ROOM)
    assert chosen is not None
    assert (chosen.next_at - MONDAY) / HOUR_S == 18
    late = plan(between(slots, MONDAY, MONDAY + 19 * HOUR_S), evenings, NONE, Room(1, 2, 1800.0))
    assert late is not None
    assert late.urgency > chosen.urgency
    assert late.chance < chosen.chance


def test_crowded_hours_are_passed_over() -> None:
    slots = slots_of(OPEN, ("Europe/London",), MONDAY, MONDAY + 86_400, 40.0)
    crowded = np.where(slots.hour == 9, 0.1, 1.0)
    chosen = plan(slots, FLAT, NONE, Room(1, 2, 1800.0), shares=crowded)
    assert chosen is not None
    assert chosen.next_at == slots.at[1]


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 9 * 86_400),
    st.floats(0, 10 * 86_400),
    st.lists(st.integers(0, HOURS - 1), max_size=8),
    st.integers(0, 10),
    st.integers(1, 3),
    st.floats(0, 2 * 86_400),
    st.floats(0, 1, exclude_max=True),
)
def test_planned_calls_are_legal_in_time_apart_and_no_more_than_there_are(
    start: float,
    length_s: float,
    tried: list[int],
    attempts: int,
    per_day: int,
    spacing_s: float,
    spread: float,
) -> None:
    begins, ends = MONDAY + start, MONDAY + start + length_s
    slots = between(slots_of(OPEN, ("Europe/London",), MONDAY, ends, 40.0), begins, ends)
    room = Room(attempts, per_day, spacing_s)
    chosen = plan(slots, HoursModel().rates(""), np.array(tried, dtype=np.int64), room, spread=spread)
    if chosen is None:
        return
    assert begins <= chosen.next_at < ends
    assert OPEN.open_through(["Europe/London"], datetime.fromtimestamp(chosen.next_at, UTC), 39.0)
    instants = [at for at, _ in chosen.calls]
    assert len(instants) <= attempts
    assert all(later - at >= spacing_s for at, later in pairwise(instants))
    days = [at // 86_400 for at in instants]
    assert max(days.count(day) for day in days) <= per_day
    assert 0 < chosen.gain <= chosen.chance + 1e-9 < 1
    assert 0 <= chosen.urgency <= 99


def test_planned_calls_miss_a_fifth_fewer_than_a_retry_every_four_hours() -> None:
    people = world(1500, 7)
    fixed = work(people, Fixed(), 7)
    planned = work(people, Planned(), 7, dials=fixed.dials)
    assert planned.dials <= fixed.dials
    assert planned.missed <= 0.8 * fixed.missed
