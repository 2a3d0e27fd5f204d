"""Reports of a day and a month, and ledgers at a start, over ten million calls on PostgreSQL."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table

import config
from dialer import leads, reports
from dialer.reports import Asked, Period
from storage import Database, Options
from storage.tables import attempts
from tests.bench.storage import _server
from tests.parts import postgres
from tests.parts.campaigns import campaign

FIRST = date(2026, 3, 2)
DAYS = 30
AGENTS = 100
LISTS = 8
CALLS_PER_LEAD = 5
SAID = [{"code": "sold", "label": "Sold", "asks_amount": True}, {"code": "no", "label": "No"}]
SETTINGS = config.Settings.model_construct(
    campaigns={
        name: campaign(id=name, name=name, dispositions=SAID, currency="EUR", profiles=["us-federal", "uk"])
        for name in ("spring", "autumn")
    },
    teams={"north": tuple(f"a{n}" for n in range(AGENTS // 2))},
    zone="Europe/London",
    instance="bench",
)
console = Console()

_LEADS = """
INSERT INTO leads (id, campaign_id, source, state, attempts, created_at, changed_at)
SELECT i, CASE i % 2 WHEN 0 THEN 'spring' ELSE 'autumn' END, 'list-' || (i % {lists}),
    CASE WHEN i % 10 < 9 THEN 'done' ELSE 'waiting' END, 5, '2026-03-01', '2026-03-01'
FROM generate_series(0, {leads} - 1) AS i"""
_AGENTS = """
INSERT INTO agents (id, state_at) SELECT 'a' || i, '2026-03-01' FROM generate_series(0, {agents} - 1) AS i"""
_CALLS = """
INSERT INTO attempts (id, lead_id, number_id, e164, campaign_id, node, trunk, agent, state, claimed_at, dialed_at,
    ringing_at, answered_at, bridged_at, ended_at, outcome, disposition, cause, talk_s, wait_s, abandoned, machine,
    amount_cents, source)
SELECT 'c-bench-1-' || i, lead, lead, '+44' || (7400000000 + lead),
    CASE lead % 2 WHEN 0 THEN 'spring' ELSE 'autumn' END, 'pbx', CASE WHEN i % 3 = 0 THEN 'one' ELSE 'two' END,
    CASE WHEN live THEN 'a' || (i % {agents}) END, 'ended', at, at + interval '0.1 s', at + interval '3 s',
    CASE WHEN answered THEN at + interval '12 s' END, CASE WHEN live THEN at + interval '12.2 s' END,
    at + CASE WHEN live THEN interval '150 s' ELSE interval '30 s' END,
    CASE WHEN live THEN 'connected' WHEN answered THEN 'abandoned' WHEN h < 40 THEN 'busy' ELSE 'no_answer' END,
    CASE WHEN live THEN CASE WHEN h = 0 THEN 'sold' ELSE 'no' END ELSE '' END,
    CASE WHEN live THEN 16 WHEN h < 40 THEN 17 ELSE 19 END,
    CASE WHEN live THEN 137.5 END, CASE WHEN answered THEN 0.2 END, answered AND NOT live, false,
    CASE WHEN live AND h = 0 THEN 19990 END, 'list-' || (lead % {lists})
FROM (SELECT i, at, lead, h, h < 10 AS answered, h < 10 AND i % 50 <> 0 AS live FROM (
    SELECT i, (i * 7919) % {leads} AS lead, (i * 2654435761 / 65536) % 100 AS h,
        timestamptz '{first} 09:00+00' + (i / {a_day}) * interval '1 day'
            + (i % {a_day}) * (interval '11 h' / {a_day}) AS at
    FROM generate_series(0::bigint, {calls} - 1) AS i) AS q) AS r"""
_LOG = """
INSERT INTO agent_log (agent_id, at, state, reason, campaign_id)
SELECT 'a' || agent, timestamptz '{first} 09:00+00' + day * interval '1 day' + step * interval '23.7 s',
    (ARRAY['ready', 'connecting', 'talking', 'wrapup', 'interval'])[step % 5 + 1], '',
    CASE agent % 2 WHEN 0 THEN 'spring' ELSE 'autumn' END
FROM generate_series(19, 21) AS day, generate_series(0, 1669) AS step, generate_series(0, {agents} - 1) AS agent"""
"""What agents did on three days about the one that is measured."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument("--calls", type=int, help="calls in the database (10,000,000)")


def run(args: argparse.Namespace) -> None:
    """Print how long each report takes."""
    if not postgres.programs():
        console.print("no PostgreSQL here: install postgresql")
        return
    calls = args.calls or (300_000 if getattr(args, "quick", False) else 10_000_000)
    with tempfile.TemporaryDirectory(prefix="cadence-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        with _server(folder, None, 0, durable=False) as (server, _):
            asyncio.run(_measure(server.url(server.create()), calls))


async def _measure(url: str, calls: int) -> None:
    db = await Database.open(url, Options(statement_timeout_s=1_200, durable=False))
    await db.upgrade()
    await _fill(db, calls)
    day = Period(FIRST + timedelta(days=20), FIRST + timedelta(days=20))
    month = Period(FIRST, FIRST + timedelta(days=DAYS - 1))
    asked = {
        "a day, everything": Asked(day),
        "a day, everything, again": Asked(day),
        "a day, one campaign": Asked(day, ("spring",)),
        "a day, one team by hour": Asked(day, team="north", by=("hour",)),
        "30 days, everything": Asked(month),
    }
    shown = Table(title=f"{calls:,} calls, {calls // DAYS:,} a day, {AGENTS} agents, PostgreSQL")
    for column in ("report", "seconds", "CPU s here"):
        shown.add_column(column, justify="left" if column == "report" else "right")
    for name, one in asked.items():
        began, cpu = time.perf_counter(), time.process_time()
        report = await reports.make(db, SETTINGS, one, now=datetime(2026, 5, 1, tzinfo=UTC))
        assert report.tables[0].rows
        shown.add_row(name, f"{time.perf_counter() - began:.2f}", f"{time.process_time() - cpu:.2f}")
    console.print(shown)
    await _measure_starts(db)
    await db.close()


async def _measure_starts(db: Database) -> None:
    """The ledgers of one campaign as a start reads them, with no day kept and with all."""
    shown = Table(title="one campaign's ledgers at a start")
    for column in ("days kept", "seconds", "CPU s here"):
        shown.add_column(column, justify="right")
    one, now = SETTINGS.campaign("spring"), datetime(2026, 4, 1, tzinfo=UTC)
    for name, keep in {"none": False, "none, again": False, "all that are over": True}.items():
        book = await leads.load_book(db, one, now=now) if keep else None
        while book is not None and await leads.keep_a_day(db, one, book, now):
            pass
        began, cpu = time.perf_counter(), time.process_time()
        await leads.load_book(db, one, now=now)
        shown.add_row(name, f"{time.perf_counter() - began:.2f}", f"{time.process_time() - cpu:.2f}")
    console.print(shown)


async def _fill(db: Database, calls: int) -> None:
    """Fill the tables; the indexes of calls come after them, as that is faster."""
    values = {
        "agents": AGENTS,
        "a_day": max(1, calls // DAYS),
        "calls": calls,
        "first": FIRST,
        "leads": max(1, calls // CALLS_PER_LEAD),
        "lists": LISTS,
    }
    began = time.perf_counter()
    async with db.write() as connection:
        await connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        for index in attempts.indexes:
            await connection.run_sync(index.drop)
        for text in (_LEADS, _AGENTS, _CALLS, _LOG):
            await connection.execute(sa.text(text.format(**values)))
        for index in attempts.indexes:
            await connection.run_sync(index.create)
    async with db.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(sa.text("SET statement_timeout = 0"))
        await plain.execute(sa.text("VACUUM ANALYZE"))
    console.print(f"filled in {time.perf_counter() - began:.0f} s")
