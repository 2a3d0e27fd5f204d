"""Days, ranges and the hours of a day as people mean them."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from dialer.reports.period import BadPeriod, Period, local_day, read

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", date(2026, 3, 1), date(2026, 3, 1)),
        ("Yesterday", date(2026, 2, 28), date(2026, 2, 28)),
        ("7d", date(2026, 2, 23), date(2026, 3, 1)),
        ("2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-02-10", date(2026, 2, 10), date(2026, 2, 10)),
        ("2026-02-10..2026-02-12", date(2026, 2, 10), date(2026, 2, 12)),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, first: date, last: date) -> None:
    assert read(text, TODAY) == Period(first, last)


def test_a_period_reads_itself_back() -> None:
    for text in ("2026-02-10", "2026-02-10..2026-02-12"):
        assert str(read(text, TODAY)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-13",
        "2026-02-30",
        "2026-02-12..2026-02-10",
        "2020-01-01..2026-01-01",
        "0001-01-01",
        "..",
    ],
)
def test_what_is_no_period_is_refused_with_advice(text: str) -> None:
    with pytest.raises(BadPeriod, match=r"write today|ask for less"):
        read(text, TODAY)


def test_days_follow_each_other_without_gap_in_every_zone() -> None:
    for zone in ("UTC", "Europe/Berlin", "Asia/Kathmandu", "Asia/Beirut", "Australia/Lord_Howe"):
        days = [local_day(day, zone) for day in Period(date(2026, 1, 1), date(2026, 12, 31)).days]
        for one, following in itertools.pairwise(days):
            assert one.until == following.since
        for one in days:
            assert len(one.hours) * one.slot_s == (one.until - one.since).total_seconds()


def test_the_hour_that_comes_twice_or_never_is_told_by_its_name() -> None:
    assert local_day(date(2026, 3, 29), "Europe/Berlin").hours.count(2) == 0
    assert local_day(date(2026, 10, 25), "Europe/Berlin").hours.count(2) == 2


def test_a_clock_moved_by_half_an_hour_is_cut_into_quarters() -> None:
    moved = local_day(date(2026, 10, 4), "Australia/Lord_Howe")
    assert moved.slot_s == 900
    assert moved.hours.count(2) == 2
    assert local_day(date(2026, 10, 5), "Australia/Lord_Howe").slot_s == 3600
