"""Only subscribers' numbers of the campaign's own countries are ever dialed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.compliance import BadNumber, Kind, Number, NumberRules, mask
from dialer.compliance.numbers import read, read_e164

BRITISH = NumberRules(frozenset({"GB"}))


def refusal(text: str, region: str = "GB", rules: NumberRules = BRITISH) -> str:
    number = read(text, region)
    bad = number if isinstance(number, BadNumber) else rules.refusal(number)
    return bad.code if bad is not None else ""


@pytest.mark.parametrize(
    ("text", "e164", "kind"),
    [
        ("020 7946 0101", "+442079460101", Kind.FIXED_LINE),
        ("+44 (0)20 7946 0101", "+442079460101", Kind.FIXED_LINE),
        ("0044 20 7946 0101", "+442079460101", Kind.FIXED_LINE),
        ("07400 123456", "+447400123456", Kind.MOBILE),
    ],
)
def test_people_write_numbers_in_many_ways(text: str, e164: str, kind: Kind) -> None:
    number = read(text, "GB")
    assert isinstance(number, Number)
    assert (number.e164, number.kind, number.country) == (e164, kind, "GB")
    assert "Europe/London" in number.zones
    assert BRITISH.refusal(number) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "number_empty"),
        ("020 7946 O1O1", "number_letters"),
        ("020 7946 0101 ext 5", "number_letters"),
        ("999", "number_short"),
        ("112", "number_short"),
        ("116 123", "number_short"),
        ("0900 123 4567", "number_kind"),
        ("09012345678", "number_kind"),
        ("0870 123 4567", "number_kind"),
        ("0800 123 4567", "number_kind"),
        ("07624 123456", "number_country"),
        ("+1 415 555 0123", "number_country"),
        ("+1 876 555 0123", "number_country"),
        ("+881 612 345 678", "number_satellite"),
        ("+88216 1234 5678", "number_satellite"),
        ("+800 1234 5678", "number_satellite"),
        ("+979 1 2345 6789", "number_satellite"),
        ("020 7946 0101,,9", "number_unreadable"),
        ("+442079460101\r\nX: 1", "number_letters"),
        ("+44207946\n0101", "number_unreadable"),
        ("1" * 41, "number_unreadable"),
    ],
)
def test_what_is_not_a_subscriber_of_the_country_is_refused_with_its_reason(text: str, code: str) -> None:
    assert refusal(text) == code


def test_a_number_that_may_be_mobile_needs_both_kinds_allowed() -> None:
    both = NumberRules(frozenset({"US"}))
    fixed = NumberRules(frozenset({"US"}), frozenset({Kind.FIXED_LINE}))
    assert refusal("+1 415 555 0123", "US", both) == ""
    assert refusal("+1 415 555 0123", "US", fixed) == "number_kind"


def test_without_a_country_the_remedy_is_named() -> None:
    bad = read("020 7946 0101", None)
    assert isinstance(bad, BadNumber)
    assert bad.code == "number_no_country"
    assert "default_region" in bad.reason


def test_a_mobile_number_has_every_zone_of_its_country() -> None:
    number = read("+61 491 570 006")
    assert isinstance(number, Number)
    assert {"Australia/Perth", "Australia/Sydney"} <= set(number.zones)


def test_an_area_code_tells_the_zone() -> None:
    number = read("+1 212 555 0100")
    assert isinstance(number, Number)
    assert number.zones == ("America/New_York",)


@given(st.text(max_size=60), st.sampled_from(["GB", "US", "IT", "CN", None]))
def test_whatever_is_written_only_a_plain_e164_number_comes_out(text: str, region: str | None) -> None:
    number = read(text, region)
    if isinstance(number, Number):
        assert re.fullmatch(r"\+[1-9][0-9]{6,14}", number.e164)
        assert read_e164(number.e164) == number
    else:
        assert re.fullmatch(r"number_[a-z_]+", number.code)


@given(st.from_regex(r"\+?[0-9 ()\-./]{3,20}", fullmatch=True), st.sampled_from(["GB", "US", "IT", "FR"]))
def test_what_may_be_dialed_is_of_an_allowed_country_and_kind(text: str, region: str) -> None:
    rules = NumberRules(frozenset({region}))
    number = read(text, region)
    if isinstance(number, Number) and rules.refusal(number) is None:
        assert number.country == region
        assert number.kind in {Kind.FIXED_LINE, Kind.MOBILE, Kind.FIXED_LINE_OR_MOBILE}


def test_logs_show_a_number_masked() -> None:
    assert mask("+447911123207") == "+4479••••207"
    assert mask("12345") == "••••"
