"""Campaigns' run states; their definitions live in files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.records import CampaignRow
from storage.tables import RUN_STATES, campaigns
from storage.upsert import insert_ignoring, insert_or_set

_ROW = (campaigns.c.id, campaigns.c.state, campaigns.c.changed_at, campaigns.c.reason)


async def ensure(db: Database, campaign_id: str, *, now: datetime) -> CampaignRow:
    """Return the campaign's row, made in state stopped when it is new."""
    async with db.write() as connection:
        new = insert_ignoring(campaigns, db.dialect).values(id=campaign_id, state="stopped", changed_at=now)
        await connection.execute(new)
        found = await connection.execute(sa.select(*_ROW).where(campaigns.c.id == campaign_id))
        return CampaignRow(*found.one())


async def by_id(db: Database, campaign_id: str) -> CampaignRow | None:
    """Return the campaign's row; None when it was never started nor given leads."""
    async with db.read() as connection:
        found = (await connection.execute(sa.select(*_ROW).where(campaigns.c.id == campaign_id))).first()
        return CampaignRow(*found) if found else None


async def every(db: Database) -> tuple[CampaignRow, ...]:
    """Return all known campaigns in order of id."""
    async with db.read() as connection:
        return tuple(
            CampaignRow(*row) for row in await connection.execute(sa.select(*_ROW).order_by(campaigns.c.id))
        )


async def set_state(
    db: Database, campaign_id: str, state: str, *, now: datetime, reason: str = ""
) -> CampaignRow:
    """Set the run state (running, paused, draining, stopped), making the campaign when it is new."""
    if state not in RUN_STATES:
        raise ValueError(f"no run state: {state}")
    change = insert_or_set(campaigns, db.dialect, ("id",), ("state", "changed_at", "reason"))
    async with db.write() as connection:
        await connection.execute(change.values(id=campaign_id, state=state, changed_at=now, reason=reason))
    return CampaignRow(campaign_id, state, now, reason)


async def overrides(db: Database) -> dict[str, str]:
    """Return what was changed of campaigns at run time, as JSON by id; campaigns as written are left out."""
    query = sa.select(campaigns.c.id, campaigns.c.overrides).where(campaigns.c.overrides != "{}")
    async with db.read() as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}


async def override(db: Database, campaign_id: str, change: Callable[[str], str]) -> str:
    """Change what was changed of a campaign: `change` takes the kept JSON and gives the new one."""
    mine = campaigns.c.id == campaign_id
    async with db.write() as connection:
        reading = sa.select(campaigns.c.overrides).where(mine).with_for_update()
        text = change(await connection.scalar(reading) or "{}")
        await connection.execute(sa.update(campaigns).where(mine).values(overrides=text))
        return text
