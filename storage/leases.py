"""Leases on campaigns: which of the daemons that share a PostgreSQL leads each, by the database's own clock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from storage.database import Database
from storage.errors import BadUrl
from storage.tables import leases


async def take(db: Database, campaigns: Collection[str], *, holder: str, lease_s: float) -> frozenset[str]:
    """Take or renew the lease on each campaign that is free, run out or ours; return those that are ours now.

    The lease runs from the begin of the transaction, so it ends no sooner there than `lease_s` after this was called.
    """
    if db.dialect != "postgresql":
        raise BadUrl("leases need a PostgreSQL that the daemons share")
    if not campaigns:
        return frozenset()
    until = sa.func.now() + timedelta(seconds=lease_s)
    # In one order: two who take at the same time wait for each other instead of taking half each.
    rows = [{"campaign_id": one, "holder": holder, "expires_at": until} for one in sorted(campaigns)]
    adding = insert(leases).values(rows)
    mine = sa.or_(leases.c.holder == holder, leases.c.expires_at < sa.func.now())
    changed = {"holder": adding.excluded.holder, "expires_at": adding.excluded.expires_at}
    taking = adding.on_conflict_do_update(index_elements=["campaign_id"], set_=changed, where=mine)
    async with db.write() as connection:
        found = await connection.scalars(taking.returning(leases.c.campaign_id))
        return frozenset(found)


async def release(db: Database, *, holder: str) -> None:
    """Give up every lease of ours at once, so that nobody has to wait for it to run out."""
    async with db.write() as connection:
        await connection.execute(sa.delete(leases).where(leases.c.holder == holder))


async def holders(db: Database) -> dict[str, str]:
    """Return who holds which campaign now."""
    query = sa.select(leases.c.campaign_id, leases.c.holder).where(leases.c.expires_at >= sa.func.now())
    async with db.read() as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}
