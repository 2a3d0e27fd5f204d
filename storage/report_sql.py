"""Instants and slots as reports reckon them, in the words of both databases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from storage.tables import attempts_all
from storage.types import Instant

LONGEST_RING: Final = timedelta(hours=1)
"""A call is answered within this time of its claim: lets a report by answer use the index by claim."""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, cut into slots of so many seconds from `since` on."""

    since: datetime
    until: datetime
    slot_s: int = 3600


def calls() -> sa.FromClause:
    """Every call there is a record of: the one place where reports read them."""
    return attempts_all


def answered(source: sa.FromClause) -> sa.ColumnElement[Any]:
    """The answer; of an abandoned call whose answer was not heard of, its end."""
    c = source.c
    unheard = sa.and_(c.abandoned, c.answered_at.is_(None))
    return sa.case((unheard, sa.func.coalesce(c.ended_at, c.dialed_at)), else_=c.answered_at)


def claimed_near(source: sa.FromClause, span: Span) -> tuple[sa.ColumnElement[bool], ...]:
    """What the index by claim can tell of the calls in a span."""
    return source.c.claimed_at >= span.since - LONGEST_RING, source.c.claimed_at < span.until


def within_span(moment: sa.ColumnElement[Any], span: Span) -> sa.ColumnElement[bool]:
    """Whether an instant is in the span.

    PostgreSQL takes two plain comparisons of an expression for a few rows in a hundred, and then plans for those.
    """
    since, until = sa.literal(span.since, Instant()), sa.literal(span.until, Instant())
    return sa.case((sa.and_(moment >= since, moment < until), sa.true()), else_=sa.false())


def slot_of(moment: sa.ColumnElement[Any], span: Span, dialect: str) -> sa.ColumnElement[Any]:
    """The slot an instant is in, as `slot_number` takes it."""
    if dialect == "postgresql":
        return sa.func.date_bin(timedelta(seconds=span.slot_s), moment, sa.literal(span.since, Instant()))
    return (_whole_seconds(moment) - round(span.since.timestamp())) // span.slot_s


def slot_number(found: datetime | int, span: Span) -> int:
    """A slot's number, from 0 on."""
    if isinstance(found, datetime):
        return round((found - span.since).total_seconds()) // span.slot_s
    return found


def seconds(
    later: sa.ColumnElement[Any], earlier: sa.ColumnElement[Any], dialect: str
) -> sa.ColumnElement[float]:
    """Seconds from one instant to another."""
    if dialect == "postgresql":
        return sa.cast(sa.func.extract("epoch", later - earlier), sa.Float)
    return sa.cast(_micros(later) - _micros(earlier), sa.Float) / 1e6  # type: ignore[return-value]


def no_later(
    later: sa.ColumnElement[Any], earlier: sa.ColumnElement[Any], limit_s: float, dialect: str
) -> sa.ColumnElement[bool]:
    """Whether from one instant to another it is `limit_s` at most."""
    if dialect == "postgresql":
        return later - earlier <= timedelta(seconds=limit_s)
    return _micros(later) - _micros(earlier) <= round(limit_s * 1e6)


def _whole_seconds(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    text = sa.func.substr(sa.type_coerce(moment, sa.Text), 1, 19)
    return sa.cast(sa.func.strftime("%s", text), sa.Integer)


def _micros(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    rest = sa.cast(sa.func.substr(sa.type_coerce(moment, sa.Text), 21, 6), sa.Integer)
    return _whole_seconds(moment) * 1_000_000 + rest
