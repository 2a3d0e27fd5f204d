"""Do-not-call lists: `system` holds for every campaign, `campaign:<id>` for one, any other name for all.

An entry is a whole number or, as a prefix, the beginning of numbers; both in E.164 with the leading plus.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from storage.database import Database
from storage.records import DncEntry
from storage.tables import dnc
from storage.upsert import insert_or_set

SYSTEM: Final = "system"
_CHUNK = 5_000
_SHORTEST, _LONGEST = 2, 16
"""Characters of a prefix, plus sign included: a country code of one digit up to a whole E.164 number."""


def campaign_list(campaign_id: str) -> str:
    """Return the name of a campaign's own list."""
    return f"campaign:{campaign_id}"


async def add(db: Database, entries: Iterable[DncEntry], *, now: datetime) -> int:
    """Put entries on their lists, all or none; known ones get the new expiry and reason. Return how many."""
    rows = {(entry.entry, entry.list_id, entry.is_prefix): entry for entry in entries}
    if any(not _SHORTEST <= len(entry) <= _LONGEST for entry, _, _ in rows):
        raise ValueError("an entry is an E.164 number or prefix with the leading plus")
    values = [
        {
            "entry": entry.entry,
            "list_id": entry.list_id,
            "is_prefix": entry.is_prefix,
            "added_at": now,
            "expires_at": entry.expires_at,
            "reason": entry.reason,
        }
        for entry in rows.values()
    ]
    statement = insert_or_set(dnc, db.dialect, ("entry", "list_id", "is_prefix"), ("expires_at", "reason"))
    async with db.write() as connection:
        for start in range(0, len(values), _CHUNK):
            await connection.execute(statement, values[start : start + _CHUNK])
    return len(values)


async def remove(db: Database, entries: Iterable[tuple[str, str]]) -> int:
    """Take (entry, list) pairs off, exact and prefix alike; return how many rows went."""
    gone = 0
    async with db.write() as connection:
        for entry, list_id in entries:
            done = await connection.execute(
                sa.delete(dnc).where(dnc.c.entry == entry, dnc.c.list_id == list_id)
            )
            gone += done.rowcount
    return gone


async def expire(db: Database, *, now: datetime) -> int:
    """Delete entries whose time is over (they no longer count anyway); return how many."""
    async with db.write() as connection:
        return (await connection.execute(sa.delete(dnc).where(dnc.c.expires_at <= now))).rowcount


async def has(db: Database, e164: str, *, now: datetime, campaign_id: str | None = None) -> tuple[str, ...]:
    """Return the lists that hold this number for this campaign (None: for any), in order of name."""
    query = (
        sa.select(dnc.c.list_id)
        .distinct()
        .where(
            matches(sa.literal(e164)),
            applies(sa.literal(campaign_id)),
            in_force(sa.literal(now, dnc.c.added_at.type)),
        )
    )
    async with db.read() as connection:
        return tuple(sorted(await connection.scalars(query)))


async def counts(db: Database, *, now: datetime) -> dict[str, int]:
    """Return the number of entries in force by list."""
    query = (
        sa.select(dnc.c.list_id, sa.func.count())
        .where(in_force(sa.literal(now, dnc.c.added_at.type)))
        .group_by(dnc.c.list_id)
    )
    async with db.read() as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}


def matches(e164: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that a row of `dnc` holds this number: one key look-up per possible prefix."""
    beginnings: Sequence[sa.ColumnElement[str]] = [
        sa.func.substr(e164, 1, sa.literal_column(str(length))) for length in range(_SHORTEST, _LONGEST + 1)
    ]
    return dnc.c.entry.in_(beginnings) & (dnc.c.is_prefix | (dnc.c.entry == e164))


def applies(campaign_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that the row's list holds for the campaign; a NULL campaign is any."""
    own = dnc.c.list_id == sa.literal_column("'campaign:'").concat(campaign_id)
    return sa.or_(dnc.c.list_id.not_like("campaign:%"), own, campaign_id.is_(None))


def in_force(now: sa.ColumnElement[datetime]) -> sa.ColumnElement[bool]:
    """Return the condition that the row is not over."""
    return dnc.c.expires_at.is_(None) | (dnc.c.expires_at > now)
