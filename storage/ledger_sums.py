"""What ledgers of abandonment count, summed by the database: a window may hold millions of calls."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from storage.database import Database
from storage.tables import attempts_all, ledger_days
from storage.types import Instant, among, bound


@dataclass(frozen=True, slots=True)
class Measure:
    """What counts as in time: an agent within so long of the answer, or of the greeting's end where it is known."""

    within_s: float
    from_greeting: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """Calls by what became of them, under one measure; `short` are answered calls not longer than its time."""

    live: int
    abandoned: int
    agent_machines: int
    short: int


@dataclass(frozen=True, slots=True)
class Minute:
    """Calls answered in a minute (dialed in it, where nobody answered), counted from the epoch: all of it or a part."""

    minute: int
    calls: int
    machines: int
    by_measure: tuple[Sums, ...]


@dataclass(frozen=True, slots=True)
class Counting:
    """Which calls count, and how: outcomes that are no calls, dispositions that mean a machine."""

    measures: tuple[Measure, ...]
    no_call: frozenset[str]
    machine_codes: frozenset[str]

    @property
    def name(self) -> str:
        """The same text for the same rule."""
        clocks = [[one.within_s, one.from_greeting] for one in self.measures]
        return msgspec.json.encode([clocks, sorted(self.no_call), sorted(self.machine_codes)]).decode()


SLICE: Final = timedelta(days=1)
"""So much is summed at a time, cut by UTC: no statement lasts as long as a database lets one last."""

Row = list[int]
"""A minute, its calls and machines, then for each measure the sums in their order."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ROWS: Final = msgspec.json.Decoder(list[Row])


async def by_minute(
    db: Database,
    campaign_id: str,
    how: Counting,
    *,
    since: datetime,
    until: datetime,
    ids: Collection[str] = (),
) -> tuple[tuple[Minute, ...], frozenset[str]]:
    """Return the sums of a campaign's ended calls claimed in [since, until), and which of `ids` are in them.

    Both are of one instant. The plain sums over the same rows are the same, to the microsecond at every limit.
    """
    found: list[Minute] = []
    async with db.read() as connection:
        if db.dialect == "postgresql":
            await connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            await connection.execute(sa.text("SET LOCAL enable_sort = off"))  # a day's minutes are few
        kept = await kept_sums(connection, campaign_id, how, since, until)
        for begin, end in slices(since, until):
            text = kept.get((begin, end))
            rows = _ROWS.decode(text) if text else await sums(connection, campaign_id, how, begin, end)
            found += [_minute(row, len(how.measures)) for row in rows]
        return tuple(found), await _counted_of(connection, how, campaign_id, since, until, ids)


def slices(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The time from one instant to another, cut at whole slices."""
    begin = since
    while begin < until:
        end = min(_EPOCH + ((begin - _EPOCH) // SLICE + 1) * SLICE, until)
        yield begin, end
        begin = end


async def sums(
    connection: AsyncConnection, campaign_id: str, how: Counting, since: datetime, until: datetime
) -> list[Row]:
    """Count one slice's calls."""
    query = _sums(how, _counted(how, campaign_id))
    rows = await connection.execute(query, {"since": since, "until": until})
    return [[int(value) for value in row] for row in rows]


async def kept_sums(
    connection: AsyncConnection, campaign_id: str, how: Counting, since: datetime, until: datetime
) -> dict[tuple[datetime, datetime], str]:
    """The slices between two instants that were counted by this rule, and kept, as `ledger_days` keeps them."""
    if connection.dialect.name != "postgresql":
        return {}
    day = ledger_days.c
    query = sa.select(day.since, day.until, day.sums).where(
        day.campaign_id == campaign_id, day.since >= since, day.until <= until, day.how == how.name
    )
    return {(row[0], row[1]): row[2] for row in await connection.execute(query)}


async def _counted_of(
    connection: AsyncConnection,
    how: Counting,
    campaign_id: str,
    since: datetime,
    until: datetime,
    ids: Collection[str],
) -> frozenset[str]:
    if not ids:
        return frozenset()
    dialect, call = connection.dialect.name, attempts_all
    query = sa.select(call.c.id).where(_counted(how, campaign_id), among(call.c.id, "ids", dialect))
    given = {"since": since, "until": until, "ids": bound(sorted(ids), dialect)}
    return frozenset((await connection.execute(query, given)).scalars())


def _counted(how: Counting, campaign_id: str) -> sa.ColumnElement[bool]:
    call = attempts_all
    return sa.and_(
        call.c.campaign_id == campaign_id,
        call.c.claimed_at >= sa.bindparam("since", type_=Instant),
        call.c.claimed_at < sa.bindparam("until", type_=Instant),
        call.c.state != "live",
        call.c.dialed_at.is_not(None),
        call.c.outcome.not_in(sorted(how.no_call)),
    )


def _sums(how: Counting, counted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """One row a minute. Each call's instants are reckoned once, within; the sums stand around that."""
    call = attempts_all
    answered = sa.case(
        (call.c.answered_at.is_not(None), call.c.answered_at),
        (call.c.abandoned, sa.func.coalesce(call.c.ended_at, call.c.dialed_at)),
    )
    one = (
        sa.select(
            epoch_minute(sa.func.coalesce(answered, call.c.dialed_at)).label("minute"),
            answered.is_not(None).label("answered"),
            (call.c.machine & ~call.c.abandoned & call.c.bridged_at.is_(None)).label("machine"),
            call.c.disposition.in_(sorted(how.machine_codes)).label("agent_machine"),
            (~call.c.abandoned & call.c.bridged_at.is_not(None)).label("connected"),
            (epoch_s(call.c.bridged_at) - epoch_s(answered)).label("after_answer_s"),
            (epoch_s(call.c.bridged_at) - epoch_s(call.c.greeting_end_at)).label("after_greeting_s"),
            lasted_s(answered, call.c.ended_at).label("length_s"),
        )
        .where(counted)
        .offset(0)  # keeps both databases from reckoning an instant anew in each of the sums
        .subquery("one")
    )
    columns: list[sa.ColumnElement[Any]] = [
        one.c.minute,
        sa.func.count(),
        _count(one.c.answered & one.c.machine),
    ]
    for measure in how.measures:
        in_time = one.c.connected & (_after_s(one, measure) <= measure.within_s)
        person = one.c.answered & ~one.c.machine
        columns += [
            _count(person & in_time),
            _count(person & ~in_time),
            _count(person & in_time & one.c.agent_machine),
            _count(
                one.c.answered & (sa.func.coalesce(one.c.length_s, measure.within_s + 1) <= measure.within_s)
            ),
        ]
    return sa.select(*columns).group_by(one.c.minute)


def _after_s(one: sa.Subquery, measure: Measure) -> sa.ColumnElement[float]:
    """How long after the clock began an agent came: the later beginning is the shorter time."""
    if not measure.from_greeting:
        return one.c.after_answer_s
    shorter = one.c.after_greeting_s < one.c.after_answer_s
    return sa.case((shorter, one.c.after_greeting_s), else_=one.c.after_answer_s)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    # What is unknown (an instant that is not there) counts as not so, as in `not in_time` above.
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _minute(row: Row, measures: int) -> Minute:
    minute, calls, machines, *counts = row
    each = (Sums(*counts[4 * place : 4 * place + 4]) for place in range(measures))
    return Minute(minute, calls, machines, tuple(each))


class epoch_s(GenericFunction[float]):  # noqa: N801 - a function of SQL
    """Seconds since the epoch, as the number Python makes of the instant."""

    type = sa.Float()
    inherit_cache = True


class epoch_minute(GenericFunction[int]):  # noqa: N801 - a function of SQL
    """Whole minutes since the epoch."""

    type = sa.BigInteger()
    inherit_cache = True


class lasted_s(GenericFunction[float]):  # noqa: N801 - a function of SQL
    """Seconds from one instant to another."""

    type = sa.Float()
    inherit_cache = True


@compiles(epoch_s)
def _epoch_s(element: epoch_s, compiler: SQLCompiler, **kw: Any) -> str:
    (at,) = _arguments(element, compiler, kw)
    if compiler.dialect.name == "postgresql":
        return f"date_part('epoch', {at})"
    return f"({_micros(at)} / 1000000.0)"


@compiles(epoch_minute)
def _epoch_minute(element: epoch_minute, compiler: SQLCompiler, **kw: Any) -> str:
    (at,) = _arguments(element, compiler, kw)
    if compiler.dialect.name == "postgresql":
        return f"CAST(floor(date_part('epoch', {at}) / 60) AS bigint)"
    return f"(CAST(strftime('%s', {at}) AS INTEGER) / 60)"


@compiles(lasted_s)
def _lasted_s(element: lasted_s, compiler: SQLCompiler, **kw: Any) -> str:
    begin, end = _arguments(element, compiler, kw)
    if compiler.dialect.name == "postgresql":
        return f"date_part('epoch', {end} - {begin})"
    return f"(({_micros(end)} - {_micros(begin)}) / 1000000.0)"


def _micros(at: str) -> str:
    """Microseconds since the epoch of an instant as SQLite keeps it: text with six digits after the point."""
    return f"(CAST(strftime('%s', {at}) AS INTEGER) * 1000000 + CAST(substr({at}, 21, 6) AS INTEGER))"


def _arguments(element: GenericFunction[Any], compiler: SQLCompiler, kw: dict[str, Any]) -> list[str]:
    return [compiler.process(one, **kw) for one in element.clauses]
