"""Programs' keys to the API; only their hashes are kept."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from storage.database import Database
from storage.records import TokenRow
from storage.tables import tokens

_ROW = (
    tokens.c.id,
    tokens.c.name,
    tokens.c.role,
    tokens.c.scopes,
    tokens.c.created_by,
    tokens.c.created_at,
    tokens.c.expires_at,
    tokens.c.used_at,
    tokens.c.revoked_at,
)


async def add(db: Database, row: TokenRow, token_hash: str) -> None:
    """Keep a new key."""
    async with db.write() as connection:
        await connection.execute(
            sa.insert(tokens).values(
                id=row.token_id,
                token_hash=token_hash,
                name=row.name,
                role=row.role,
                scopes=row.scopes,
                created_by=row.created_by,
                created_at=row.created_at,
                expires_at=row.expires_at,
            )
        )


async def by_hash(db: Database, token_hash: str, *, now: datetime) -> TokenRow | None:
    """Return the key that is neither over nor revoked."""
    query = sa.select(*_ROW).where(
        tokens.c.token_hash == token_hash, tokens.c.expires_at > now, tokens.c.revoked_at.is_(None)
    )
    async with db.read() as connection:
        found = (await connection.execute(query)).first()
        return TokenRow(*found) if found else None


async def every(db: Database) -> tuple[TokenRow, ...]:
    """Return all keys, newest first, revoked ones too."""
    async with db.read() as connection:
        query = sa.select(*_ROW).order_by(tokens.c.created_at.desc(), tokens.c.id)
        return tuple(TokenRow(*row) for row in await connection.execute(query))


async def used(db: Database, token_id: str, *, now: datetime) -> None:
    """The key was used."""
    async with db.write() as connection:
        await connection.execute(sa.update(tokens).where(tokens.c.id == token_id).values(used_at=now))


async def revoke(db: Database, token_id: str, *, now: datetime) -> bool:
    """Make the key worthless; False where it is unknown or was revoked before."""
    change = sa.update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
    async with db.write() as connection:
        return (await connection.execute(change.values(revoked_at=now))).rowcount > 0
