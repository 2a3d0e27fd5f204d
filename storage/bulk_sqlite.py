"""Many leads at once into SQLite by the driver's executemany: one statement of them all costs more than storing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import NewLead
from storage.types import Instant

_LEADS: Final = (
    "INSERT INTO leads (id, campaign_id, external_id, name, priority, window_key, zone, deadline, owner, next_at,"
    " data, source, created_at, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_NUMBERS: Final = "INSERT INTO lead_numbers (lead_id, e164, kind, zones, position) VALUES (?, ?, ?, ?, ?)"
_ADDED: Final = sa.text("SELECT id FROM leads WHERE id BETWEEN :first AND :last")


async def add(
    connection: AsyncConnection,
    campaign_id: str,
    ids: Sequence[int],
    new: Sequence[NewLead],
    now: datetime,
    source: str,
) -> set[int]:
    """Add leads under these ids, fresh and in a row, inside the caller's transaction; return which were new."""
    if not new:
        return set()
    instant: Any = Instant().dialect_impl(connection.dialect).bind_processor(connection.dialect)
    encode, moment = msgspec.json.encode, instant(now)
    people = [
        (
            lead_id,
            campaign_id,
            lead.external_id,
            lead.name,
            lead.priority,
            lead.window_key,
            lead.zone,
            instant(lead.deadline),
            lead.owner,
            moment,
            encode(lead.data).decode(),
            source,
            moment,
            moment,
        )
        for lead_id, lead in zip(ids, new, strict=True)
    ]
    await connection.exec_driver_sql(_LEADS, people)
    added = set(await connection.scalars(_ADDED, {"first": ids[0], "last": ids[-1]}))
    numbers = [
        (lead_id, number.e164, number.kind, " ".join(number.zones), position)
        for lead_id, lead in zip(ids, new, strict=True)
        if lead_id in added
        for position, number in enumerate(lead.numbers)
    ]
    if numbers:
        await connection.exec_driver_sql(_NUMBERS, numbers)
    return added
