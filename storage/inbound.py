"""People who ring us: their lead found by the number they ring from, and their call kept as an attempt."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import leads as leads_of
from storage.attempts import past_of
from storage.database import Database
from storage.records import Lead, NumberRow
from storage.tables import attempts, leads
from storage.upsert import insert_ignoring

_MOST_LEADS = 50


@dataclass(frozen=True, slots=True)
class CallFrom:
    """A lead who rings us; `past` are the outcomes and "said=CODE" words of our own calls to them."""

    attempt_id: str
    lead: Lead
    number: NumberRow
    past: tuple[str, ...]


async def find(
    db: Database, e164: str, *, campaigns: Collection[str], first: Collection[str] = ()
) -> Lead | None:
    """Return the lead who has this number: one of the campaigns `first` before others, then the last one called."""
    found = [
        lead
        for lead in await leads_of.by_number(db, e164, limit=_MOST_LEADS)
        if lead.campaign_id in campaigns
    ]
    if len(found) < 2:
        return found[0] if found else None
    last = sa.select(attempts.c.lead_id, sa.func.max(attempts.c.claimed_at)).where(
        attempts.c.lead_id.in_([lead.lead_id for lead in found])
    )
    async with db.read() as connection:
        called: dict[int, datetime] = {
            row[0]: row[1] for row in await connection.execute(last.group_by(attempts.c.lead_id))
        }
    return max(
        found,
        key=lambda lead: (
            lead.campaign_id in first,
            called[lead.lead_id].timestamp() if lead.lead_id in called else 0.0,
            lead.lead_id,
        ),
    )


async def open_call(
    db: Database, attempt_id: str, lead: Lead, e164: str, *, node: str, now: datetime
) -> CallFrom | None:
    """Keep the call as the lead's live attempt, answered now; None where the lead or number is in a call already.

    While it is live nobody rings them. The lead's state stays as it is until an agent has talked with them.
    """
    number = next((one for one in lead.numbers if one.e164 == e164), None)
    if number is None:
        raise ValueError(f"lead {lead.lead_id} does not have the number")

    async def work(connection: AsyncConnection) -> CallFrom | None:
        row = {
            "id": attempt_id,
            "lead_id": lead.lead_id,
            "number_id": number.number_id,
            "e164": e164,
            "campaign_id": lead.campaign_id,
            "node": node,
            "claimed_at": now,
            "answered_at": now,
            "inbound": True,
        }
        list_of = sa.select(leads.c.source).where(leads.c.id == lead.lead_id).scalar_subquery()
        statement = insert_ignoring(attempts, connection.dialect.name).values(source=list_of)
        if await connection.scalar(statement.returning(attempts.c.id), row) is None:
            return None
        return CallFrom(attempt_id, lead, number, await past_of(connection, lead.lead_id))

    return await db.transact(work)
