"""Made-up leads for tests of the memory."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from storage import Accept, Candidate, Judgement, NewLead, NewNumber

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

_serial = itertools.count(1)


def lead(number: str = "", **fields: object) -> NewLead:
    """A lead with one number, its own unless given."""
    e164 = number or f"+4930{next(_serial):08d}"
    return NewLead(numbers=(NewNumber(e164, "fixed_line", ("Europe/Berlin",)),), **fields)  # type: ignore[arg-type]


def take_first(candidate: Candidate) -> Judgement:
    """A judge that accepts everyone, on the first number."""
    return Accept(candidate.numbers[0].number_id, f"c-test-1-{next(_serial)}")
