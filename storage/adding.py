"""Adding leads: many in one transaction, and alone where no two leads may share a number or an id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import bulk, bulk_sqlite
from storage.database import Database
from storage.records import Added, NewLead
from storage.tables import campaigns, lead_numbers, leads
from storage.types import among, bound

Alone = Literal["campaign", "all"]

_CHUNK: Final = 5_000

# Of PostgreSQL's advisory locks, two rooms of our own: one lock for all leads, and one for each campaign's.
_ALL: Final = sa.text("SELECT pg_advisory_xact_lock(1128352836, 0)")
_ALL_SHARED: Final = sa.text("SELECT pg_advisory_xact_lock_shared(1128352836, 0)")
_CAMPAIGN: Final = sa.text("SELECT pg_advisory_xact_lock(1128352837, hashtext(:campaign))")


class Adding:
    """One transaction that looks for doubles and adds."""

    def __init__(self, connection: AsyncConnection, campaign_id: str) -> None:
        self._connection = connection
        self._campaign_id = campaign_id
        self._dialect = connection.dialect.name

    async def add(self, new: Sequence[NewLead], *, now: datetime, source: str = "") -> Added:
        """Add leads in state pending, all or none; a lead whose external id the campaign knows is left as it is.

        Also within `new` the first of one external id counts. A lead needs at least one number (ValueError).
        """
        if any(not lead.numbers for lead in new):
            raise ValueError("a lead needs at least one number")
        many = bulk if self._dialect == "postgresql" else bulk_sqlite
        ids: list[int | None] = []
        for start in range(0, len(new), _CHUNK):
            chunk = new[start : start + _CHUNK]
            fresh = await self._fresh_ids(len(chunk))
            added = await many.add(self._connection, self._campaign_id, fresh, chunk, now, source)
            ids += [lead_id if lead_id in added else None for lead_id in fresh]
        return Added(tuple(ids))

    async def holders(
        self, numbers: Iterable[str], *, everywhere: bool = False
    ) -> dict[str, set[tuple[str, str | None]]]:
        """Return who has each of `numbers`, in this campaign or everywhere, as (campaign, external id)."""
        query = (
            sa.select(lead_numbers.c.e164, leads.c.campaign_id, leads.c.external_id)
            .join(leads)
            .where(among(lead_numbers.c.e164, "all", self._dialect))
        )
        if not everywhere:
            query = query.where(leads.c.campaign_id == self._campaign_id)
        found: dict[str, set[tuple[str, str | None]]] = {}
        rows = await self._connection.execute(query, {"all": bound(sorted(numbers), self._dialect)})
        for e164, campaign, external_id in rows:
            found.setdefault(e164, set()).add((campaign, external_id))
        return found

    async def ids_elsewhere(self, external_ids: Iterable[str]) -> frozenset[str]:
        """Return those of the external ids that a lead of another campaign has."""
        others = sa.select(campaigns.c.id).where(campaigns.c.id != self._campaign_id)
        # By campaign and id: the index of both is the only one there is.
        query = (
            sa.select(leads.c.external_id)
            .distinct()
            .where(leads.c.campaign_id.in_(others), among(leads.c.external_id, "all", self._dialect))
        )
        found = await self._connection.scalars(query, {"all": bound(sorted(external_ids), self._dialect)})
        return frozenset(one for one in found if one is not None)

    async def _fresh_ids(self, count: int) -> list[int]:
        """Return keys for `count` new leads; SQLite's are safe because the transaction is the only writer."""
        if self._dialect == "postgresql":
            series = sa.func.generate_series(1, count).table_valued("n")
            drawn = sa.select(sa.func.nextval("leads_id_seq")).select_from(series)
            return list(await self._connection.scalars(drawn))
        newest = sa.select(sa.func.coalesce(sa.func.max(leads.c.id), 0))
        last: int = await self._connection.scalar(newest) or 0
        return list(range(last + 1, last + 1 + count))


@asynccontextmanager
async def adding(db: Database, campaign_id: str, *, alone: Alone | None = None) -> AsyncIterator[Adding]:
    """Give the way to add leads to a campaign, committed at the end, undone on an exception.

    `alone`: others who ask for it too wait until the end, in this campaign or in all, so that what was told of
    doubles stays true until the leads are in. In SQLite there is only ever one who writes.
    """
    async with db.write() as connection:
        if db.dialect == "postgresql" and alone is not None:
            await connection.execute(_ALL if alone == "all" else _ALL_SHARED)
            if alone == "campaign":
                await connection.execute(_CAMPAIGN, {"campaign": campaign_id})
        yield Adding(connection, campaign_id)
