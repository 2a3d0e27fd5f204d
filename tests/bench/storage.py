"""The memory: claiming among millions, the cost of a call from claim to disposition, import, the journal."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from rich.console import Console
from rich.table import Table

from storage import (
    Accept,
    Candidate,
    ClaimedCall,
    Database,
    Judgement,
    NewLead,
    NewNumber,
    books,
    claim,
    leads,
)
from storage.journal import Journal
from tests.parts import postgres
from tests.parts.ports import free_port

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CAMPAIGNS = 50
KEYS = 24
console = Console()
_serial = itertools.count(1)

_FILL = """
INSERT INTO leads (campaign_id, external_id, name, state, priority, window_key, zone, next_at, attempts,
    created_at, changed_at)
SELECT 'campaign-' || (i % {campaigns}), 'x' || i, 'Somebody ' || i,
    CASE WHEN c < 85 THEN 'done' WHEN c < 90 THEN 'excluded' WHEN c < 94 THEN 'waiting' ELSE 'pending' END,
    (i / 7) % 10, 'key-' || ((i * 2654435761 / 65536) % {keys}), 'Europe/Berlin',
    CASE WHEN c = 90 OR c >= 94 THEN '2026-03-02 09:00:00.000000{utc}' ELSE '2026-03-03 09:00:00.000000{utc}' END{cast},
    1, '2026-03-01 09:00:00.000000{utc}', '2026-03-01 09:00:00.000000{utc}'
FROM (SELECT i, (i / {campaigns}) % 100 AS c FROM {series}) AS r"""
_AS_AN_OPERATORS = "max_wal_size = 8GB"
"""A server that takes many calls is not left with the size for a small one: it writes all its pages every minute."""

_NUMBERS = """
INSERT INTO lead_numbers (lead_id, e164, kind, zones)
SELECT id, '+49' || (1000000000 + id), 'mobile', 'Europe/Berlin' FROM leads"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument("--leads", type=int, help="rows on PostgreSQL (1,000,000; the goal is at 10,000,000)")
    parser.add_argument("--sqlite-leads", type=int, help="rows on SQLite (200,000; the goal is at 1,000,000)")
    parser.add_argument("--claims", type=int, default=400, help="claims to measure")
    parser.add_argument(
        "--keep", type=Path, help="folder of the filled PostgreSQL: made once, copied by each run"
    )
    parser.add_argument(
        "--durable", action="store_true", help="PostgreSQL waits for the disk, as an operator's"
    )
    parser.add_argument("--only", choices=("sqlite", "postgresql", "journal"), help="one part")


def run(args: argparse.Namespace) -> None:
    """Print one table per part."""
    quick = getattr(args, "quick", False)
    with tempfile.TemporaryDirectory(prefix="cadence-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        if args.only in {None, "sqlite"}:
            rows = args.sqlite_leads or (50_000 if quick else 200_000)
            asyncio.run(_database(f"sqlite:///{folder}/bench.db", rows, args.claims))
        if args.only in {None, "postgresql"} and postgres.programs():
            rows = args.leads or (100_000 if quick else 1_000_000)
            with _server(folder, args.keep, rows, durable=args.durable) as (server, filled):
                url = server.url(server.create(filled))
                asyncio.run(_database(url, rows, args.claims, fill=args.keep is None))
        if args.only in {None, "journal"}:
            asyncio.run(_journal(folder / "journal"))


@contextmanager
def _server(
    folder: Path, kept: Path | None, rows: int, *, durable: bool
) -> Iterator[tuple[postgres.Server, str]]:
    """A server, and the name of the database that each run is to copy: `kept` has one of so many leads."""
    place = (kept or folder) / "postgres"
    if (place / "data").exists():
        server = postgres.Server(postgres.programs() or place, place, free_port())
        server.start(f"-p {server.port}")
    else:
        place.mkdir(parents=True)
        server = postgres.launch(place, shared_buffers="6GB", more=_AS_AN_OPERATORS)
    try:
        filled = _filled(server, rows) if kept else "template0"
        if durable:
            server.sql("ALTER SYSTEM SET fsync = on")
            server.sql("ALTER SYSTEM SET full_page_writes = on")
            server.sql("SELECT pg_reload_conf()")
        yield server, filled
        server.sql("ALTER SYSTEM RESET ALL")
    finally:
        server.stop("fast" if kept else "immediate")
        if kept is None:
            shutil.rmtree(place)


def _filled(server: postgres.Server, rows: int) -> str:
    name = f"filled_{rows}"
    if not server.sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        made = server.create()
        asyncio.run(_fill_new(server.url(made), rows))
        server.sql(f"ALTER DATABASE {made} RENAME TO {name}")
    return name


async def _fill_new(url: str, rows: int) -> None:
    async with _opened(url) as db:
        await _fill(db, rows)


async def _database(url: str, rows: int, claims: int, *, fill: bool = True) -> None:
    async with _opened(url) as db:
        table = Table(
            title=f"{db.dialect}: {rows:,} leads, 90 % closed, {CAMPAIGNS} campaigns, {KEYS} window keys"
        )
        for column in ("what", "p50 ms", "p95 ms", "p99 ms", "longest", "CPU ms each", "note"):
            table.add_column(column, justify="left" if column in {"what", "note"} else "right")
        began = time.perf_counter()
        if fill:
            await _fill(db, rows)
        else:
            await _warm(db)
        done = "filled" if fill else "copied, and read into memory"
        table.add_row(done, "", "", "", "", "", f"{time.perf_counter() - began:.0f} s")
        await _measure_claims(db, table, claims)
        await _measure_calls(db, table)
        await _measure_import(db, table)
        console.print(table)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Database]:
    db = await Database.open(url)
    await db.upgrade()
    try:
        yield db
    finally:
        await db.close()


async def _fill(db: Database, rows: int) -> None:
    if db.dialect == "postgresql":
        series = f"generate_series(1, {rows}) AS i"
        fill = _FILL.format(campaigns=CAMPAIGNS, keys=KEYS, series=series, utc="+00", cast="::timestamptz")
        url = db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = await asyncpg.connect(url)
        for statement in (fill, _NUMBERS, "VACUUM ANALYZE"):
            await connection.execute(statement, timeout=3600)
        await connection.close()
        return
    series = (
        f"(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {rows}) SELECT i FROM s)"
    )
    fill = _FILL.format(campaigns=CAMPAIGNS, keys=KEYS, series=series, utc="", cast="")
    async with db.write() as write:
        await write.exec_driver_sql(fill)
        await write.exec_driver_sql(_NUMBERS)
        await write.exec_driver_sql("ANALYZE")


async def _warm(db: Database) -> None:
    """A copied database is in nobody's memory; a server that works has it there."""
    async with db.write() as write:
        await write.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        for name in ("leads", "lead_numbers"):
            await write.exec_driver_sql(
                f"SELECT pg_prewarm(indexrelid::regclass) FROM pg_index WHERE indrelid = '{name}'::regclass"
            )
            await write.exec_driver_sql(f"SELECT pg_prewarm('{name}')")


def _judge(candidate: Candidate) -> Judgement:
    return Accept(candidate.numbers[0].number_id, f"c-bench-1-{next(_serial)}")


async def _measure_claims(db: Database, table: Table, claims: int) -> None:
    keys = [f"key-{index}" for index in range(0, KEYS, 2)]
    rounds = itertools.cycle(range(CAMPAIGNS))
    for n in (50, 5, 1):
        walls, cpu, found = [], time.process_time(), 0
        for _ in range(claims):
            began = time.perf_counter()
            result = await claim(db, f"campaign-{next(rounds)}", n=n, now=NOW, judge=_judge, window_keys=keys)
            walls.append(time.perf_counter() - began)
            found += len(result.attempts)
        cpu = (time.process_time() - cpu) / claims
        table.add_row(f"claim {n}", *_quantiles(walls), f"{cpu * 1000:.2f}", f"{found / claims:.1f} found")


async def _measure_calls(db: Database, table: Table) -> None:
    """What storage costs per call at 100 calls/s: claims of `n`, facts applied ten times a second."""
    for n in (10, 3):
        calls, position = 600, await books.position(db)
        cpu = 0.0
        waiting: list[dict[str, Any]] = []
        walls = []
        for start in range(0, calls, n):
            at = NOW.timestamp() + start / 100
            began = time.process_time()
            claimed = await claim(
                db, f"campaign-{start // n % CAMPAIGNS}", n=n, now=NOW, judge=_judge,
                window_keys=[f"key-{index}" for index in range(KEYS)],
            )  # fmt: skip
            cpu += time.process_time() - began
            waiting += [fact for call in claimed.attempts for fact in _story(call, at)]
            while len(waiting) >= 50:
                batch, waiting = waiting[:50], waiting[50:]
                position += len(batch)
                began, wall = time.process_time(), time.perf_counter()
                await books.apply(db, position, batch)
                cpu += time.process_time() - began
                walls.append(time.perf_counter() - wall)
        table.add_row(
            f"a whole call (claims of {n})",
            *_quantiles(walls),
            f"{cpu / calls * 1000:.2f}",
            "times: of 50 facts",
        )


async def _measure_import(db: Database, table: Table) -> None:
    rows = 50_000
    new = [
        NewLead(
            (NewNumber(f"+4917{index:09d}", "mobile", ("Europe/Berlin",)),), f"i{index}", f"Somebody {index}"
        )
        for index in range(rows)
    ]
    began, cpu = time.perf_counter(), time.process_time()
    for start in range(0, rows, 5000):
        await leads.add(db, "import", new[start : start + 5000], now=NOW)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    table.add_row("add a lead", "", "", "", "", f"{cpu / rows * 1000:.3f}", f"{rows / wall:,.0f} a second")


def _story(call: ClaimedCall, at: float) -> list[dict[str, Any]]:
    about = {"attempt": call.attempt_id}
    end = {"outcome": "answered", "cause": 16, "talk_s": 60.0, "wait_s": 0.01, "agent": "ann"}
    return [
        {"fact": "attempt_dialed", **about, "at": at, "node": "n", "trunk": "t"},
        {"fact": "attempt_rang", **about, "at": at + 1},
        {"fact": "attempt_answered", **about, "at": at + 9},
        {"fact": "attempt_bridged", **about, "at": at + 9, "agent": "ann"},
        {"fact": "attempt_ended", **about, "at": at + 60, **end, "lead_state": "wrap_up"},
        {"fact": "disposition", **about, "at": at + 70, "agent": "ann", "code": "sold", "lead_state": "done"},
    ]


async def _journal(folder: Path) -> None:
    table = Table(title="journal (this disk)")
    for column in ("what", "p50 ms", "p95 ms", "p99 ms", "longest", "CPU ms each", "note"):
        table.add_column(column, justify="left" if column in {"what", "note"} else "right")
    journal = await Journal.open(folder)
    record = {"fact": "attempt_answered", "attempt": "c-bench-1-12345", "at": NOW.timestamp()}
    walls, cpu = [], time.process_time()
    for _ in range(500):
        began = time.perf_counter()
        await journal.durable(journal.append(record))
        walls.append(time.perf_counter() - began)
    table.add_row(
        "append, durable", *_quantiles(walls), f"{(time.process_time() - cpu) * 2:.3f}", "one at a time"
    )
    began, cpu, count = time.perf_counter(), time.process_time(), 100_000
    for index in range(count):
        journal.append(record)
        if index % 1000 == 0:
            await asyncio.sleep(0)
    await journal.durable(journal.last_seq)
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    table.add_row("append many", "", "", "", "", f"{cpu / count * 1000:.4f}", f"{count / wall:,.0f} a second")
    await journal.close()
    console.print(table)


def _quantiles(walls: list[float]) -> tuple[str, ...]:
    """In ms: of a half, of 95 and of 99 in a hundred, and of the longest."""
    ordered = sorted(walls)
    return tuple(
        f"{ordered[min(len(ordered) - 1, int(q * len(ordered)))] * 1000:.2f}" for q in (0.5, 0.95, 0.99, 1)
    )
