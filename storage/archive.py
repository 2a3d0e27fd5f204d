"""Ended attempts put away: out of the table that calling reads, into one that PostgreSQL keeps by months.

A month whose attempts are all past keeping is dropped whole there; SQLite deletes its rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import ledger_days
from storage.tables import attempts, attempts_archive

_LOCK: Final = 0x0CADEA3C
"""Key of the advisory lock of whoever moves or drops: two at once would make the same month."""

_PATIENCE: Final = "3s"
"""A reader of the archive is waited for so long; then the next turn tries again, and nobody queues behind us."""

_NAMES: Final = tuple(column.name for column in attempts.columns)
_MONTH: Final = re.compile(r"attempts_archive_y(\d{4})m(\d{2})$")


@dataclass(frozen=True, slots=True)
class Month:
    """One month's attempts on PostgreSQL: the table's name, and its first instant."""

    table: str
    start: datetime

    @classmethod
    def of(cls, at: datetime) -> Month:
        """The month that holds an instant, by UTC."""
        at = at.astimezone(UTC)
        return cls(f"attempts_archive_y{at.year:04}m{at.month:02}", month_start(at))

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        year, month = divmod(self.start.year * 12 + self.start.month, 12)
        return datetime(year, month + 1, 1, tzinfo=UTC)


def month_start(at: datetime) -> datetime:
    """Return the first instant of the month, by UTC."""
    at = at.astimezone(UTC)
    return datetime(at.year, at.month, 1, tzinfo=UTC)


async def alone(connection: AsyncConnection) -> None:
    """Let nobody else move or drop attempts until this transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def put_away(
    connection: AsyncConnection,
    rows: Sequence[tuple[str, datetime]],
    *,
    lead: bool = True,
    number: bool = True,
) -> None:
    """Move ended attempts, given as (id, claimed_at), into the archive; without their lead or number where told.

    Call `alone` first, in the same transaction.
    """
    if not rows:
        return
    await _make_months(connection, (claimed_at for _, claimed_at in rows))
    taken: dict[str, sa.ColumnElement[Any]] = {name: attempts.c[name] for name in _NAMES}
    if not lead:
        taken["lead_id"] = taken["number_id"] = sa.literal_column("0")
    if not number:
        taken["e164"] = sa.literal_column("''")
    chosen = attempts.c.id.in_([attempt_id for attempt_id, _ in rows])
    moving = sa.select(*(taken[name] for name in _NAMES)).where(chosen)
    await connection.execute(sa.insert(attempts_archive).from_select(list(_NAMES), moving))
    await connection.execute(sa.delete(attempts).where(chosen))


async def months(connection: AsyncConnection) -> list[Month]:
    """Return the months there are on PostgreSQL, oldest first."""
    query = sa.text(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = CAST('attempts_archive' AS regclass) ORDER BY c.relname"
    )
    found = (_MONTH.search(name) for name in await connection.scalars(query))
    return [
        Month(match.group(), datetime(int(match[1]), int(match[2]), 1, tzinfo=UTC))
        for match in found
        if match is not None
    ]


async def drop_month(connection: AsyncConnection, month: Month) -> None:
    """Drop a month with all that it holds."""
    await ledger_days.forget(connection, month.start, month.end)
    await connection.execute(sa.text(f"DROP TABLE {month.table}"))


async def _make_months(connection: AsyncConnection, instants: Iterable[datetime]) -> None:
    if connection.dialect.name != "postgresql":
        return
    there = {month.table for month in await months(connection)}
    for month in sorted({Month.of(at) for at in instants}, key=lambda one: one.start):
        if month.table not in there:
            await connection.execute(
                sa.text(
                    f"CREATE TABLE {month.table} PARTITION OF attempts_archive"
                    f" FOR VALUES FROM ('{month.start.isoformat()}') TO ('{month.end.isoformat()}')"
                )
            )
