"""How a claim speaks to the database: PostgreSQL by its driver's own hand, SQLite as all others do.

A claim is the one transaction a call waits for, and the layers above the driver took half of what it cost this process.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect as asyncpg_dialect
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database

Values = Mapping[str, Any]


class Line(Protocol):
    """An open writing transaction."""

    dialect: str

    async def rows(self, statement: sa.Executable, values: Values) -> Sequence[Any]:
        """Run a statement and return its rows."""

    async def many(self, statement: sa.Executable, values: Sequence[Values]) -> None:
        """Run a statement once for each of these."""


class _Layered:
    dialect = "sqlite"

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def rows(self, statement: sa.Executable, values: Values) -> Sequence[Any]:
        return (await self._connection.execute(statement, values)).all()

    async def many(self, statement: sa.Executable, values: Sequence[Values]) -> None:
        await self._connection.execute(statement, values)


class _Driven:
    dialect = "postgresql"

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    async def rows(self, statement: sa.Executable, values: Values) -> Sequence[Any]:
        text, names = _spelt(statement)
        found: Sequence[Any] = await self._driver.fetch(text, *(values[name] for name in names))
        return found

    async def many(self, statement: sa.Executable, values: Sequence[Values]) -> None:
        text, names = _spelt(statement)
        await self._driver.executemany(text, [[one[name] for name in names] for one in values])


_DIALECT: Final = asyncpg_dialect()  # type: ignore[no-untyped-call]


@cache
def _spelt(statement: Any) -> tuple[str, tuple[str, ...]]:
    """The text of one of our few statements, never of one made for a single use, and its parameters in order."""
    compiled = statement.compile(dialect=_DIALECT)
    return str(compiled), tuple(compiled.positiontup or ())


@asynccontextmanager
async def opened(db: Database) -> AsyncIterator[Line]:
    """Give a writing transaction, committed at the end, undone on an exception."""
    if db.dialect == "postgresql":
        async with db.driver() as driver:
            yield _Driven(driver)
    else:
        async with db.write() as connection:
            yield _Layered(connection)
