"""Numbers of people who were erased, as keyed hashes: nobody can read them, and none is ever dialed again.

The key stays outside the database, so that a copy of the database alone does not give the numbers away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from storage.database import Database
from storage.errors import ErasureKeyLost
from storage.tables import erased
from storage.types import among, bound
from storage.upsert import insert_ignoring

KEY_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class ErasureKey:
    """The key of the hashes; `id` names it without giving it away."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that is too short (ValueError)."""
        if len(self.secret) < KEY_BYTES:
            raise ValueError(f"an erasure key has at least {KEY_BYTES} bytes")

    @property
    def id(self) -> str:
        """Its name."""
        return self._hash("which key")[:16]

    def hash_of(self, e164: str) -> str:
        """The hash by which a number is known."""
        return self._hash(e164)

    def _hash(self, text: str) -> str:
        return hashlib.blake2b(text.encode(), key=self.secret[:64], digest_size=24).hexdigest()


async def add(db: Database, numbers: Iterable[str], key: ErasureKey, *, now: datetime) -> None:
    """Keep the hashes of numbers; those already kept stay as they are."""
    rows = [{"hash": key.hash_of(one), "key_id": key.id, "at": now} for one in sorted(set(numbers))]
    async with db.write() as connection:
        if rows:
            await connection.execute(insert_ignoring(erased, db.dialect), rows)


async def which(db: Database, numbers: Iterable[str], key: ErasureKey | None) -> frozenset[str]:
    """Return those of `numbers` whose people were erased.

    Raises ErasureKeyLost when hashes of another key are kept, since nobody can tell then whom not to call.
    """
    async with db.read() as connection:
        strange = sa.select(erased.c.hash).limit(1)
        if key is not None:
            strange = strange.where(erased.c.key_id != key.id)
        if await connection.scalar(strange) is not None:
            raise ErasureKeyLost
        if key is None:
            return frozenset()
        hashes = {key.hash_of(one): one for one in numbers}
        query = sa.select(erased.c.hash).where(among(erased.c.hash, "all", db.dialect))
        found = await connection.scalars(query, {"all": bound(list(hashes), db.dialect)})
        return frozenset(hashes[one] for one in found)
