"""What reports read: calls, agents' states and lists, summed by the database into cells.

A call belongs to one instant, that of its answer (of its dialing where nobody answered), as in the ledgers of
abandonment; so whatever is grouped by time agrees with them. All reports read calls through `calls()`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import report_cells
from storage.database import Database
from storage.report_cells import DIMENSIONS, MEASURES, NOT_A_CALL, LedgerClock
from storage.report_sql import Span, answered, calls, claimed_near, seconds, slot_number, slot_of, within_span
from storage.tables import agent_log, agents, control_blocks, leads
from storage.types import Instant

__all__ = (
    "DIMENSIONS", "MEASURES", "LedgerClock", "ListRow", "Span", "StateRow", "blocks", "cells", "lists", "states",
)  # fmt: skip

STATEMENT_TIMEOUT_S: Final = 300.0
_PAGE: Final = 1000
_FOR_MANY_ROWS: Final = (
    "enable_seqscan = on",
    "enable_sort = off",  # how many cells there will be, it cannot know: it would sort all calls of a day
    "work_mem = '64MB'",
    "plan_cache_mode = force_custom_plan",
    "parallel_setup_cost = 100",
)


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


async def cells(
    db: Database, campaign_id: str, span: Span, clocks: Sequence[LedgerClock] = ()
) -> list[tuple[Any, ...]]:
    """Return a campaign's calls in the span: DIMENSIONS, then MEASURES, then per clock those in time and short.

    The slot is a number from 0 on. Raises StorageError.
    """
    query = report_cells.query(db.dialect, campaign_id, span, clocks)
    found: list[tuple[Any, ...]] = []
    async with db.read() as connection:
        await _patient(connection, db.dialect)
        # Not streamed: a cursor's statement has no helpers on PostgreSQL.
        for page in (await connection.execute(query)).partitions(_PAGE):
            found += [(slot_number(row[0], span), *row[1:]) for row in page]
            await asyncio.sleep(0)
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
            StateRow(row[0], row[1] or "", row[2], slot_number(row[3], span), float(row[4] or 0.0), *row[5:])
            for row in rows
        ]


async def lists(db: Database, campaigns: Collection[str], span: Span) -> dict[str, list[ListRow]]:
    """Return each campaign's lists with their leads, oldest first; reads all leads of these campaigns once."""
    query = (
        sa.select(
            leads.c.campaign_id,
            leads.c.source,
            sa.func.min(leads.c.created_at, type_=Instant()),
            sa.func.count(),
            sa.func.count().filter(leads.c.attempts > 0),
            sa.func.count().filter(leads.c.state == "done"),
            sa.func.count().filter(leads.c.state == "excluded"),
        )
        .where(leads.c.campaign_id.in_(sorted(campaigns)))
        .group_by(leads.c.campaign_id, leads.c.source)
    )
    async with db.read() as connection:
        await _patient(connection, db.dialect)
        found = [tuple[Any, ...](row) for row in await connection.execute(query)]
        reached = await connection.execute(_reached(campaigns, span))
        called = {(row[0], row[1]): (row[2], row[3]) for row in reached}
    rows: dict[str, list[ListRow]] = {campaign: [] for campaign in campaigns}
    for campaign, list_id, added_at, there, tried, done, excluded in found:
        now = (there, tried, there - done - excluded, done, excluded)
        rows[campaign].append(ListRow(list_id, added_at, *now, *called.get((campaign, list_id), (0, 0))))
    for own in rows.values():
        own.sort(key=lambda row: (row.added_at is None, row.added_at, row.list_id))
    return rows


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
        for setting in (
            f"statement_timeout = {limit_ms}",
            "enable_seqscan = on",
            "enable_sort = off",  # how many cells there will be, it cannot know: it would sort all calls of a day
            "work_mem = '64MB'",
            "plan_cache_mode = force_custom_plan",
        ):
            await connection.execute(sa.text(f"SET LOCAL {setting}"))


def _reached(campaigns: Collection[str], span: Span) -> sa.Select[Any]:
    """By campaign and list: leads called in the span, and those of them that were reached."""
    call = calls()
    moment = sa.func.coalesce(answered(call), call.c.dialed_at, call.c.claimed_at, type_=Instant())
    each = (
        sa.select(
            call.c.campaign_id,
            report_cells.source_of(call).label("source"),
            sa.func.max(sa.case((call.c.bridged_at.is_not(None), 1), else_=0)).label("reached"),
        )
        .where(
            call.c.campaign_id.in_(sorted(campaigns)), *claimed_near(call, span), within_span(moment, span)
        )
        .where(call.c.dialed_at.is_not(None), call.c.inbound.is_(False), call.c.outcome.not_in(NOT_A_CALL))
        .where(call.c.lead_id != 0)
        .group_by(call.c.lead_id, sa.literal_column("1"), sa.literal_column("2"))
        .subquery("each")
    )
    return sa.select(
        each.c.campaign_id, each.c.source, sa.func.count(), sa.func.sum(each.c.reached)
    ).group_by(each.c.campaign_id, each.c.source)


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
    cut = (
        sa.select(
            *stays.c,
            slot_of(stays.c.at, span, dialect).label("slot"),
            slot_of(stays.c.ended, span, dialect).label("last_slot"),
        )
        .where(stays.c.state.not_in(("out", "logged_out")), stays.c.ended > stays.c.at)
        .offset(0)
        .subquery("cut")
    )
    within = cut.c.slot == cut.c.last_slot
    began = sa.case((within, None), else_=cut.c.at)
    ended_at = sa.case((within, None), else_=cut.c.ended)
    return sa.select(
        cut.c.agent_id,
        cut.c.campaign_id,
        cut.c.state,
        cut.c.slot,
        sa.func.sum(seconds(cut.c.ended, cut.c.at, dialect)).filter(within),
        sa.type_coerce(began, Instant()),
        sa.type_coerce(ended_at, Instant()),
    ).group_by(*(sa.literal_column(str(place)) for place in (1, 2, 3, 4, 6, 7)))
