"""Each thing that can go wrong has one error, with the remedy and without a secret."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from storage import (
    BadUrl,
    Candidate,
    Database,
    DatabaseAway,
    DatabaseBroken,
    DatabaseBusy,
    DatabaseReadOnly,
    DiskFull,
    Judgement,
    LoginRefused,
    Options,
    attempts,
    campaigns,
    claim,
    leads,
)
from tests.parts.faults import fault_proxy
from tests.parts.people import NOW, lead, take_first
from tests.parts.postgres import Server, running


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "mysql://root@localhost/x", "sqlite://", "sqlite:///:memory:", "sqlite:////no/such/x"],
)
async def test_an_address_that_is_not_understood_is_said_so(url: str) -> None:
    with pytest.raises(BadUrl, match=r"sqlite:///|folder"):
        await Database.open(url)


async def test_a_file_that_is_no_database_is_broken(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"This is a letter, not a database. " * 100)
    with pytest.raises(DatabaseBroken, match="restore it from a backup"):
        await Database.open(f"sqlite:///{tmp_path}/x.db")


async def test_a_server_that_is_away_is_named_without_its_secret() -> None:
    with pytest.raises(DatabaseAway) as caught:
        await Database.open("postgresql://dialer:hunter2@127.0.0.1:1/cadence")
    message = str(caught.value)
    assert "postgresql://127.0.0.1:1/cadence" in message
    assert "check that it runs" in message
    assert "hunter2" not in message
    assert "dialer:" not in message


@pytest.mark.postgres
async def test_a_wrong_name_or_user_is_a_refused_login(postgres_server: Server) -> None:
    for url in (
        postgres_server.url("no_such_database"),
        f"postgresql://nobody:hunter2@127.0.0.1:{postgres_server.port}/postgres",
    ):
        with pytest.raises(LoginRefused) as caught:
            await Database.open(url)
        assert "hunter2" not in str(caught.value)


@pytest.mark.postgres
async def test_a_read_only_server_is_said_so(postgres_server: Server, postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    await database.upgrade()
    await database.close()
    name = postgres_url.rpartition("/")[2]
    await asyncio.to_thread(
        postgres_server.sql, f"ALTER DATABASE {name} SET default_transaction_read_only = on"
    )
    database = await Database.open(postgres_url)
    with pytest.raises(DatabaseReadOnly, match="primary server"):
        await database.ping()
    await database.close()


@pytest.fixture
def own_server(postgres_server: Server) -> Iterator[Server]:
    """A server this test may kill."""
    with running() as server:
        yield server


@pytest.mark.postgres
async def test_a_server_that_dies_is_away_and_is_used_again_when_it_is_back(own_server: Server) -> None:
    database = await Database.open(own_server.url("postgres"))
    await database.upgrade()
    await leads.add(database, "spring", [lead(), lead()], now=NOW)
    assert len((await claim(database, "spring", n=1, now=NOW, judge=take_first)).attempts) == 1
    await asyncio.to_thread(own_server.stop)
    for _ in range(2):
        with pytest.raises(DatabaseAway):
            await claim(database, "spring", n=1, now=NOW, judge=take_first)
    await asyncio.to_thread(own_server.start)
    assert len((await claim(database, "spring", n=1, now=NOW, judge=take_first)).attempts) == 1
    assert len(await attempts.live(database)) == 2
    await database.close()


@pytest.mark.postgres
async def test_a_lock_held_by_another_is_busy_after_the_timeout(
    postgres_server: Server, postgres_url: str
) -> None:
    database = await Database.open(postgres_url, Options(lock_timeout_s=0.05))
    await database.upgrade()
    async with database.write() as other:
        await other.execute(sa.text("LOCK TABLE campaigns"))
        with pytest.raises(DatabaseBusy, match="long transaction"):
            await campaigns.ensure(database, "spring", now=NOW)
    await campaigns.ensure(database, "spring", now=NOW)
    await database.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A SQLite database with the schema."""
    (tmp_path / "x.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/x.db"


async def test_a_file_locked_by_another_process_is_busy(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url, Options(busy_timeout_s=0.05))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy, match="another process"):
        await campaigns.ensure(database, "spring", now=NOW)
    assert await campaigns.every(database) == ()
    other.execute("ROLLBACK")
    other.close()
    await campaigns.ensure(database, "spring", now=NOW)
    await database.close()


@pytest.mark.parametrize(
    ("pragma", "error"), [("query_only = ON", DatabaseReadOnly), ("max_page_count = 1", DiskFull)]
)
async def test_a_file_that_takes_no_more_is_said_so(
    sqlite_url: str, pragma: str, error: type[Exception]
) -> None:
    database = await Database.open(sqlite_url)
    await database.engine.dispose()

    @event.listens_for(database.engine.sync_engine, "connect")
    def _limit(connection: sqlite3.Connection, _entry: object) -> None:
        connection.cursor().execute(f"PRAGMA {pragma}")

    with pytest.raises(error):
        await leads.add(database, "spring", [lead(name="x" * 100_000) for _ in range(50)], now=NOW)
    assert await leads.counts(database, "spring") == {}
    await database.close()


async def test_a_claim_given_up_half_way_leaves_nothing_behind(memory: Database) -> None:
    await leads.add(memory, "spring", [lead() for _ in range(30)], now=NOW)
    known = 0
    for pause in range(30):
        task = asyncio.get_running_loop().create_task(
            claim(memory, "spring", n=1, now=NOW, judge=take_first), name="claim"
        )
        for _ in range(pause):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        known += not task.cancelled()
    counted = await leads.counts(memory, "spring")
    live = await attempts.live(memory)
    assert counted.get("claimed", 0) == len(live) >= known
    rest = await claim(memory, "spring", n=30, now=NOW, judge=take_first)
    assert len(rest.attempts) + len(live) == 30


async def test_connections_that_the_server_cut_are_claimed_over_once_each_at_most(
    memory: Database, upgraded_url: str
) -> None:
    if memory.dialect == "sqlite":  # which has no server
        return
    await leads.add(memory, "spring", [lead()], now=NOW)
    other = await Database.open(upgraded_url)
    async with other.read() as connection:
        await connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    await other.close()
    claimed = 0
    for _ in range(memory.options.pool_size + 1):
        with suppress(DatabaseAway):
            claimed += len((await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts)
    assert claimed == 1


@pytest.mark.postgres
async def test_a_line_cut_within_a_claim_is_away_and_takes_no_lead_with_it(
    postgres_server: Server, postgres_url: str
) -> None:
    async with fault_proxy("127.0.0.1", postgres_server.port) as proxy:
        name = postgres_url.rpartition("/")[2]
        database = await Database.open(f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}")
        await database.upgrade()
        await leads.add(database, "spring", [lead() for _ in range(3)], now=NOW)

        def cut_off(candidate: Candidate) -> Judgement:
            proxy.cut()
            return take_first(candidate)

        def shut_out(candidate: Candidate) -> Judgement:
            postgres_server.sql(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            return take_first(candidate)

        for judge in (cut_off, shut_out, cut_off):
            with pytest.raises(DatabaseAway, match="check that it runs"):
                await claim(database, "spring", n=1, now=NOW, judge=judge)
            await until_alone(postgres_server, name)
            assert await attempts.live(database) == ()
        assert len((await claim(database, "spring", n=5, now=NOW, judge=take_first)).attempts) == 3
        await database.close()


async def until_alone(server: Server, name: str) -> None:
    """Wait until the server has noticed that whoever claimed is gone, and has undone it."""
    busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND state <> 'idle'"
    looking = await asyncpg.connect(server.url("postgres"))
    async with asyncio.timeout(60):
        while await looking.fetchval(busy, name):
            await asyncio.sleep(0.02)
    await looking.close()


@pytest.mark.postgres
async def test_a_line_cut_at_any_instant_of_a_claim_is_away_or_too_late(
    postgres_server: Server, postgres_url: str
) -> None:
    async with fault_proxy("127.0.0.1", postgres_server.port) as proxy:
        name = postgres_url.rpartition("/")[2]
        database = await Database.open(f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}")
        await database.upgrade()
        await leads.add(database, "spring", [lead() for _ in range(60)], now=NOW)
        told = 0
        for instant in range(30):
            task = asyncio.get_running_loop().create_task(
                claim(database, "spring", n=1, now=NOW, judge=take_first), name="claim"
            )
            if instant % 2:  # by the network's own time, else by ours
                await asyncio.wait([task], timeout=0.0005 * instant)
            for _ in range(instant):
                await asyncio.sleep(0)
            proxy.cut()
            with suppress(DatabaseAway):
                told += len((await task).attempts)
            await until_alone(postgres_server, name)
            with suppress(DatabaseAway):  # what was cut while nobody used it is found out once
                await database.ping()
        live = len(await attempts.live(database))
        assert (await leads.counts(database, "spring")).get("claimed", 0) == live >= told
        rest = await claim(database, "spring", n=60, now=NOW, judge=take_first)
        assert len(rest.attempts) + live == 60
        await database.close()
