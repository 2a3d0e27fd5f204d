"""The books: facts of the journal become rows, exactly once, many in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import books_sql, deliveries, facts
from storage.database import Database
from storage.deliveries import NewDelivery
from storage.gather import Gathered
from storage.records import Applied
from storage.tables import books

_LOG: Final = logging.getLogger(__name__)

DEFAULT_JOURNAL: Final = "main"


async def apply(
    db: Database,
    position: int,
    entries: Sequence[Mapping[str, object]],
    *,
    journal: str = DEFAULT_JOURNAL,
    messages: Sequence[NewDelivery] = (),
) -> Applied:
    """Apply facts in their order and store `position`, the last one's sequence, in the same transaction.

    With them `messages` to other systems, so that none is lost; one whose id is known is not written again.

    Exactly once: nothing happens when `position` is already stored; an entry with a key "seq" not above the
    stored position is skipped. Facts of an unknown kind or with a field of a wrong type are counted, logged
    and skipped; facts about an attempt that does not exist change nothing. `journal` names whose
    journal it is: several daemons may share a database.
    """

    async def work(connection: AsyncConnection) -> Applied:
        stored = await _lock_position(connection, journal)
        if stored >= position:
            return Applied(stored, 0, len(entries), 0)
        gathered = Gathered()
        unknown = skipped = 0
        for entry in entries:
            seq = entry.get("seq")
            if (isinstance(seq, int) and seq <= stored) or entry.get("fact") in facts.FOR_OTHERS:
                skipped += 1
            elif fact := facts.understand(entry):
                gathered.add(fact)
            else:
                unknown += 1
                _LOG.warning(
                    "a fact is not understood: %s", entry.get("fact"), extra={"event": "fact_unknown"}
                )
        await books_sql.write(connection, gathered)
        await deliveries.write(connection, messages)
        await _store_position(connection, journal, position, unknown)
        return Applied(position, len(entries) - unknown - skipped, skipped, unknown)

    return await db.transact(work)


async def position(db: Database, *, journal: str = DEFAULT_JOURNAL) -> int:
    """Return the stored position, 0 before the first fact."""
    query = sa.select(books.c.position).where(books.c.journal == journal)
    async with db.read() as connection:
        return await connection.scalar(query) or 0


async def _lock_position(connection: AsyncConnection, journal: str) -> int:
    query = sa.select(books.c.position).where(books.c.journal == journal).with_for_update()
    found = await connection.scalar(query)
    if found is None:
        await connection.execute(sa.insert(books).values(journal=journal, position=0))
    return found or 0


async def _store_position(connection: AsyncConnection, journal: str, position: int, unknown: int) -> None:
    await connection.execute(
        sa.update(books)
        .where(books.c.journal == journal)
        .values(position=position, unknown_facts=books.c.unknown_facts + unknown)
    )
