"""Promised calls: making a lead the next one, and telling its agent's own ones that the agent is there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.deliveries import NewDelivery, write
from storage.leads import load, write_notes
from storage.records import Lead
from storage.tables import WAITING, leads

OWNER_AWAY: Final = "callback_owner_away"
"""Reason of a lead whose promised call waits for its own agent."""

NEXT_IN_LINE: Final = 1_000_000
"""Priority of a lead somebody asked to be called before all others."""


async def promise(
    db: Database,
    lead_id: int,
    *,
    now: datetime,
    at: datetime | None = None,
    owner: str | None = None,
    reason: str = "callback",
    messages: Sequence[NewDelivery] = (),
) -> bool:
    """Make a lead the next in line at `at` (None: now), for one agent where `owner` names one.

    Leads that were done are called again; `messages` go to other systems with the change. False, and nothing
    changes, where the lead is excluded or in a call.
    """
    due = now if at is None else max(at, now)
    state = "pending" if due <= now else "waiting"
    values: dict[str, object] = {
        "state": state,
        "next_at": due,
        "callback_at": due,
        "callback_owner": owner,
        "priority": sa.case((leads.c.priority > NEXT_IN_LINE, leads.c.priority), else_=NEXT_IN_LINE),
        "reason": reason,
        "changed_at": now,
    }
    if owner is not None:
        values["owner"] = owner
    free = leads.c.state.in_(("pending", "waiting", "done"))
    change = sa.update(leads).where(leads.c.id == lead_id, free).values(values)

    async def work(connection: AsyncConnection) -> bool:
        changed = (await connection.execute(change)).rowcount > 0
        if changed:
            await write_notes(connection, [lead_id], now, state, reason)
            await write(connection, messages)
        return changed

    return await db.transact(work)


async def wake(db: Database, campaign_id: str, owner: str, *, now: datetime) -> int:
    """Let the due calls promised by this agent, who is there now, be claimed at once; return how many."""
    change = (
        sa.update(leads)
        .where(
            leads.c.callback_owner == owner,
            leads.c.campaign_id == campaign_id,
            WAITING,
            leads.c.reason == OWNER_AWAY,
            leads.c.callback_at <= now,
        )
        .values(state="pending", next_at=leads.c.callback_at, changed_at=now)
    )

    async def work(connection: AsyncConnection) -> int:
        return (await connection.execute(change)).rowcount

    return await db.transact(work)


async def due(db: Database, campaign_id: str, owner: str, *, now: datetime) -> int:
    """Return how many calls promised by this agent are due."""
    query = sa.select(sa.func.count()).where(
        leads.c.callback_owner == owner,
        leads.c.campaign_id == campaign_id,
        leads.c.state.in_(("pending", "waiting")),
        leads.c.callback_at <= now,
    )
    async with db.read() as connection:
        return await connection.scalar(query) or 0


async def listed(
    db: Database, *, campaign_id: str | None = None, owner: str | None = None, limit: int = 100
) -> tuple[Lead, ...]:
    """Return leads with a promised call still to be made, the earliest promise first."""
    wanted = leads.c.callback_at.is_not(None) & leads.c.state.in_(("pending", "waiting"))
    if campaign_id is not None:
        wanted &= leads.c.campaign_id == campaign_id
    if owner is not None:
        wanted &= leads.c.callback_owner == owner
    return await load(db, wanted, limit, leads.c.callback_at)
