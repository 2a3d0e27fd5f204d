"""Leads: import of a large CSV file into SQLite and PostgreSQL, rows a second, CPU and memory."""

from __future__ import annotations

import argparse
import asyncio
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import storage
from dialer.leads import Progress, import_file
from tests.parts import postgres
from tests.parts.campaigns import campaign

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
GOAL_ROWS_PER_S = 1_000_000 / 90
console = Console()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument("--rows", type=int, help="rows of the file (1,000,000; 50,000 with --quick)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only into this one")


def run(args: argparse.Namespace) -> None:
    """Measure and print."""
    rows = getattr(args, "rows", None) or (50_000 if args.quick else 1_000_000)
    only = getattr(args, "database", None)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _write(place / "leads.csv", rows)
        if only != "postgresql":
            asyncio.run(_measure(place, rows, f"sqlite:///{place / 'bench.db'}"))
        if only != "sqlite" and postgres.programs():
            with postgres.running() as server:
                asyncio.run(_measure(place, rows, server.url(server.create())))


async def _measure(folder: Path, rows: int, url: str) -> None:
    database = await storage.Database.open(url)
    await database.upgrade()
    peaks: list[float] = []

    def note(progress: Progress) -> None:
        if progress.rows in (rows // 10, progress.rows):
            peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    began, before_s = time.perf_counter(), _cpu_s()
    report = await import_file(database, campaign(), folder / "leads.csv", now=NOW, on_progress=note)
    took_s, cpu_s = time.perf_counter() - began, _cpu_s() - before_s
    dialect = database.dialect
    await database.close()
    console.print(
        f"{dialect}: {report.added:,} of {rows:,} rows in {took_s:.1f} s: {rows / took_s:,.0f} rows/s "
        f"(goal {GOAL_ROWS_PER_S:,.0f}), {cpu_s:.1f} s of our CPU, in all processes; "
        f"memory {peaks[0]:.0f} MB at first, {peaks[-1]:.0f} MB at the end"
    )


def _cpu_s() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _write(file: Path, rows: int) -> None:
    with file.open("w") as stream:
        stream.write("external_id,name,number,priority,product\n")
        for i in range(rows):
            # Inner London's fixed lines: 020 7xxx xxxx and 020 8xxx xxxx
            number = f"020 {7 + i // 1_000_000 % 2}{i // 1000 % 1000:03d} 7{i % 1000:03d}"
            stream.write(f"X-{i},Person {i},{number},{i % 5},Garden {i % 7}\n")
