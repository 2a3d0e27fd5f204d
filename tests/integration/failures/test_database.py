"""PostgreSQL stops, refuses writes, has no connection left, is slow or silent, while calls are on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from dialer.lab.lab import Lab
from tests.parts import postgres
from tests.parts.faults import fault_proxy
from tests.parts.postgres import Server
from tests.parts.trouble import PATIENCE_S, at_work, list_of, until_not_ready

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.slow]


@pytest.fixture
def own_server(postgres_server: Server) -> Iterator[Server]:
    """A server to break; the shared one only says whether there is PostgreSQL at all."""
    with postgres.running() as server:
        yield server


async def _order(server: Server, *statements: str) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _others(name: str) -> str:
    return f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"


async def test_a_database_that_fails_dials_nobody_says_why_cuts_nobody_and_comes_back(
    lab: Lab, tmp_path: Path, own_server: Server
) -> None:
    name = own_server.create()
    async with (
        fault_proxy("127.0.0.1", own_server.port) as proxy,
        at_work(
            lab, tmp_path, list_of(200), database=f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}"
        ) as trouble,
    ):
        own_server.stop()
        await trouble.until_said("database")
        await trouble.dials_nobody()
        own_server.start()
        await trouble.dials_again()
        await trouble.until_ready()

        await _order(
            own_server, f"ALTER DATABASE {name} SET default_transaction_read_only = on", _others(name)
        )
        await trouble.until_said("read-only")
        await trouble.dials_nobody()
        await _order(own_server, f"ALTER DATABASE {name} RESET default_transaction_read_only", _others(name))
        await trouble.dials_again()

        async with AsyncExitStack() as taken:
            await _take_every_connection(own_server, name, taken)
            await trouble.until_said("database")
            await trouble.dials_nobody()
        await trouble.dials_again()

        proxy.faults.delay_s = 0.3
        await trouble.dials_again()
        proxy.faults.delay_s = 0.0

        proxy.go_silent()
        await until_not_ready(trouble.shift.control, "no answer within 2 s")
        await trouble.dials_nobody(4.0)
        proxy.speak_again()
        await trouble.dials_again()
        await trouble.until_ready()


async def _take_every_connection(server: Server, name: str, taken: AsyncExitStack) -> None:
    """Hold every connection the server grants, those of the daemon too: each that is ended becomes ours."""
    first = await asyncpg.connect(server.url("postgres"))
    taken.push_async_callback(first.close)
    refused = 0
    async with asyncio.timeout(PATIENCE_S):
        while refused < 10:  # a server counts a connection for a moment after it is gone
            try:
                more = await asyncpg.connect(server.url("postgres"))
                taken.push_async_callback(more.close)
                refused = 0
            except asyncpg.TooManyConnectionsError:
                ended = await first.fetch(_others(name))
                refused = 0 if ended else refused + 1
                await asyncio.sleep(0.02)
