"""Legal holds: a lead that somebody must keep is neither deleted, anonymised nor erased while it is held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.tables import holds
from storage.types import among, bound
from storage.upsert import insert_or_set


@dataclass(frozen=True, slots=True)
class Hold:
    """Who holds a lead, since when and why."""

    lead_id: int
    at: datetime
    actor: str
    reason: str


async def place(db: Database, lead_ids: Iterable[int], *, now: datetime, actor: str, reason: str) -> None:
    """Hold leads; one already held gets the new reason. Raises ValueError without a reason."""
    if not reason.strip():
        raise ValueError("a legal hold needs a reason")
    rows = [{"lead_id": one, "at": now, "actor": actor, "reason": reason} for one in sorted(set(lead_ids))]
    async with db.write() as connection:
        if rows:
            await connection.execute(
                insert_or_set(holds, db.dialect, ("lead_id",), ("actor", "reason")), rows
            )


async def release(db: Database, lead_ids: Iterable[int]) -> int:
    """Let leads go; return how many were held."""
    done = sa.delete(holds).where(holds.c.lead_id.in_(sorted(set(lead_ids))))
    async with db.write() as connection:
        return (await connection.execute(done)).rowcount


async def of_leads(db: Database, lead_ids: Iterable[int]) -> tuple[Hold, ...]:
    """Return the holds on these leads."""
    query = sa.select(holds).where(among(holds.c.lead_id, "ids", db.dialect)).order_by(holds.c.lead_id)
    async with db.read() as connection:
        found = await connection.execute(query, {"ids": bound(sorted(set(lead_ids)), db.dialect)})
        return tuple(Hold(row.lead_id, row.at, row.actor, row.reason) for row in found)


async def every(db: Database) -> tuple[Hold, ...]:
    """Return all holds, in order of lead."""
    async with db.read() as connection:
        found = await connection.execute(sa.select(holds).order_by(holds.c.lead_id))
        return tuple(Hold(row.lead_id, row.at, row.actor, row.reason) for row in found)
