"""Agents: who they are, the interval each chose, their last durable state and its log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from storage.database import Database
from storage.records import AgentLogRow, AgentRow
from storage.tables import agent_log, agents
from storage.upsert import insert_or_set

_ROW: Final[tuple[sa.ColumnElement[Any], ...]] = (
    agents.c.id,
    agents.c.name,
    agents.c.endpoint,
    agents.c.interval_s,
    agents.c.campaign_id,
    agents.c.state,
    agents.c.state_at,
    agents.c.state_reason,
    agents.c.removed_at,
    agents.c.skills,
)


async def add(
    db: Database,
    agent_id: str,
    *,
    now: datetime,
    name: str = "",
    endpoint: str = "",
    campaign_id: str | None = None,
    interval_s: float | None = None,
) -> AgentRow:
    """Add an agent, or give a known one this name, endpoint and campaign.

    A known agent keeps the durable state, and the interval too unless one is given.
    """
    change = ["name", "endpoint", "campaign_id", "removed_at"]
    if interval_s is not None:
        change.append("interval_s")
    statement = insert_or_set(agents, db.dialect, ("id",), change).values(
        id=agent_id,
        name=name,
        endpoint=endpoint,
        campaign_id=campaign_id,
        interval_s=interval_s,
        state="logged_out",
        state_at=now,
        removed_at=None,
    )
    async with db.write() as connection:
        await connection.execute(statement)
        found = await connection.execute(sa.select(*_ROW).where(agents.c.id == agent_id))
        return AgentRow(*found.one())


async def by_id(db: Database, agent_id: str) -> AgentRow | None:
    """Return the agent, also a removed one."""
    async with db.read() as connection:
        found = (await connection.execute(sa.select(*_ROW).where(agents.c.id == agent_id))).first()
        return AgentRow(*found) if found else None


async def every(
    db: Database, *, campaign_id: str | None = None, removed: bool = False
) -> tuple[AgentRow, ...]:
    """Return agents in order of id; removed ones only when asked for."""
    query = sa.select(*_ROW).order_by(agents.c.id)
    if campaign_id is not None:
        query = query.where(agents.c.campaign_id == campaign_id)
    if not removed:
        query = query.where(agents.c.removed_at.is_(None))
    async with db.read() as connection:
        return tuple(AgentRow(*row) for row in await connection.execute(query))


async def set_interval(db: Database, agent_id: str, interval_s: float | None) -> bool:
    """Set the agent's own call interval; None goes back to the campaign's. False: no such agent."""
    return await _set(db, agent_id, {"interval_s": interval_s})


async def set_skills(db: Database, agent_id: str, skills: tuple[str, ...] | None) -> bool:
    """Set what the agent can do; None goes back to the configuration's. False: no such agent."""
    return await _set(db, agent_id, {"skills": skills})


async def set_campaign(db: Database, agent_id: str, campaign_id: str | None) -> bool:
    """Put the agent on a campaign's floor. False: no such agent."""
    return await _set(db, agent_id, {"campaign_id": campaign_id})


async def remove(db: Database, agent_id: str, *, now: datetime) -> bool:
    """Take the agent off the list; the log and the calls stay. False: no such agent."""
    return await _set(db, agent_id, {"removed_at": now})


async def log(db: Database, agent_id: str, *, since: datetime) -> tuple[AgentLogRow, ...]:
    """Return the agent's changes of state since an instant, oldest first."""
    query = (
        sa.select(
            agent_log.c.agent_id,
            agent_log.c.at,
            agent_log.c.state,
            agent_log.c.reason,
            agent_log.c.campaign_id,
        )
        .where(agent_log.c.agent_id == agent_id, agent_log.c.at >= since)
        .order_by(agent_log.c.at, agent_log.c.id)
    )
    async with db.read() as connection:
        return tuple(AgentLogRow(*row) for row in await connection.execute(query))


async def _set(db: Database, agent_id: str, values: dict[str, object]) -> bool:
    async with db.write() as connection:
        done = await connection.execute(sa.update(agents).where(agents.c.id == agent_id).values(values))
        return done.rowcount > 0
