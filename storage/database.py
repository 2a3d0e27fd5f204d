"""The way to the database: addresses, pools, transactions, and one clear error for each fault."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from storage import errors, faults, schema, tls
from storage.checkpoints import SAFETY_PAGES, Checkpoints
from storage.records import SchemaStatus

T = TypeVar("T")

_WRITE = "cadence_write"
_TRIES = 4
_UPGRADE_S = 86_400.0
_UNDO_S = 5.0
_BEGIN = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan"


@dataclass(frozen=True, slots=True)
class Options:
    """Limits of the connection to the database, in seconds where not said otherwise.

    `statement_timeout_s` is kept by PostgreSQL itself, so that a stuck daemon holds no lock for ever;
    `busy_timeout_s` is SQLite's wait for another process's write.
    `durable` False leaves SQLite's writes to the operating system: for demos and tests, which may be lost.
    `statement_cache` = 0 is for a connection pooler that hands each transaction another server session.
    """

    pool_size: int = 8
    connect_timeout_s: float = 10.0
    statement_timeout_s: float = 30.0
    lock_timeout_s: float = 10.0
    busy_timeout_s: float = 10.0
    statement_cache: int = 200
    durable: bool = True


class Database:
    """An open database; every method raises only leaves of StorageError."""

    def __init__(self, engine: AsyncEngine, options: Options) -> None:
        self.engine = engine
        self.options = options
        self.dialect = engine.dialect.name
        self.place = faults.place(engine.url)
        self._writer: asyncio.Lock | None = None
        self._checkpoints: Checkpoints | None = None
        if self.dialect == "sqlite":
            self._writer = asyncio.Lock()
            self._checkpoints = Checkpoints(Path(engine.url.database or ""), durable=options.durable)

    @classmethod
    async def open(cls, url: str, options: Options | None = None, *, check_schema: bool = True) -> Self:
        """Connect to `sqlite:///path` or `postgresql://...`.

        Raises BadUrl, DatabaseAway, LoginRefused, DatabaseBroken; SchemaUnknown if a newer program upgraded.
        An empty or older schema is not an error here: see `status` and `upgrade`.
        """
        options = options or Options()
        database = cls(_engine(_address(url), options), options)
        try:
            status = await database.status()
        except BaseException:
            await database.close()
            raise
        if check_schema and status.state == "unknown":
            await database.close()
            raise errors.SchemaUnknown(
                f"{database.place} has schema {status.current}, newer than {status.head}, the last this"
                " program knows; install the newer version, or restore the backup made before its upgrade"
            )
        return database

    async def close(self) -> None:
        """Close every connection; nothing may be used afterwards."""
        if self._checkpoints is not None:
            await asyncio.to_thread(self._checkpoints.stop)
        await self.engine.dispose()

    async def status(self) -> SchemaStatus:
        """Return which revision the schema has and which this program wants."""
        async with self.read() as connection:
            return await connection.run_sync(schema.status)

    async def upgrade(self) -> SchemaStatus:
        """Bring the schema to this program's revision, in one transaction; a no-op when it is there.

        It may take as long as it takes: an index over ten million leads is not made in a statement's usual time.
        """
        if self.dialect == "sqlite":
            return await self._upgrade()
        patient = replace(self.options, pool_size=1, statement_timeout_s=_UPGRADE_S)
        other = Database(_engine(self.engine.url, patient), patient)
        try:
            return await other._upgrade()
        finally:
            await other.close()

    async def _upgrade(self) -> SchemaStatus:
        async with self.write() as connection:
            await connection.run_sync(schema.upgrade)
            return await connection.run_sync(schema.status)

    async def require_current(self) -> None:
        """Raise SchemaBehind unless the schema is this program's."""
        status = await self.status()
        if status.state != "current":
            found = status.current or "no tables yet"
            raise errors.SchemaBehind(
                f"{self.place} has schema {found}, this program wants {status.head}; run `dialer db upgrade`"
            )

    async def ping(self) -> None:
        """Prove that the database takes writes, changing nothing; raises the leaf that says why not."""
        async with self.write() as connection:
            if self.dialect == "postgresql":
                read_only = await connection.scalar(sa.text("SELECT pg_is_in_recovery()"))
                if read_only:
                    raise errors.DatabaseReadOnly(
                        f"{self.place} is a standby; use the primary server's address"
                    )
            await connection.execute(sa.text("DELETE FROM books WHERE journal = ''"))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside a reading transaction."""
        with _still(), faults.translated(self.place):
            async with self.engine.connect() as connection, connection.begin():
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection inside a writing transaction, committed at the end, undone on an exception."""
        with _still(), faults.translated(self.place):
            if self._writer is None:
                async with self.engine.connect() as connection, connection.begin():
                    yield connection
                return
            async with self._writer, self.engine.connect() as connection:
                await connection.execution_options(**{_WRITE: True})
                async with connection.begin():
                    yield connection
                if self._checkpoints is not None:
                    self._checkpoints.written()

    @asynccontextmanager
    async def driver(self) -> AsyncIterator[Any]:
        """Give PostgreSQL's own driver inside a writing transaction: the layers above it cost as much again.

        Its plans are made once for a connection's life, whatever they are given: making one anew took longer
        than a fifth of what it does. A connection that was cut is DatabaseAway, whatever the driver called it.
        """
        with _still(), faults.translated(self.place):
            async with self.engine.connect() as connection:
                driver: Any = (await connection.get_raw_connection()).driver_connection
                try:
                    await driver.execute(_BEGIN)
                    yield driver
                    await driver.execute("COMMIT")
                except BaseException as error:
                    if await _undone(driver, error):
                        raise
                    await _drop(connection, driver)
                    if faults.is_drivers(error):
                        raise faults.away(error, self.place) from error
                    raise

    async def transact(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` in a writing transaction, and anew when the database broke a deadlock by undoing it."""

        async def once() -> T:
            async with self.write() as connection:
                return await work(connection)

        return await self.retrying(once)

    async def retrying(self, once: Callable[[], Awaitable[T]]) -> T:
        """Run a whole transaction, and anew when the database broke a deadlock by undoing it."""
        for left in range(_TRIES - 1, -1, -1):
            try:
                return await once()
            except errors.DatabaseBusy as error:
                if not left or not faults.is_retryable(error):
                    raise
        raise AssertionError("unreachable")


async def _undone(driver: Any, error: BaseException) -> bool:
    """Undo the driver's transaction; False where the connection is of no use any more."""
    if faults.is_cut(error) or driver.is_closed():
        return False
    try:
        await driver.execute("ROLLBACK", timeout=_UNDO_S)
    except (Exception, asyncio.CancelledError):
        return False
    return True


async def _drop(connection: AsyncConnection, driver: Any) -> None:
    """End a connection, and let the pool find out that it is dead: so all that were cut with it go too."""
    driver.terminate()
    with contextlib.suppress(SQLAlchemyError, OSError):
        await connection.exec_driver_sql("SELECT 1")


def _still() -> AbstractContextManager[None]:
    """On virtual time the clock stands still while the database works, whoever asked for it."""
    hold = getattr(asyncio.get_running_loop(), "hold", None)
    return nullcontext() if hold is None else hold("database")


def _address(url: str) -> URL:
    try:
        address = sa.make_url(url)
    except ArgumentError:
        raise errors.BadUrl from None
    kind = address.drivername.partition("+")[0]
    if kind == "sqlite":
        if not address.database or address.database == ":memory:":
            raise errors.BadUrl(
                "SQLite needs a file: sqlite:///relative/path.db or sqlite:////absolute/path.db"
            )
        return address.set(drivername="sqlite+aiosqlite")
    if kind in {"postgresql", "postgres"}:
        return address.set(drivername="postgresql+asyncpg")
    raise errors.BadUrl(
        f"'{kind}' databases are not supported; use sqlite:///path or postgresql://user@host/name"
    )


def _engine(address: URL, options: Options) -> AsyncEngine:
    if address.drivername == "sqlite+aiosqlite":
        return _sqlite(address, options)
    address, trust = tls.trusted(address)
    settings = {
        "application_name": "cadence",
        "timezone": "UTC",
        "statement_timeout": f"{options.statement_timeout_s * 1000:.0f}",
        "lock_timeout": f"{options.lock_timeout_s * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{options.statement_timeout_s * 2000:.0f}",
        "jit": "off",  # compiling costs more than any statement here takes
        # Plans are kept for a connection's life, and one made while a table was empty would read all of it
        # for every lead when it is full: until statistics catch up, a claim took a hundred times longer.
        "enable_seqscan": "off",
    }
    connect_args: dict[str, Any] = {
        "timeout": options.connect_timeout_s,
        "command_timeout": options.statement_timeout_s + 5,
        "server_settings": settings,
        "prepared_statement_cache_size": options.statement_cache,
        **trust,
    }
    connect_args["statement_cache_size"] = options.statement_cache
    connect_args["max_cached_statement_lifetime"] = 0  # seconds; 0: as long as the connection
    return create_async_engine(
        address,
        pool_size=options.pool_size,
        max_overflow=0,
        pool_timeout=options.connect_timeout_s + options.statement_timeout_s,
        pool_recycle=3600,
        connect_args=connect_args,
    )


def _sqlite(address: URL, options: Options) -> AsyncEngine:
    file = Path(address.database or "")
    if not file.parent.is_dir():
        raise errors.BadUrl(f"the folder {file.parent} of the SQLite database does not exist; create it")
    # For its owner only; its log and index get the same rights. Never a file that is there: closing it would
    # give up every lock this process has on it. What is wrong with it, connecting says better.
    with contextlib.suppress(OSError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    engine = create_async_engine(
        address,
        pool_size=options.pool_size,
        max_overflow=0,
        pool_timeout=options.connect_timeout_s + options.busy_timeout_s,
        connect_args={"timeout": options.busy_timeout_s},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # BEGIN is ours to send (below): the driver's own guess would start transactions too late for a claim.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {options.busy_timeout_s * 1000:.0f}")
        cursor.execute("PRAGMA journal_mode = WAL")
        # FULL, not NORMAL: in WAL mode NORMAL may lose the last commits with the power, and a claim
        # lost after its call went out would be dialed again.
        cursor.execute(f"PRAGMA synchronous = {'FULL' if options.durable else 'OFF'}")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {SAFETY_PAGES}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -65536")
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get(_WRITE)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine
