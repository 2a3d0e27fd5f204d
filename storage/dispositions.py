"""What agents said came of their calls; written by `books.apply`."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.records import DispositionRow
from storage.tables import attempts_all, dispositions

_ROW = (dispositions.c.attempt_id, dispositions.c.agent_id, dispositions.c.at, dispositions.c.code)


async def of_attempt(db: Database, attempt_id: str) -> tuple[DispositionRow, ...]:
    """Return every disposition given for an attempt, oldest first; the last one counts."""
    query = sa.select(*_ROW).where(dispositions.c.attempt_id == attempt_id).order_by(dispositions.c.id)
    async with db.read() as connection:
        return tuple(DispositionRow(*row) for row in await connection.execute(query))


async def counts(db: Database, campaign_id: str, *, since: datetime) -> dict[str, int]:
    """Return the number of a campaign's attempts claimed since an instant, by their last disposition."""
    query = (
        sa.select(attempts_all.c.disposition, sa.func.count())
        .where(
            attempts_all.c.campaign_id == campaign_id,
            attempts_all.c.claimed_at >= since,
            attempts_all.c.disposition != "",
        )
        .group_by(attempts_all.c.disposition)
    )
    async with db.read() as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}
