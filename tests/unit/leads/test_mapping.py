"""Columns are found by the campaign's mapping, else by their names."""

from __future__ import annotations

import pytest

from dialer.leads.errors import LeadFileError
from dialer.leads.mapping import map_columns


def test_usual_names_are_understood_in_any_spelling() -> None:
    columns = map_columns(["Customer Name", "Phone_2", "PHONE", "Time Zone", "Due", "Product"], {})
    assert columns.numbers == (2, 1)
    assert columns.fields == {"name": 0, "zone": 3, "deadline": 4}
    assert columns.data == (("Product", 5),)


def test_the_campaigns_mapping_goes_first() -> None:
    columns = map_columns(
        ["Kunde", "Festnetz", "Privat", "phone"], {"name": "kunde", "number": "Festnetz", "number2": "Privat"}
    )
    assert columns.numbers == (1, 2)
    assert columns.fields == {"name": 0}
    assert columns.data == (("phone", 3),)


def test_telephone_and_mobile_give_two_numbers() -> None:
    assert map_columns(["mobile", "telephone", "id"], {}).numbers == (1, 0)


def test_columns_of_a_rejects_file_are_not_kept_as_data() -> None:
    columns = map_columns(["number", "rejected_line", "rejected_code", "rejected_reason"], {})
    assert columns.data == ()


def test_a_column_without_a_name_is_kept_by_its_place() -> None:
    assert map_columns(["number", "", ""], {}).data == (("column2", 1), ("column3", 2))


@pytest.mark.parametrize(
    ("header", "wanted", "words"),
    [
        (["name", "address"], {}, "no column holds phone numbers"),
        (["number", "number"], {}, "there twice"),
        (["number", "name"], {"name": "Kunde"}, "there is no column 'Kunde'"),
    ],
)
def test_a_header_that_can_not_be_used_says_what_to_do(
    header: list[str], wanted: dict[str, str], words: str
) -> None:
    with pytest.raises(LeadFileError, match=words):
        map_columns(header, wanted)
