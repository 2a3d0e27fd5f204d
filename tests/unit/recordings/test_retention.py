"""Until when a recording is kept, by the campaign's rule and the lead's own date."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import config
from dialer.recordings import names
from dialer.recordings.retention import read_day, reckon

CALLED = datetime(2026, 3, 2, 10, tzinfo=UTC)
UNTIL = "contract_end + 2 years"


def due(data: dict[str, str], **rule: object) -> datetime | None:
    return reckon(config.Retention.model_validate(rule), CALLED, data, "Europe/Berlin").at


def test_days_count_from_the_call_and_none_is_for_good() -> None:
    assert due({}) is None
    assert due({}, days=90) == CALLED + timedelta(days=90)


def test_a_date_of_the_lead_counts_to_the_end_of_its_day_where_the_call_centre_is() -> None:
    assert due({"contract_end": "2027-06-30"}, until=UNTIL) == datetime(2029, 6, 30, 22, tzinfo=UTC)
    assert due({"contract_end": "2027-12-31 09:00"}, until="contract_end") == datetime(
        2027, 12, 31, 23, tzinfo=UTC
    )
    assert due({"contract_end": "2028-02-29"}, until=UNTIL) == datetime(2030, 2, 28, 23, tzinfo=UTC)
    assert due({"end": "31.01.2026"}, until="end + 1 month") == datetime(2026, 2, 28, 23, tzinfo=UTC)


def test_of_two_rules_the_later_instant_counts() -> None:
    both = {"days": 90, "until": UNTIL}
    assert due({"contract_end": "2027-06-30"}, **both) == datetime(2029, 6, 30, 22, tzinfo=UTC)
    assert due({"contract_end": "2020-06-30"}, **both) == CALLED + timedelta(days=90)


def test_a_lead_without_the_date_goes_by_days_and_one_that_cannot_be_read_is_kept() -> None:
    for empty in ({}, {"contract_end": "  "}):
        assert due(empty, days=90, until=UNTIL) == CALLED + timedelta(days=90)
        assert due(empty, until=UNTIL) is None
    for bad in ("soon", "01/02/2027", "2027-02-30", "2027", "31.13.2026"):
        found = reckon(config.Retention(days=90, until=UNTIL), CALLED, {"contract_end": bad}, "UTC")
        assert (found.at, found.unreadable) == (None, True)
        assert bad not in found.why


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_days_are_read_in_every_form_that_has_one_meaning(day: date) -> None:
    for text in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%Y-%m-%dT10:00:00Z"):
        assert read_day(f"{day:{text}}".zfill(8)) == day


def test_what_lies_beyond_the_calendar_is_kept() -> None:
    assert due({"contract_end": "9990-01-01"}, until="contract_end + 99 years") is None


@pytest.mark.parametrize("text", ["", "+ 2 years", "end + two years", "end + 2 weeks", "end + -2 days"])
def test_a_rule_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a field"):
        config.Retention.model_validate({"until": text})


def test_names_are_the_attempt_and_a_second() -> None:
    raw = names.read("c-main-abc1-77-1790000000.raw")
    assert raw is not None
    assert (raw.attempt_id, raw.name) == ("c-main-abc1-77", "c-main-abc1-77-1790000000")
    assert names.place(raw, "spring", "flac", sealed=True) == (
        "spring/2026/09/21/c-main-abc1-77-1790000000.flac.sealed"
    )
    rang_us = names.read("pbx1-1790000000.42-1790000005.raw")
    assert rang_us is not None
    assert rang_us.attempt_id == "pbx1-1790000000.42"
    for other in ("c-1-2.wav", "x.raw", "../c-1-1790000000.raw", "c-1-1790000000.raw.new", "-1790000000.raw"):
        assert names.read(other) is None
