"""Many leads at once into PostgreSQL by COPY: reading a statement of ten thousand values costs it more than storing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import NewLead

_LEAD: Final = (
    ("id", "bigint"),
    ("external_id", "text"),
    ("name", "text"),
    ("priority", "integer"),
    ("window_key", "text"),
    ("zone", "text"),
    ("deadline", "timestamptz"),
    ("owner", "text"),
    ("data", "text"),
)
_NUMBER: Final = (
    ("lead_id", "bigint"),
    ("e164", "text"),
    ("kind", "text"),
    ("zones", "text"),
    ("position", "integer"),
)
_LEAD_COLUMNS: Final = ", ".join(name for name, _ in _LEAD)
_NUMBER_COLUMNS: Final = ", ".join(name for name, _ in _NUMBER)


def _staged(table: str, columns: tuple[tuple[str, str], ...]) -> sa.TextClause:
    spelt = ", ".join(f"{name} {kind}" for name, kind in columns)
    return sa.text(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({spelt}) ON COMMIT DELETE ROWS")


_STAGES: Final = (_staged("new_leads", _LEAD), _staged("new_numbers", _NUMBER))
_CLEAR: Final = sa.text("TRUNCATE new_leads, new_numbers")
_LEADS: Final = sa.text(
    f"INSERT INTO leads ({_LEAD_COLUMNS}, campaign_id, next_at, source, created_at, changed_at)"  # noqa: S608
    f" SELECT {_LEAD_COLUMNS}, :campaign, :now, :source, :now, :now FROM new_leads ORDER BY id"
    " ON CONFLICT DO NOTHING RETURNING id"
).bindparams(
    sa.bindparam("campaign", type_=sa.Text),
    sa.bindparam("source", type_=sa.Text),
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
)
_NUMBERS: Final = sa.text(
    f"INSERT INTO lead_numbers ({_NUMBER_COLUMNS})"  # noqa: S608
    f" SELECT {_NUMBER_COLUMNS} FROM new_numbers JOIN leads ON leads.id = lead_id ORDER BY lead_id, position"
)


async def add(
    connection: AsyncConnection,
    campaign_id: str,
    ids: Sequence[int],
    new: Sequence[NewLead],
    now: datetime,
    source: str,
) -> set[int]:
    """Add leads under these fresh ids, inside the caller's transaction; return the ids of those that were new."""
    for stage in _STAGES:
        await connection.execute(stage)
    await connection.execute(_CLEAR)
    driver: Any = (await connection.get_raw_connection()).driver_connection
    encode = msgspec.json.encode
    people = [
        (
            lead_id,
            lead.external_id,
            lead.name,
            lead.priority,
            lead.window_key,
            lead.zone,
            lead.deadline,
            lead.owner,
            encode(lead.data).decode(),
        )
        for lead_id, lead in zip(ids, new, strict=True)
    ]
    numbers = [
        (lead_id, number.e164, number.kind, " ".join(number.zones), position)
        for lead_id, lead in zip(ids, new, strict=True)
        for position, number in enumerate(lead.numbers)
    ]
    await driver.copy_records_to_table("new_leads", records=people)
    await driver.copy_records_to_table("new_numbers", records=numbers)
    added = await connection.scalars(_LEADS, {"campaign": campaign_id, "source": source, "now": now})
    found = set(added)
    await connection.execute(_NUMBERS)
    return found
