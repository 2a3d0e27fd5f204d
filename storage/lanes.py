"""Open leads by window key, counted up to a bound, and leads given another key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.leads import write_notes
from storage.tables import PENDING, WAITING, leads
from storage.types import among, bound

_COUNTED: Final = """
    (SELECT count(*) FROM (SELECT 1 FROM leads
        WHERE campaign_id = :campaign AND state = '{state}' AND window_key = {key} LIMIT :most) {state}_ones)"""
_OPEN: Final = "SELECT {key}, {pending} + {waiting} FROM {keys}"


async def count_open(
    db: Database, campaign_id: str, keys: Sequence[str], *, most: int = 1001
) -> dict[str, int]:
    """Return how many pending and waiting leads each window key has; of either no more than `most` are counted."""
    values = {"campaign": campaign_id, "keys": bound(list(keys), db.dialect), "most": most}
    async with db.read() as connection:
        rows = await connection.execute(_COUNTS[db.dialect], values)
        return {row[0]: row[1] for row in rows}


async def open_ids(db: Database, campaign_id: str, key: str, *, limit: int) -> list[int]:
    """Return up to `limit` pending or waiting leads of a window key, oldest first."""
    mine = (leads.c.campaign_id == campaign_id) & (leads.c.window_key == key)
    async with db.read() as connection:
        found: list[int] = []
        for state in (PENDING, WAITING):
            query = sa.select(leads.c.id).where(mine, state).limit(limit - len(found))
            found += await connection.scalars(query)
        return sorted(found)


async def change_keys(
    db: Database, changes: Mapping[str, Sequence[int]], *, now: datetime, reason: str
) -> int:
    """Give leads another window key, each key with its leads, with a note of why; return how many changed.

    Leads in a call change too: what their call was placed for stays with the call.
    """
    chosen = among(leads.c.id, "ids", db.dialect)

    async def work(connection: AsyncConnection) -> int:
        count = 0
        for key, ids in changes.items():
            change = sa.update(leads).where(chosen).values(window_key=key, changed_at=now)
            found = await connection.execute(
                change.returning(leads.c.id, leads.c.state), {"ids": bound(sorted(ids), db.dialect)}
            )
            by_state: dict[str, list[int]] = {}
            for lead_id, state in found:
                by_state.setdefault(state, []).append(lead_id)
            for state, changed in by_state.items():
                await write_notes(connection, changed, now, state, reason, "")
                count += len(changed)
        return count

    return await db.transact(work)


def _counts(dialect: str) -> sa.TextClause:
    postgres = dialect == "postgresql"
    key = "k.key" if postgres else "k.value"
    keys = "unnest(:keys) AS k(key)" if postgres else "json_each(:keys) k"
    parts = {state: _COUNTED.format(state=state, key=key) for state in ("pending", "waiting")}
    kind: sa.types.TypeEngine[Any] = postgresql.ARRAY(sa.Text) if postgres else sa.Text()
    return sa.text(_OPEN.format(key=key, keys=keys, **parts)).bindparams(
        sa.bindparam("campaign", type_=sa.Text),
        sa.bindparam("keys", type_=kind),
        sa.bindparam("most", type_=sa.Integer),
    )


_COUNTS: Final = {name: _counts(name) for name in ("postgresql", "sqlite")}
