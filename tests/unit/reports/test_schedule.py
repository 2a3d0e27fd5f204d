"""A scheduled report is made once for each day, also for those on which nobody was there to make it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dialer.reports.schedule import MOST_MADE_UP, due, next_at

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = NOON.date()


def test_a_report_that_never_ran_owes_only_todays() -> None:
    assert due("06:30", "UTC", None, NOON) == [DAY]
    assert due("18:00", "UTC", None, NOON) == []


def test_what_was_missed_is_made_up_in_order_and_what_was_made_is_not_made_again() -> None:
    assert due("06:30", "UTC", DAY - timedelta(days=3), NOON) == [
        DAY - timedelta(days=2),
        DAY - timedelta(days=1),
        DAY,
    ]
    assert due("18:00", "UTC", DAY - timedelta(days=1), NOON) == []
    assert due("06:30", "UTC", DAY, NOON) == []
    assert due("06:30", "UTC", DAY + timedelta(days=5), NOON) == []


def test_a_long_absence_is_made_up_for_a_month_at_most() -> None:
    owed = due("06:30", "UTC", date(2020, 1, 1), NOON)
    assert len(owed) == MOST_MADE_UP
    assert owed[-1] == DAY


def test_the_hour_is_that_of_the_zone() -> None:
    assert due("20:30", "Asia/Shanghai", DAY - timedelta(days=1), NOON) == []
    assert due("19:30", "Asia/Shanghai", DAY - timedelta(days=1), NOON) == [DAY]


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001 - hypothesis wants them so
    zone=st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Beirut")),
    at=st.sampled_from(("00:00", "02:30", "06:30", "23:59")),
)
def test_from_one_run_to_the_next_exactly_one_falls_due(now: datetime, zone: str, at: str) -> None:
    now = now.replace(tzinfo=UTC)
    following = next_at(at, zone, now)
    assert now < following <= now + timedelta(hours=26)
    before = due(at, zone, date(2025, 12, 1), now)
    last = before[-1]
    assert due(at, zone, last, now) == []
    assert due(at, zone, last, following) == [last + timedelta(days=1)]
