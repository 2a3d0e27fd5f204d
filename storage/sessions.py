"""Sign-ins that hold. Only the hash of a session's secret is kept: who reads the table can not take one over."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.records import SessionRow, UserRow
from storage.tables import sessions, users
from storage.users import ROW as USER


async def add(
    db: Database, id_hash: str, user_id: str, *, now: datetime, expires_at: datetime, address: str
) -> None:
    """Begin a session."""
    async with db.write() as connection:
        await connection.execute(
            sa.insert(sessions).values(
                id_hash=id_hash,
                user_id=user_id,
                created_at=now,
                seen_at=now,
                expires_at=expires_at,
                address=address,
            )
        )


async def find(db: Database, id_hash: str, *, now: datetime) -> SessionRow | None:
    """Return the session that has not expired, of a person who is not disabled."""
    query = (
        sa.select(sessions.c.created_at, sessions.c.seen_at, sessions.c.expires_at, sessions.c.address, *USER)
        .join(users, users.c.id == sessions.c.user_id)
        .where(sessions.c.id_hash == id_hash, sessions.c.expires_at > now, users.c.disabled.is_(sa.false()))
    )
    async with db.read() as connection:
        found = (await connection.execute(query)).first()
    if found is None:
        return None
    created_at, seen_at, expires_at, address, *user = found
    return SessionRow(id_hash, UserRow(*user), created_at, seen_at, expires_at, address)


async def seen(db: Database, id_hash: str, *, now: datetime) -> None:
    """The session was used."""
    async with db.write() as connection:
        await connection.execute(sa.update(sessions).where(sessions.c.id_hash == id_hash).values(seen_at=now))


async def end(db: Database, id_hash: str) -> bool:
    """End one session; False where it had ended."""
    async with db.write() as connection:
        done = await connection.execute(sa.delete(sessions).where(sessions.c.id_hash == id_hash))
        return done.rowcount > 0


async def end_of(db: Database, user_id: str) -> int:
    """End every session of a person; return how many."""
    async with db.write() as connection:
        done = await connection.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))
        return done.rowcount


async def expire(db: Database, *, now: datetime) -> int:
    """Forget sessions whose time is over; return how many."""
    async with db.write() as connection:
        return (await connection.execute(sa.delete(sessions).where(sessions.c.expires_at <= now))).rowcount


async def desks(db: Database, *, since: datetime, now: datetime) -> frozenset[str]:
    """Return the agents whose people used a session since an instant that has not ended."""
    query = (
        sa.select(users.c.agent_id)
        .distinct()
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(users.c.agent_id.is_not(None), sessions.c.seen_at >= since, sessions.c.expires_at > now)
    )
    async with db.read() as connection:
        return frozenset(agent for agent in await connection.scalars(query) if agent is not None)
