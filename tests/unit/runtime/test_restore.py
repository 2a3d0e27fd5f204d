"""Who talks on which call after a restart, by the books and by the bridges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dialer.runtime.restore import talking_of

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)


@dataclass
class _Attempt:
    attempt_id: str
    agent: str | None
    bridged_at: datetime | None = AT


def _talking(
    attempts: list[Any], pairs: dict[str, str], passed: frozenset[str] = frozenset()
) -> dict[str, str]:
    return talking_of(attempts, pairs, passed)


def test_the_bridge_tells_more_than_the_books_when_another_agent_took_the_call() -> None:
    assert _talking([_Attempt("c-1", "anna")], {"c-1": "ben"}) == {"ben": "c-1"}


def test_the_books_name_the_agent_of_a_call_that_no_bridge_shows() -> None:
    assert _talking([_Attempt("c-1", "anna"), _Attempt("c-2", "ben", None)], {}) == {"anna": "c-1"}


def test_an_agent_is_in_the_call_of_the_bridge_not_in_the_earlier_one() -> None:
    assert _talking([_Attempt("c-1", "anna")], {"c-2": "anna"}) == {"anna": "c-2"}


def test_a_call_that_a_third_party_has_is_no_agents() -> None:
    assert _talking([_Attempt("c-1", "anna")], {}, frozenset({"c-1"})) == {}
