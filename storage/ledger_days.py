"""Days of the ledgers that are over, counted once and kept, so that a start need not count a month of calls.

Only on PostgreSQL. Whoever changes a call of a day that may be kept holds a lock with all others who do, by a trigger
of the schema, which also drops that day; whoever counts a day holds it alone. So a day that is there is right.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ledger_sums
from storage.database import Database
from storage.ledger_sums import Counting
from storage.tables import ledger_days
from storage.upsert import insert_or_set

LOCK: Final = 0x0CADE1ED
"""Key of the advisory lock; the trigger takes it too."""

OPEN_S: Final = 3_600
"""Calls claimed so lately are in no day that is kept, so changing them asks for nothing."""

SETTLED_S: Final = 6 * 3_600
"""A day is counted so long after it ended: by more than OPEN_S, for clocks that are set."""

_PATIENCE: Final = "2s"


async def keep_next(
    db: Database, campaign_id: str, how: Counting, *, since: datetime, until: datetime
) -> bool:
    """Count and keep the last day between two instants that is over and not kept; False where there is none.

    Raises DatabaseBusy where somebody is changing old calls all the while.
    """
    if db.dialect != "postgresql":
        return False
    async with db.write() as connection:
        now = await connection.scalar(sa.text("SELECT now()"))
        kept = await ledger_sums.kept_sums(connection, campaign_id, how, since, until)
        for begin, end in reversed(list(ledger_sums.slices(since, until))):
            whole = end - begin == ledger_sums.SLICE
            if whole and (begin, end) not in kept and (now - end).total_seconds() >= SETTLED_S:
                await _keep(connection, campaign_id, how, begin, end)
                return True
    return False


async def forget(connection: AsyncConnection, since: datetime, until: datetime) -> None:
    """Drop what is kept between two instants, before calls of that time go in a way no trigger sees."""
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(LOCK)))
    day = ledger_days.c
    await connection.execute(sa.delete(ledger_days).where(day.since < until, day.until > since))


async def _keep(
    connection: AsyncConnection, campaign_id: str, how: Counting, begin: datetime, end: datetime
) -> None:
    await connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
    await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    rows = await ledger_sums.sums(connection, campaign_id, how, begin, end)
    statement = insert_or_set(ledger_days, "postgresql", ("campaign_id", "since"), ("until", "how", "sums"))
    await connection.execute(
        statement,
        {
            "campaign_id": campaign_id,
            "since": begin,
            "until": end,
            "how": how.name,
            "sums": msgspec.json.encode(rows).decode(),
        },
    )
