"""The pure parts of the website: patches, scripts, limits of guessing, what a request may hold."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.access.limits import MOST_KEYS, Failures
from dialer.access.passwords import BadPassword, checked
from dialer.board.figures import Figures
from dialer.board.patch import difference, without_nulls
from dialer.control import ControlError
from dialer.web.desk import wishes
from dialer.web.desk.places import place_of
from dialer.web.desk.script import MISSING, filled

SCALARS = st.booleans() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=3)
DOCUMENTS = st.recursive(
    st.dictionaries(st.sampled_from("abcd"), SCALARS, max_size=4),
    lambda inner: st.dictionaries(st.sampled_from("abcd"), SCALARS | inner, max_size=4),
    max_leaves=12,
)


def merged(document: Any, patch: Any) -> Any:
    """RFC 7396, as its own words have it."""
    if not isinstance(patch, dict):
        return patch
    whole = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            whole.pop(key, None)
        else:
            whole[key] = merged(whole.get(key), value)
    return whole


@given(DOCUMENTS, DOCUMENTS)
def test_a_difference_makes_the_new_document_of_the_old(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert merged(old, difference(old, new)) == new
    assert difference(new, new) == {}


def test_documents_hold_no_nulls() -> None:
    assert without_nulls({"a": None, "b": {"c": None, "d": 0}}) == {"b": {"d": 0}}


@given(st.text(max_size=40), st.dictionaries(st.text(max_size=6), st.text(max_size=20), max_size=4))
def test_a_script_keeps_its_words_whatever_the_data_holds(line: str, values: dict[str, str]) -> None:
    shown = filled([line], values)[0]
    assert all(value in shown["text"] for value in shown["fields"])
    assert filled(["no places"], values) == [{"text": "no places", "fields": []}]


def test_data_that_looks_like_a_place_is_not_filled_again() -> None:
    shown = filled(["{ Name } owes {amount} to {nobody}"], {"name": "{amount}", "Amount": "<b>5</b>"})[0]
    assert shown == {"text": f"{{amount}} owes <b>5</b> to {MISSING}", "fields": ["{amount}", "<b>5</b>"]}


@given(st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_no_more_than_so_many_failures_within_the_window(steps: list[float]) -> None:
    failures, now, let_through = Failures(3, 60.0), 0.0, []
    for step in steps:
        now += step
        if failures.wait_s("k", now) <= 0:
            failures.failed("k", now)
            let_through.append(now)
    for at in let_through:
        assert sum(1 for one in let_through if at - 60 < one <= at) <= 3


def test_failures_of_many_keys_take_bounded_memory() -> None:
    failures = Failures(3, 60.0)
    for n in range(MOST_KEYS + 100):
        failures.failed(str(n), 0.0)
    assert len(failures) == MOST_KEYS
    failures.forgive(str(MOST_KEYS))
    assert failures.wait_s(str(MOST_KEYS), 0.0) == 0


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaaa", "x" * 201])
def test_weak_and_endless_passwords_are_refused_with_advice(password: str) -> None:
    with pytest.raises(BadPassword, match="sentence"):
        checked(password)


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_whatever_a_page_sends_is_a_wish_or_a_refusal(message: str | bytes) -> None:
    with contextlib.suppress(ControlError):
        assert isinstance(wishes.read(message), wishes.Wish)
    text = message if isinstance(message, str) else message.decode(errors="replace")
    assert abs(wishes.number_of(text)) <= 1 << 53


def test_figures_integrate_who_works_and_count_what_happens() -> None:
    figures = Figures(0.0)
    figures.advance(0.0, working=2, talking=0)
    figures.advance(600.0, working=2, talking=1)
    figures.hear({"fact": "agent_state", "agent": "a", "state": "ready", "at": 600.0}, 600.0)
    figures.hear({"fact": "agent_state", "agent": "a", "state": "talking", "at": 630.0}, 630.0)
    figures.advance(1200.0, working=2, talking=1)
    for n, answered in enumerate((True, False)):
        figures.hear({"fact": "attempt_dialed", "attempt": str(n), "at": 1200.0}, 1200.0)
        if answered:
            figures.hear({"fact": "attempt_answered", "attempt": str(n), "at": 1210.0}, 1210.0)
        else:
            ended = {"fact": "attempt_ended", "attempt": str(n), "at": 1230.0, "outcome": "no_answer"}
            figures.hear(ended, 1230.0)
    shown = figures.shown(1230.0)
    assert shown["wait_s"] == 30.0
    assert shown["wait_one_line_s"] == 40.0  # ten seconds that brought a person, thirty that did not
    assert shown["talk_min_h"] == 15.0  # one of two agents talked half of the time
    assert figures.answer_rate(1230.0) == 0.5
    columns = figures.history(1230.0, 1.0)
    assert columns["at"] == sorted(columns["at"])
    assert figures.dialed_at == {}


def test_the_place_is_the_first_filled_column_that_means_one() -> None:
    assert place_of({"product": "life", "Town ": "", "Wohnort": " Köln\n am  Rhein"}) == "Köln am Rhein"
    assert place_of({"street": "Main St"}) == ""
    assert len(place_of({"CITY": "x" * 1000})) == 60
