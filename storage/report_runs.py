"""Which scheduled reports were made, so that whoever leads next makes none twice and none is missed."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from storage.database import Database
from storage.tables import report_runs
from storage.upsert import insert_or_set


async def last(db: Database) -> dict[str, date]:
    """Return the day of the last run of each report that ever ran."""
    query = sa.select(report_runs.c.name, report_runs.c.day)
    async with db.read() as connection:
        return {row[0]: date.fromisoformat(row[1]) for row in await connection.execute(query)}


async def made(db: Database, name: str, day: date, *, now: datetime) -> None:
    """Keep that a report's run of a day was made."""
    statement = insert_or_set(report_runs, db.dialect, ("name",), ("day", "made_at"))
    row = {"name": name, "day": day.isoformat(), "made_at": now}
    async with db.write() as connection:
        await connection.execute(statement, [row])
