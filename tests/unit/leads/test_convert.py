"""A row becomes a lead, or is rejected with one reason and its remedy."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.leads.convert import Converted, Converter, Rejected
from dialer.leads.mapping import map_columns
from dialer.leads.rows import Row
from dialer.leads.rules import rules_of
from tests.parts.campaigns import campaign

HEADER = ("external_id", "name", "number", "number2", "zone", "priority", "deadline", "owner", "note")
CONVERTER = Converter(map_columns(HEADER, {}), rules_of(campaign()), "GB")


def convert(**cells: str) -> Converted | Rejected:
    row = {"number": "020 7946 0101"} | cells
    return CONVERTER.convert(Row(2, tuple(row.get(name, "") for name in HEADER)))


def lead(**cells: str) -> Converted:
    result = convert(**cells)
    assert isinstance(result, Converted), result
    return result


def test_a_whole_row_becomes_a_lead_with_its_zones_and_window_key() -> None:
    made = lead(
        external_id="A-1", name=" Ada  Ashby ", number2="0161 496 0101", priority="5", owner="alice", note="x"
    ).lead
    assert made.external_id == "A-1"
    assert made.name == "Ada Ashby"
    assert [number.e164 for number in made.numbers] == ["+442079460101", "+441614960101"]
    assert made.numbers[0].zones == ("Europe/London",)
    assert made.window_key == "Europe/London"
    assert (made.priority, made.owner, made.data) == (5, "alice", {"note": "x"})


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"number": ""}, "number_empty"),
        ({"number": "020 7946 O1O1"}, "number_letters"),
        ({"number": "+1 212 555 0100"}, "number_country"),
        ({"number": "0900 123 4567"}, "number_kind"),
        ({"number": "999"}, "number_short"),
        ({"number": "4.42079E+11"}, "number_rounded"),
        ({"zone": "London"}, "zone"),
        ({"priority": "high"}, "priority"),
        ({"deadline": "24.12.2026"}, "deadline"),
        ({"owner": "Alice Archer"}, "owner"),
        ({"name": "x" * 201}, "name"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"note": "x" * 4001}, "value_long"),
        ({"name": "Ann\x00"}, "row_control"),
        ({"name": "Ann\x1b[31m"}, "row_control"),
        ({"name": "M\udcfcller"}, "row_encoding"),
    ],
)
def test_a_bad_row_is_rejected_by_code(cells: dict[str, str], code: str) -> None:
    result = convert(**cells)
    assert isinstance(result, Rejected)
    assert result.code == code
    assert result.reason


def test_a_row_of_another_width_is_rejected_unless_only_empty_cells_are_too_many() -> None:
    short = CONVERTER.convert(Row(7, ("1", "Ann")))
    assert isinstance(short, Rejected)
    assert short.code == "row_columns"
    cells = ["", "Ann", "020 7946 0101", *[""] * 8]
    assert isinstance(CONVERTER.convert(Row(7, tuple(cells))), Converted)


def test_a_bad_second_number_stays_with_the_lead_undialed() -> None:
    made = lead(number2="+1 212 555 0100")
    assert [number.e164 for number in made.lead.numbers] == ["+442079460101"]
    assert made.lead.data == {"number2 (not dialed: number_country)": "+1 212 555 0100"}
    assert made.left_out == ("number_country",)


def test_spreadsheet_wrappings_of_numbers_are_taken_off() -> None:
    assert lead(number="'+442079460101").lead.numbers[0].e164 == "+442079460101"
    assert lead(number='="02079460101"').lead.numbers[0].e164 == "+442079460101"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-07-24", datetime(2026, 7, 24, 23, tzinfo=UTC)),
        ("2026-07-24 18:00", datetime(2026, 7, 24, 17, tzinfo=UTC)),
        ("2026-07-24T18:00:00+00:00", datetime(2026, 7, 24, 18, tzinfo=UTC)),
        ("2026-12-24", datetime(2026, 12, 25, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_in_the_leads_own_time_and_a_date_lasts_to_its_end(
    text: str, instant: datetime
) -> None:
    assert lead(deadline=text).lead.deadline == instant


def test_a_row_without_an_id_gets_one_from_its_content() -> None:
    first, same, other = lead(name="Ann"), lead(name="Ann "), lead(name="Anne")
    assert first.lead.external_id == same.lead.external_id
    assert first.lead.external_id != other.lead.external_id


@given(st.lists(st.text(max_size=30), min_size=len(HEADER), max_size=len(HEADER)))
def test_any_row_at_all_is_a_lead_or_rejected_and_a_lead_is_clean(cells: list[str]) -> None:
    result = CONVERTER.convert(Row(3, tuple(cells)))
    if isinstance(result, Converted):
        made = result.lead
        assert made.numbers
        assert all(number.e164.startswith("+44") for number in made.numbers)
        assert not any(ord(character) < 32 for character in made.name)
        assert made.priority in range(-9999, 10_000)


@given(st.text(max_size=30))
def test_a_name_holds_no_line_break_whatever_was_written(text: str) -> None:
    result = convert(name=text)
    if isinstance(result, Converted):
        assert "\n" not in result.lead.name
        assert "\r" not in result.lead.name
