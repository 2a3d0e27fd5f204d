"""When a daemon on real parts is killed: at any instant, and within the moves that an instant seldom hits."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from tests.parts.daemons import Daemon

LONGEST_LIFE_S = 4.0
WATCH_S = 3.0
"""The longest a kill waits for its move; it falls all the same when the move does not come."""

_SYNCS = {"74", "75"}
"""The system calls fsync and fdatasync of x86-64; elsewhere such a kill falls at a random instant."""


class Prey:
    """A daemon at work, and the database it works on."""

    def __init__(self, daemon: Daemon, url: str, dice: random.Random) -> None:
        self.daemon = daemon
        self.url = url
        self.dice = dice


async def anywhere(prey: Prey) -> None:
    """At a random instant of its work."""
    await asyncio.sleep(prey.dice.uniform(0.0, LONGEST_LIFE_S))
    prey.daemon.kill()


async def in_its_start(prey: Prey) -> None:
    """Once at work, and once more between its first import and its first call."""
    await anywhere(prey)
    prey.daemon.spawn()
    await asyncio.sleep(prey.dice.uniform(0.0, 3.0))
    prey.daemon.kill()


async def in_a_claim(prey: Prey) -> None:
    """While a transaction on the attempts is under way: it is held up until the daemon is dead."""
    await asyncio.sleep(prey.dice.uniform(0.0, 1.0))
    connection = await asyncpg.connect(prey.url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE attempts IN SHARE MODE")
            await _until(lambda: _held_up(connection))
            prey.daemon.kill()
    finally:
        await connection.close()


async def behind_a_claim(prey: Prey) -> None:
    """As soon as a new attempt is committed: its call has not left, or is just leaving."""
    connection = await asyncpg.connect(prey.url)
    try:
        await asyncio.sleep(prey.dice.uniform(0.0, 1.0))
        known = await _attempts(connection)

        async def one_more() -> bool:
            return await _attempts(connection) > known

        await _until(one_more)
        prey.daemon.kill()
    finally:
        await connection.close()


async def in_a_flush(prey: Prey) -> None:
    """While the journal's thread waits for the disk."""
    await asyncio.sleep(prey.dice.uniform(0.0, 1.0))
    pid = prey.daemon.pid

    async def flushes() -> bool:
        return any(_system_call(task) in _SYNCS for task in Path(f"/proc/{pid}/task").glob("*/syscall"))

    await _until(flushes, every_s=0.0)
    prey.daemon.kill()


Instant = Callable[[Prey], Awaitable[None]]

INSTANTS: tuple[Instant, ...] = (
    anywhere, anywhere, anywhere, in_its_start, in_its_start, in_a_claim, behind_a_claim, in_a_flush,
)  # fmt: skip


async def _held_up(connection: asyncpg.Connection[asyncpg.Record]) -> bool:
    waiting = await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(waiting)


async def _attempts(connection: asyncpg.Connection[asyncpg.Record]) -> int:
    return int(await connection.fetchval("SELECT count(*) FROM attempts"))


def _system_call(task: Path) -> str:
    try:
        return task.read_text().partition(" ")[0]
    except OSError:
        return ""  # a thread that is gone


async def _until(true: Callable[[], Awaitable[bool]], every_s: float = 0.005) -> None:
    try:
        async with asyncio.timeout(WATCH_S):
            while not await true():
                await asyncio.sleep(every_s)
    except TimeoutError:
        return
