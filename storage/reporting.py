"""What reports read: calls, agents' states and lists, summed by the database into cells.

A call belongs to one instant, that of its answer (of its dialing where nobody answered), as in the ledgers of
abandonment; so whatever is grouped by time agrees with them. All reports read calls through `calls()`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.tables import agent_log, agents, attempts_all, control_blocks, leads
from storage.types import Instant

NOT_A_CALL: Final = ("not_dialed", "error", "congestion", "trunk_failed")
"""Outcomes of attempts that never reached the network: no ledger counts them."""

DIMENSIONS: Final = ("slot", "agent", "trunk", "list", "outcome", "disposition", "cause", "inbound")
MEASURES: Final = (
    "attempts", "dials", "failed", "answered", "talked", "abandoned", "gave_up", "machines", "opted_out",
    "rang", "post_dial_s", "talk_s", "wait_s", "amounts", "amount_cents", "calls", "people", "unheard",
)  # fmt: skip
"""What each cell sums. `calls`, `people` and `unheard` are the ledgers' calls, people and machines by detection."""

LONGEST_RING: Final = timedelta(hours=1)
"""A call is answered within this time of its claim: lets a report by answer use the index by claim."""

STATEMENT_TIMEOUT_S: Final = 300.0
_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, cut into slots of so many seconds from `since` on."""

    since: datetime
    until: datetime
    slot_s: int = 3600


@dataclass(frozen=True, slots=True)
class LedgerClock:
    """How a ledger tells whether an agent came in time; `within_s` also bounds its short calls."""

    from_greeting: bool
    within_s: float


@dataclass(frozen=True, slots=True)
class ListRow:
    """One list (import) of a campaign: its leads now, and those called and reached in the time asked for."""

    list_id: str
    added_at: datetime | None
    leads: int = 0
    tried: int = 0
    open: int = 0
    done: int = 0
    excluded: int = 0
    called: int = 0
    reached: int = 0


@dataclass(frozen=True, slots=True)
class StateRow:
    """Seconds an agent was in a state within one slot; with `began` and `ended`, one stay over several slots."""

    agent: str
    campaign: str
    state: str
    slot: int
    seconds: float
    began: datetime | None = None
    ended: datetime | None = None


def calls() -> sa.FromClause:
    """Every call there is a record of: the one place where reports read them."""
    return attempts_all


async def cells(
    db: Database, campaign_id: str, span: Span, clocks: Sequence[LedgerClock] = ()
) -> list[tuple[Any, ...]]:
    """Return a campaign's calls in the span: DIMENSIONS, then MEASURES, then per clock those in time and short.

    The slot is a number from 0 on. Raises StorageError.
    """
    query = _cells(db.dialect, campaign_id, span, clocks)
    found: list[tuple[Any, ...]] = []
    async with db.read() as connection:
        await _patient(connection, db.dialect)
        result = await connection.stream(query)
        async for page in result.partitions(_PAGE):
            found += [(_slot_number(row[0], span), *row[1:]) for row in page]
    return found


async def states(db: Database, span: Span, now: datetime) -> list[StateRow]:
    """Return what agents did in the span, until `now` at the latest; being logged out is left out."""
    until = min(span.until, now)
    if until <= span.since:
        return []
    async with db.read() as connection:
        await _patient(connection, db.dialect)
        rows = await connection.execute(_states(db.dialect, span, until))
        return [
            StateRow(row[0], row[1] or "", row[2], _slot_number(row[3], span), float(row[4] or 0.0), *row[5:])
            for row in rows
        ]


async def lists(db: Database, campaign_id: str, span: Span) -> list[ListRow]:
    """Return the campaign's lists with their leads, oldest first; reads all leads of the campaign."""
    tried = sa.func.count().filter(leads.c.attempts > 0)
    query = (
        sa.select(
            leads.c.source,
            sa.func.min(leads.c.created_at, type_=Instant()),
            sa.func.count(),
            tried,
            sa.func.count().filter(leads.c.state.not_in(("done", "excluded"))),
            sa.func.count().filter(leads.c.state == "done"),
            sa.func.count().filter(leads.c.state == "excluded"),
        )
        .where(leads.c.campaign_id == campaign_id)
        .group_by(leads.c.source)
    )
    source = calls()
    late = (
        sa.select(
            leads.c.source,
            sa.func.count(source.c.lead_id.distinct()),
            sa.func.count(source.c.lead_id.distinct()).filter(source.c.bridged_at.is_not(None)),
        )
        .select_from(source.join(leads, leads.c.id == source.c.lead_id))
        .where(*_in_span(source, campaign_id, span), source.c.dialed_at.is_not(None))
        .where(source.c.inbound.is_(False), source.c.outcome.not_in(NOT_A_CALL))
        .group_by(leads.c.source)
    )
    async with db.read() as connection:
        await _patient(connection, db.dialect)
        found = [tuple[Any, ...](row) for row in await connection.execute(query)]
        called = {row[0]: (row[1], row[2]) for row in await connection.execute(late)}
    rows = [ListRow(*(*row, *called.get(row[0], (0, 0)))) for row in found]
    return sorted(rows, key=lambda row: (row.added_at is None, row.added_at, row.list_id))


async def blocks(db: Database, campaign_id: str, span: Span) -> list[tuple[datetime, bool]]:
    """Return the blocks that began in the span, and whether each dialed one line per agent, oldest first."""
    query = (
        sa.select(control_blocks.c.began_at, control_blocks.c.one_line)
        .where(control_blocks.c.campaign_id == campaign_id)
        .where(control_blocks.c.began_at >= span.since, control_blocks.c.began_at < span.until)
        .order_by(control_blocks.c.began_at)
    )
    async with db.read() as connection:
        return [(row[0], row[1]) for row in await connection.execute(query)]


async def _patient(connection: AsyncConnection, dialect: str) -> None:
    """Let this transaction's statements take longer than a call's, and read tables whole where that is best."""
    if dialect == "postgresql":
        limit_ms = round(STATEMENT_TIMEOUT_S * 1000)
        for setting in (f"statement_timeout = {limit_ms}", "enable_seqscan = on", "work_mem = '64MB'"):
            await connection.execute(sa.text(f"SET LOCAL {setting}"))


def _cells(dialect: str, campaign_id: str, span: Span, clocks: Sequence[LedgerClock]) -> sa.Select[Any]:
    source = calls()
    c = source.c
    outbound = c.inbound.is_(False)
    dialed = sa.and_(c.dialed_at.is_not(None), outbound)
    placed = sa.and_(dialed, c.outcome.not_in(NOT_A_CALL))
    counted = sa.and_(c.state == "ended", c.dialed_at.is_not(None), c.outcome.not_in(NOT_A_CALL))
    answered = _answered(source)
    connected = sa.and_(c.bridged_at.is_not(None), c.abandoned.is_(False))
    unheard = sa.and_(c.machine, c.abandoned.is_(False), c.bridged_at.is_(None))
    slot = _slot(_moment(source), span, dialect).label("slot")
    source_of = sa.func.coalesce(leads.c.source, "")  # a lead may be gone by now
    keys = (slot, c.agent, c.trunk, source_of, c.outcome, c.disposition, c.cause, c.inbound)
    sums: list[sa.ColumnElement[Any]] = [
        sa.func.count(),
        _count(placed),
        _count(dialed, c.outcome.in_(NOT_A_CALL)),
        _count(placed, answered.is_not(None)),
        _count(c.bridged_at.is_not(None)),
        _count(c.abandoned),
        _count(c.gave_up),
        _count(c.machine),
        _count(c.opted_out),
        _count(placed, c.ringing_at.is_not(None)),
        _total(_seconds(c.ringing_at, c.dialed_at, dialect), placed),
        _total(c.talk_s),
        _total(c.wait_s),
        sa.func.count(c.amount_cents),
        sa.func.coalesce(sa.cast(sa.func.sum(c.amount_cents), sa.BigInteger), 0),
        _count(counted),
        _count(counted, answered.is_not(None), sa.not_(unheard)),
        _count(counted, answered.is_not(None), unheard),
    ]
    for clock in clocks:
        begin = answered
        if clock.from_greeting:
            begin = sa.case((c.greeting_end_at > answered, c.greeting_end_at), else_=answered)
        in_time = _within(c.bridged_at, begin, clock.within_s, dialect)
        short = _within(c.ended_at, answered, clock.within_s, dialect)
        sums += [
            _count(counted, answered.is_not(None), sa.not_(unheard), connected, in_time),
            _count(counted, answered.is_not(None), short),
        ]
    return (
        sa.select(*keys, *sums)
        .select_from(source.outerjoin(leads, leads.c.id == c.lead_id))
        .where(*_in_span(source, campaign_id, span))
        .group_by(*(sa.literal_column(str(place)) for place in range(1, len(keys) + 1)))
    )


def _states(dialect: str, span: Span, until: datetime) -> sa.Select[Any]:
    """Sum stays by agent, campaign, state and slot; a stay over several slots comes as a row of its own."""
    log, before = agent_log, agent_log.alias("before")
    since = sa.literal(span.since, Instant())
    last = (
        sa.select(before.c.id)
        .where(before.c.agent_id == agents.c.id, before.c.at < span.since)
        .order_by(before.c.at.desc(), before.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    entered = sa.select(log.c.agent_id, log.c.campaign_id, log.c.state, since.label("at"), log.c.id).join(
        agents, log.c.id == last
    )
    changed = sa.select(log.c.agent_id, log.c.campaign_id, log.c.state, log.c.at, log.c.id).where(
        log.c.agent_id.in_(sa.select(agents.c.id)), log.c.at >= span.since, log.c.at < until
    )
    seen = sa.union_all(entered, changed).subquery("seen")
    following = sa.func.lead(seen.c.at).over(partition_by=seen.c.agent_id, order_by=(seen.c.at, seen.c.id))
    ended = sa.func.coalesce(following, sa.literal(until, Instant()), type_=Instant()).label("ended")
    stays = sa.select(seen.c.agent_id, seen.c.campaign_id, seen.c.state, seen.c.at, ended).subquery("stays")
    slot, last_slot = _slot(stays.c.at, span, dialect), _slot(stays.c.ended, span, dialect)
    within = slot == last_slot
    seconds = sa.func.sum(_seconds(stays.c.ended, stays.c.at, dialect)).filter(within)
    began = sa.case((within, None), else_=stays.c.at)
    ended_at = sa.case((within, None), else_=stays.c.ended)
    return (
        sa.select(
            stays.c.agent_id,
            stays.c.campaign_id,
            stays.c.state,
            slot,
            seconds,
            sa.type_coerce(began, Instant()),
            sa.type_coerce(ended_at, Instant()),
        )
        .where(stays.c.state.not_in(("out", "logged_out")), stays.c.ended > stays.c.at)
        .group_by(*(sa.literal_column(str(place)) for place in (1, 2, 3, 4, 6, 7)))
    )


def _answered(source: sa.FromClause) -> sa.ColumnElement[Any]:
    """The answer; of an abandoned call whose answer was not heard of, its end."""
    c = source.c
    unheard = sa.and_(c.abandoned, c.answered_at.is_(None))
    return sa.case((unheard, sa.func.coalesce(c.ended_at, c.dialed_at)), else_=c.answered_at)


def _moment(source: sa.FromClause) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(_answered(source), source.c.dialed_at, source.c.claimed_at, type_=Instant())


def _in_span(source: sa.FromClause, campaign_id: str, span: Span) -> tuple[sa.ColumnElement[bool], ...]:
    moment = _moment(source)
    return (
        source.c.campaign_id == campaign_id,
        source.c.claimed_at >= span.since - LONGEST_RING,
        source.c.claimed_at < span.until,
        moment >= sa.literal(span.since, Instant()),
        moment < sa.literal(span.until, Instant()),
    )


def _count(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.count().filter(*conditions)


def _total(value: sa.ColumnElement[Any], *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[float]:
    summed = sa.func.sum(value)
    return sa.func.coalesce(summed.filter(*conditions) if conditions else summed, 0.0)


def _slot(moment: sa.ColumnElement[Any], span: Span, dialect: str) -> sa.ColumnElement[Any]:
    if dialect == "postgresql":
        return sa.func.date_bin(timedelta(seconds=span.slot_s), moment, sa.literal(span.since, Instant()))
    return (_whole_seconds(moment) - round(span.since.timestamp())) // span.slot_s


def _slot_number(slot: datetime | int, span: Span) -> int:
    if isinstance(slot, datetime):
        return round((slot - span.since).total_seconds()) // span.slot_s
    return slot


def _whole_seconds(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    text = sa.func.substr(sa.type_coerce(moment, sa.Text), 1, 19)
    return sa.cast(sa.func.strftime("%s", text), sa.Integer)


def _micros(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    rest = sa.cast(sa.func.substr(sa.type_coerce(moment, sa.Text), 21, 6), sa.Integer)
    return _whole_seconds(moment) * 1_000_000 + rest


def _seconds(
    later: sa.ColumnElement[Any], earlier: sa.ColumnElement[Any], dialect: str
) -> sa.ColumnElement[float]:
    if dialect == "postgresql":
        return sa.cast(sa.func.extract("epoch", later - earlier), sa.Float)
    return sa.cast(_micros(later) - _micros(earlier), sa.Float) / 1e6  # type: ignore[return-value]


def _within(
    later: sa.ColumnElement[Any], earlier: sa.ColumnElement[Any], limit_s: float, dialect: str
) -> sa.ColumnElement[bool]:
    if dialect == "postgresql":
        return later - earlier <= timedelta(seconds=limit_s)
    return _micros(later) - _micros(earlier) <= round(limit_s * 1e6)
