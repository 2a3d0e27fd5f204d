"""Leads that must be reached by an instant: what planning needs, what it decides, and how many were reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.tables import PENDING, WAITING, attempts, attempts_all, lead_numbers, leads
from storage.types import Instant, among, bound

_OPEN: Final = sa.text("deadline IS NOT NULL AND state IN ('pending', 'waiting')")
_FREE: Final = ("not_dialed", "congestion", "trunk_failed", "error")
_SAYS_NOTHING: Final = (*_FREE, "busy", "released", "do_not_call", "invalid", "rejected")
"""Outcomes that tell nothing of whether somebody is there at that hour."""


@dataclass(frozen=True, slots=True)
class ToPlan:
    """A lead to plan; `called` are the instants of its calls, `silent` of those nobody answered."""

    lead_id: int
    window_key: str
    deadline: datetime
    attempts: int
    state: str
    reason: str
    next_at: datetime | None
    segment: str
    called: tuple[datetime, ...] = ()
    silent: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """What was decided: the chance to reach it in time, its urgency (0 to 99), and when, if that is to change."""

    lead_id: int
    chance: float
    urgency: int
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class HourCount:
    """Calls of one hour (UTC) to one segment and window key, and how many of them a person answered."""

    segment: str
    window_key: str
    hour: datetime
    dialed: int
    answered: int


@dataclass(frozen=True, slots=True)
class DeadlineCounts:
    """Leads with a deadline: reached by it or later, overdue and never reached, still open, at risk among those."""

    leads: int
    reached: int
    reached_late: int
    overdue: int
    open: int
    at_risk: int


@dataclass(frozen=True, slots=True)
class AtRisk:
    """An open lead that will probably not be reached in time."""

    lead_id: int
    external_id: str | None
    deadline: datetime
    chance: float
    attempts: int
    next_at: datetime | None
    owner: str | None


async def to_plan(
    db: Database, campaign_id: str, *, stale_before: datetime, limit: int = 200
) -> tuple[ToPlan, ...]:
    """Return open leads with a deadline never planned, then those planned before an instant, oldest first."""
    first_kind = (
        sa.select(lead_numbers.c.kind)
        .where(lead_numbers.c.lead_id == leads.c.id)
        .order_by(lead_numbers.c.position, lead_numbers.c.id)
        .limit(1)
        .scalar_subquery()
    )
    columns = (
        leads.c.id,
        leads.c.window_key,
        leads.c.deadline,
        leads.c.attempts,
        leads.c.state,
        leads.c.reason,
        leads.c.next_at,
        sa.func.coalesce(first_kind, ""),
    )
    base = sa.select(*columns).where(_OPEN, leads.c.campaign_id == campaign_id, leads.c.callback_at.is_(None))
    async with db.read() as connection:
        rows = list(await connection.execute(base.where(leads.c.planned_at.is_(None)).limit(limit)))
        if len(rows) < limit:
            stale = base.where(leads.c.planned_at < stale_before).order_by(leads.c.planned_at)
            rows += list(await connection.execute(stale.limit(limit - len(rows))))
        calls = await _calls(connection, db.dialect, [row[0] for row in rows])
    return tuple(ToPlan(*row, *calls[row[0]]) for row in rows)


async def store(db: Database, plans: Sequence[Planned], *, now: datetime) -> None:
    """Keep plans; a lead in a call by now, or promised a call, is left alone."""
    if not plans:
        return
    own = sa.func.coalesce(leads.c.base_priority, leads.c.priority)
    at = sa.bindparam("p_next_at", type_=Instant())
    change = (
        sa.update(leads)
        .where(
            leads.c.id == sa.bindparam("p_lead"),
            sa.or_(PENDING, WAITING),
            leads.c.callback_at.is_(None),
        )
        .values(
            planned_at=sa.bindparam("p_now", type_=Instant()),
            chance=sa.bindparam("p_chance", type_=sa.Float),
            base_priority=own,
            priority=own + sa.bindparam("p_urgency", type_=sa.Integer),
            state=sa.case((at.is_not(None), "waiting"), else_=leads.c.state),
            reason=sa.case(
                (sa.and_(at.is_not(None), leads.c.state == "pending"), "planned"), else_=leads.c.reason
            ),
            next_at=sa.func.coalesce(at, leads.c.next_at),
        )
    )
    rows = [
        {
            "p_lead": one.lead_id,
            "p_now": now,
            "p_chance": one.chance,
            "p_urgency": one.urgency,
            "p_next_at": one.next_at,
        }
        for one in sorted(plans, key=lambda one: one.lead_id)
    ]

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(change, rows)

    await db.transact(work)


async def answers(
    db: Database, campaign_id: str, *, since: datetime, until: datetime
) -> tuple[HourCount, ...]:
    """Return what came of ended calls claimed in [since, until), by hour, segment (kind of number) and key."""
    person = sa.and_(attempts.c.answered_at.is_not(None), attempts.c.machine.is_(False))
    hour: sa.ColumnElement[Any] = (
        sa.func.date_trunc("hour", attempts.c.claimed_at, "UTC")
        if db.dialect == "postgresql"
        else sa.func.substr(sa.type_coerce(attempts.c.claimed_at, sa.Text), 1, 13)
    ).label("hour")
    query = (
        sa.select(
            sa.func.coalesce(lead_numbers.c.kind, ""),
            leads.c.window_key,
            hour,
            sa.func.count(),
            sa.func.sum(sa.case((person, 1), else_=0)),
        )
        .select_from(attempts)
        .join(leads, leads.c.id == attempts.c.lead_id)
        .outerjoin(lead_numbers, lead_numbers.c.id == attempts.c.number_id)
        .where(
            attempts.c.campaign_id == campaign_id,
            attempts.c.claimed_at >= since,
            attempts.c.claimed_at < until,
            attempts.c.state == "ended",
            attempts.c.inbound.is_(False),
            attempts.c.outcome.not_in(_SAYS_NOTHING),
        )
        .group_by(sa.literal_column("1"), sa.literal_column("2"), sa.literal_column("3"))
    )
    async with db.read() as connection:
        rows = await connection.execute(query)
        return tuple(HourCount(row[0], row[1], _hour(row[2]), row[3], int(row[4])) for row in rows)


async def counts(
    db: Database,
    campaign_id: str,
    *,
    now: datetime,
    at_risk_below: float,
    reached: Collection[str] = (),
    due_since: datetime | None = None,
    due_before: datetime | None = None,
) -> DeadlineCounts:
    """Count the campaign's leads with a deadline, or only those whose deadline is in [due_since, due_before).

    `reached`: dispositions that say a lead was reached; empty: any conversation.
    """
    talked = [attempts_all.c.lead_id == leads.c.id, attempts_all.c.bridged_at.is_not(None)]
    if reached:
        talked.append(attempts_all.c.disposition.in_(sorted(reached)))
    in_time = sa.exists().where(*talked, attempts_all.c.bridged_at <= leads.c.deadline)
    late = sa.and_(sa.exists().where(*talked), sa.not_(in_time))
    open_ = leads.c.state.not_in(("done", "excluded"))
    never = sa.not_(sa.exists().where(*talked))

    def count(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(*conditions), 1), else_=0)), 0)

    query = sa.select(
        sa.func.count(),
        count(in_time),
        count(late),
        count(never, leads.c.deadline <= now),
        count(open_, never, leads.c.deadline > now),
        count(open_, never, leads.c.deadline > now, leads.c.chance < at_risk_below),
    ).where(leads.c.campaign_id == campaign_id, leads.c.deadline.is_not(None))
    if due_since is not None:
        query = query.where(leads.c.deadline >= due_since)
    if due_before is not None:
        query = query.where(leads.c.deadline < due_before)
    async with db.read() as connection:
        return DeadlineCounts(*(await connection.execute(query)).one())


async def at_risk(
    db: Database, campaign_id: str, *, now: datetime, below: float, limit: int = 100
) -> tuple[AtRisk, ...]:
    """Return open leads whose chance to be reached in time is below `below`, nearest deadline first."""
    query = (
        sa.select(
            leads.c.id,
            leads.c.external_id,
            leads.c.deadline,
            leads.c.chance,
            leads.c.attempts,
            leads.c.next_at,
            leads.c.owner,
        )
        .where(_OPEN, leads.c.campaign_id == campaign_id, leads.c.deadline > now, leads.c.chance < below)
        .order_by(leads.c.deadline, leads.c.id)
        .limit(limit)
    )
    async with db.read() as connection:
        return tuple(AtRisk(*row) for row in await connection.execute(query))


async def _calls(
    connection: AsyncConnection, dialect: str, lead_ids: list[int]
) -> defaultdict[int, tuple[tuple[datetime, ...], tuple[datetime, ...]]]:
    found: defaultdict[int, tuple[tuple[datetime, ...], tuple[datetime, ...]]]
    found = defaultdict(lambda: ((), ()))
    if not lead_ids:
        return found
    query = sa.select(
        attempts.c.lead_id,
        attempts.c.claimed_at,
        attempts.c.outcome,
        attempts.c.answered_at,
        attempts.c.machine,
    ).where(
        among(attempts.c.lead_id, "ids", dialect),
        attempts.c.outcome.not_in(_FREE),
        attempts.c.inbound.is_(False),
    )
    for lead_id, at, outcome, answered_at, machine in await connection.execute(
        query, {"ids": bound(lead_ids, dialect)}
    ):
        called, silent = found[lead_id]
        unheard = (answered_at is None or machine) and outcome not in _SAYS_NOTHING
        found[lead_id] = ((*called, at), (*silent, at) if unheard else silent)
    return found


def _hour(value: datetime | str) -> datetime:
    if isinstance(value, str):
        return datetime.fromisoformat(value + ":00:00").replace(tzinfo=UTC)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
