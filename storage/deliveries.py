"""Messages to other systems: written with the facts they tell of, kept until they are taken or laid aside."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.tables import deliveries
from storage.upsert import insert_ignoring

PENDING: Final = deliveries.c.state == sa.literal_column("'pending'")
DEAD: Final = deliveries.c.state == sa.literal_column("'dead'")
MOST_ERROR: Final = 300

_ROW: Final = (
    deliveries.c.id,
    deliveries.c.webhook,
    deliveries.c.event,
    deliveries.c.at,
    deliveries.c.attempt_id,
    deliveries.c.lead_id,
    deliveries.c.told,
    deliveries.c.state,
    deliveries.c.tries,
    deliveries.c.next_at,
    deliveries.c.status,
    deliveries.c.error,
    deliveries.c.ended_at,
    deliveries.c.waits_since,
)


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A message to be sent: `told` are the event's own words, ids and codes only."""

    delivery_id: str
    webhook: str
    event: str
    at: datetime
    attempt_id: str | None = None
    lead_id: int | None = None
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery(NewDelivery):
    """A message as it stands; `status` is the HTTP status of the last answer, `error` why it was not taken."""

    state: str = "pending"
    tries: int = 0
    next_at: datetime | None = None
    status: int | None = None
    error: str = ""
    ended_at: datetime | None = None
    waits_since: datetime | None = None


async def write(connection: AsyncConnection, rows: Sequence[NewDelivery]) -> None:
    """Add messages inside a transaction; those there already stay as they are."""
    if rows:
        values = [_values(row) for row in rows]
        await connection.execute(insert_ignoring(deliveries, connection.dialect.name), values)


async def add(db: Database, rows: Sequence[NewDelivery]) -> None:
    """Add messages; committed on return."""
    async with db.write() as connection:
        await write(connection, rows)


async def take(
    db: Database, webhook: str, *, now: datetime, until: datetime, limit: int
) -> tuple[Delivery, ...]:
    """Take up to `limit` due messages, the oldest first; nobody else gets them before `until`."""
    due = (
        sa.select(deliveries.c.id)
        .where(deliveries.c.webhook == webhook, PENDING, deliveries.c.next_at <= now)
        .order_by(deliveries.c.next_at, deliveries.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )

    async def work(connection: AsyncConnection) -> tuple[Delivery, ...]:
        ids = list(await connection.scalars(due))
        if not ids:
            return ()
        await connection.execute(sa.update(deliveries).where(deliveries.c.id.in_(ids)).values(next_at=until))
        rows = await connection.execute(sa.select(*_ROW).where(deliveries.c.id.in_(ids)))
        return tuple(sorted((Delivery(*row) for row in rows), key=lambda one: (one.at, one.delivery_id)))

    return await db.transact(work)


async def next_due(db: Database, webhook: str) -> datetime | None:
    """Return when the next message of a webhook is to be tried."""
    query = sa.select(sa.func.min(deliveries.c.next_at)).where(deliveries.c.webhook == webhook, PENDING)
    async with db.read() as connection:
        found: datetime | None = await connection.scalar(query)
        return found


async def delivered(db: Database, delivery_id: str, *, now: datetime, status: int) -> None:
    """It was taken."""
    await _set(
        db,
        delivery_id,
        state="delivered",
        status=status,
        error="",
        ended_at=now,
        tries=deliveries.c.tries + 1,
    )


async def failed(
    db: Database, delivery_id: str, *, status: int | None, error: str, next_at: datetime | None, now: datetime
) -> None:
    """It was not taken: it is tried again at `next_at`, or laid aside (None)."""
    change: dict[str, Any] = {
        "status": status,
        "error": error[:MOST_ERROR],
        "tries": deliveries.c.tries + 1,
    }
    if next_at is None:
        change |= {"state": "dead", "ended_at": now}
    else:
        change["next_at"] = next_at
    await _set(db, delivery_id, **change)


async def drop(db: Database, delivery_id: str) -> None:
    """Forget a message that its webhook does not ask for."""
    async with db.write() as connection:
        await connection.execute(sa.delete(deliveries).where(deliveries.c.id == delivery_id))


async def counts(db: Database) -> dict[str, dict[str, int]]:
    """Return how many messages stand in each state, by webhook."""
    query = sa.select(deliveries.c.webhook, deliveries.c.state, sa.func.count()).group_by(
        deliveries.c.webhook, deliveries.c.state
    )
    found: dict[str, dict[str, int]] = {}
    async with db.read() as connection:
        for webhook, state, count in await connection.execute(query):
            found.setdefault(webhook, {})[state] = count
    return found


async def dead(db: Database, webhook: str | None = None, *, limit: int = 100) -> tuple[Delivery, ...]:
    """Return messages laid aside, the newest first."""
    query = sa.select(*_ROW).where(DEAD).order_by(deliveries.c.ended_at.desc(), deliveries.c.id).limit(limit)
    if webhook is not None:
        query = query.where(deliveries.c.webhook == webhook)
    async with db.read() as connection:
        return tuple(Delivery(*row) for row in await connection.execute(query))


async def send_again(
    db: Database, *, now: datetime, webhook: str | None = None, ids: Collection[str] | None = None
) -> int:
    """Make messages that were laid aside due now, with all their time before them again; return how many."""
    change = sa.update(deliveries).where(DEAD)
    if webhook is not None:
        change = change.where(deliveries.c.webhook == webhook)
    if ids is not None:
        change = change.where(deliveries.c.id.in_(list(ids)))
    values = {"state": "pending", "next_at": now, "tries": 0, "ended_at": None, "waits_since": now}
    async with db.write() as connection:
        return (await connection.execute(change.values(values))).rowcount


async def forget(
    db: Database, *, delivered_before: datetime, dead_before: datetime, limit: int = 5000
) -> int:
    """Delete messages that ended long ago, at most `limit` at a time; return how many."""
    old = (
        sa.select(deliveries.c.id)
        .where(
            sa.text("state <> 'pending'"),
            sa.or_(
                sa.and_(deliveries.c.state == "delivered", deliveries.c.ended_at < delivered_before),
                sa.and_(deliveries.c.state == "dead", deliveries.c.ended_at < dead_before),
            ),
        )
        .limit(limit)
    )
    async with db.write() as connection:
        return (await connection.execute(sa.delete(deliveries).where(deliveries.c.id.in_(old)))).rowcount


async def _set(db: Database, delivery_id: str, **values: Any) -> None:
    async with db.write() as connection:
        await connection.execute(
            sa.update(deliveries).where(deliveries.c.id == delivery_id, PENDING).values(values)
        )


def _values(row: NewDelivery) -> dict[str, Any]:
    return {
        "id": row.delivery_id,
        "webhook": row.webhook,
        "event": row.event,
        "attempt_id": row.attempt_id,
        "lead_id": row.lead_id,
        "at": row.at,
        "told": row.told,
        "next_at": row.at,
        "waits_since": row.at,
    }
