"""Leads that ask for skills: how a file says so, and the key that carries it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.leads.convert import Converted, Converter, Rejected
from dialer.leads.keys import lanes_of, next_opening, open_keys, skills_of, with_skills, zones_of
from dialer.leads.mapping import map_columns
from dialer.leads.rows import Row
from dialer.leads.rules import rules_of
from tests.parts.campaigns import campaign

KNOWN = ("cantonese", "life", "shanghainese", "unit-linked")
NAMES = st.sets(st.sampled_from(KNOWN))
HEADER = ("number", "skills")


def convert(cell: str, known: tuple[str, ...] = KNOWN) -> Converted | Rejected:
    columns = map_columns(HEADER, {}, skilled=bool(known))
    return Converter(columns, rules_of(campaign()), "GB", frozenset(known)).convert(
        Row(2, ("020 7946 0101", cell))
    )


@pytest.mark.parametrize(
    ("cell", "asked"),
    [
        ("", ()),
        ("Cantonese", ("cantonese",)),
        ("life, cantonese", ("cantonese", "life")),
        ("Unit linked;Life", ("life", "unit-linked")),
        ("cantonese|life / cantonese", ("cantonese", "life")),
        ("life\uff0ccantonese", ("cantonese", "life")),
    ],
)
def test_a_cell_names_what_the_lead_asks_for(cell: str, asked: tuple[str, ...]) -> None:
    made = convert(cell)
    assert isinstance(made, Converted)
    assert skills_of(made.lead.window_key) == asked
    assert zones_of(made.lead.window_key) == ("Europe/London",)
    assert "skills" not in made.lead.data


def test_a_name_that_is_no_skill_is_rejected_with_those_there_are() -> None:
    made = convert("cantonnese")
    assert isinstance(made, Rejected)
    assert made.code == "skills"
    assert "'cantonnese'" in made.reason
    assert "cantonese, life" in made.reason


def test_where_no_skills_are_configured_such_a_column_is_data_as_it_always_was() -> None:
    made = convert("fencing", ())
    assert isinstance(made, Converted)
    assert made.lead.window_key == "Europe/London"
    assert made.lead.data == {"skills": "fencing"}


@given(asked=NAMES, others=NAMES)
def test_a_key_keeps_its_zones_whatever_is_asked_for(asked: set[str], others: set[str]) -> None:
    for zones in ("", "Europe/London", "America/New_York|America/Chicago"):
        key = with_skills(with_skills(zones, others), asked)
        assert skills_of(key) == tuple(sorted(asked))
        assert zones_of(key) == zones_of(zones)
        assert with_skills(key, ()) == zones


def test_windows_open_by_the_zones_alone() -> None:
    rules = rules_of(campaign())
    noon, night = datetime(2026, 3, 4, 12, tzinfo=UTC), datetime(2026, 3, 4, 3, tzinfo=UTC)
    keys = ("Europe/London", "Europe/London#life", "#life")
    assert open_keys(keys, rules, noon) == keys
    assert open_keys(keys, rules, night) == ("#life",)
    assert next_opening(("Europe/London#life",), rules, night) == datetime(2026, 3, 4, 9, tzinfo=UTC)


def test_what_a_campaign_asks_for_joins_what_its_leads_ask_for() -> None:
    keys = ("A", "B", "A#life", "A#cantonese+life")
    assert lanes_of(keys, ()) == {
        "": ("A", "B"),
        "life": ("A#life",),
        "cantonese+life": ("A#cantonese+life",),
    }
    assert lanes_of(keys, ("life",)) == {
        "life": ("A", "B", "A#life"),
        "cantonese+life": ("A#cantonese+life",),
    }
