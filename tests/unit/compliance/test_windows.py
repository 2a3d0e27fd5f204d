"""Calling windows hold on every day, in every zone, through every change of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance import ALWAYS, Calendar, Hours, Span

NINE_TO_EIGHT = (Span(9 * 60, 20 * 60),)
WORKDAYS = Calendar((NINE_TO_EIGHT,) * 5 + ((), ()))

ZONES = (
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
    "America/Sao_Paulo",
    "Asia/Beirut",
    "UTC",
)
instants = st.integers(
    int(datetime(2005, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2035, 1, 1, tzinfo=UTC).timestamp())
).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


@st.composite
def day_spans(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(st.integers(0, 1440), max_size=6)))
    return tuple(Span(low, high) for low, high in zip(edges[::2], edges[1::2], strict=False))


calendars = st.builds(
    Calendar,
    st.tuples(*[day_spans()] * 7),
    st.frozensets(st.dates(date(2005, 1, 1), date(2034, 12, 31)), max_size=3),
    day_spans(),
)
zone_sets = st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True)
lengths = st.sampled_from([0.0, 15.0, 40.0, 400.0])


def open_by_the_clock_on_the_wall(calendar: Calendar, zone: str, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    return any(span.start_min <= minute < span.end_min for span in calendar.spans(local.date()))


@given(calendars, zone_sets, instants)
def test_an_instant_is_open_exactly_when_every_clock_on_the_wall_says_so(
    calendar: Calendar, zones: list[str], at: datetime
) -> None:
    expected = all(open_by_the_clock_on_the_wall(calendar, zone, at) for zone in zones)
    assert Hours(calendar).open_through(zones, at, 0.0) == expected


@given(calendars, zone_sets, instants, lengths)
def test_a_ring_is_never_outside_a_window_of_any_zone_at_any_second_of_it(
    calendar: Calendar, zones: list[str], at: datetime, length_s: float
) -> None:
    if Hours(calendar).open_through(zones, at, length_s):
        for second in range(0, int(length_s) + 1, 5):
            moment = at + timedelta(seconds=second)
            assert all(open_by_the_clock_on_the_wall(calendar, zone, moment) for zone in zones)


@given(calendars, calendars, zone_sets, instants, lengths)
def test_the_next_opening_is_open_and_none_before_it_is(
    campaign: Calendar, region: Calendar, zones: list[str], at: datetime, length_s: float
) -> None:
    hours = Hours(campaign, region)
    opening = hours.next_opening(zones, at, length_s)
    if opening is None:
        probes = [at + timedelta(hours=11 * step) for step in range(60)]
    else:
        assert opening >= at
        assert hours.open_through(zones, opening, length_s)
        probes = [at + (opening - at) * part / 16 for part in range(16)] if opening > at else []
    assert not any(hours.open_through(zones, probe, length_s) for probe in probes if probe != opening)


@given(calendars, zone_sets, instants, st.lists(st.integers(-200, 200), min_size=1, max_size=6))
def test_what_was_asked_before_changes_no_answer(
    calendar: Calendar, zones: list[str], at: datetime, hours_apart: list[int]
) -> None:
    hours = Hours(calendar)
    for apart in hours_apart:
        asked = at + timedelta(hours=apart)
        assert hours.next_opening(zones, asked, 30.0) == Hours(calendar).next_opening(zones, asked, 30.0)


@given(calendars, zone_sets, instants)
def test_the_closing_is_the_first_instant_at_which_it_is_closed(
    calendar: Calendar, zones: list[str], at: datetime
) -> None:
    hours = Hours(calendar)
    closing = hours.closes(zones, at)
    if closing is None:
        assert not hours.open_through(zones, at, 0.0)
    else:
        assert hours.open_through(zones, closing - timedelta(seconds=1), 0.0)
        if closing < at + timedelta(days=3):
            assert not hours.open_through(zones, closing, 0.0)


@pytest.mark.parametrize(
    ("month", "day", "utc_hour"),
    [(3, 27, 9), (3, 30, 8), (10, 23, 8), (10, 26, 9)],
    ids=["winter", "after-spring", "summer", "after-autumn"],
)
def test_london_opens_at_nine_on_the_wall_through_both_changes(month: int, day: int, utc_hour: int) -> None:
    opening = datetime(2026, month, day, utc_hour, tzinfo=UTC)
    hours = Hours(Calendar((NINE_TO_EIGHT,) * 7))
    assert hours.open_through(["Europe/London"], opening, 30)
    assert not hours.open_through(["Europe/London"], opening - timedelta(seconds=1), 30)


def test_a_ring_must_end_before_the_window_closes() -> None:
    hours = Hours(WORKDAYS)
    late = datetime(2026, 1, 7, 19, 59, 30, tzinfo=UTC)
    assert hours.open_through(["Europe/London"], late, 29)
    assert not hours.open_through(["Europe/London"], late, 30)
    assert hours.next_opening(["Europe/London"], late, 30) == datetime(2026, 1, 8, 9, tzinfo=UTC)


def test_coast_to_coast_leaves_the_hours_open_on_both() -> None:
    hours = Hours(WORKDAYS)
    zones = ["America/New_York", "America/Los_Angeles"]
    assert hours.next_opening(zones, datetime(2026, 1, 7, 1, tzinfo=UTC), 40) == datetime(
        2026, 1, 7, 17, tzinfo=UTC
    )
    closing = hours.closes(zones, datetime(2026, 1, 7, 18, tzinfo=UTC))
    assert closing == datetime(2026, 1, 8, 1, tzinfo=UTC)


def test_a_repeated_hour_is_open_both_times_and_a_skipped_one_never() -> None:
    half_past_one = Hours(Calendar(((Span(60, 120),),) * 7))
    autumn = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 01:00 on the wall, twice
    assert half_past_one.open_through(["Europe/London"], autumn, 60)
    assert half_past_one.open_through(["Europe/London"], autumn + timedelta(hours=1), 60)
    spring = datetime(2026, 3, 29, 0, 0, tzinfo=UTC)
    assert not any(
        half_past_one.open_through(["Europe/London"], spring + timedelta(minutes=m), 0) for m in range(180)
    )


def test_a_holiday_is_closed_unless_it_has_hours_of_its_own() -> None:
    christmas = frozenset({date(2026, 12, 25)})
    noon = datetime(2026, 12, 25, 12, tzinfo=UTC)
    assert not Hours(Calendar(WORKDAYS.week, christmas)).open_through(["Europe/London"], noon, 30)
    assert Hours(Calendar(WORKDAYS.week, christmas, ALWAYS)).open_through(["Europe/London"], noon, 30)


def test_always_open_joins_its_days_without_a_gap_at_midnight() -> None:
    hours = Hours(Calendar((ALWAYS,) * 7))
    assert hours.open_through(["Europe/London"], datetime(2026, 1, 7, 23, 59, 50, tzinfo=UTC), 40)


def test_without_a_zone_it_is_never_open() -> None:
    hours = Hours(Calendar((ALWAYS,) * 7))
    assert not hours.open_through([], datetime(2026, 1, 7, 12, tzinfo=UTC), 1)
    assert hours.next_opening([], datetime(2026, 1, 7, 12, tzinfo=UTC), 1) is None
    assert not hours.open_through(["Mars/Olympus"], datetime(2026, 1, 7, 12, tzinfo=UTC), 1)
