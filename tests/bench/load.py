"""The whole daemon under load: CPU per call by part, memory per agent and call, every call accounted for."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import structlog
from rich.console import Console
from rich.table import Table

import storage
from ami.fake import FakeAsterisk
from ami.fake import run as run_virtually
from dialer import app, leads
from dialer.control import Control
from dialer.lab.robots import Robots
from dialer.runtime.tasks import outside
from tests.bench import _floor, _lag, _profile, _weigh
from tests.parts import postgres

FLOORS = ((20, 2.0), (1000, 100.0))
MINUTES = 3.0
WARM_S = 30.0
EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC)


@dataclass(slots=True)
class Books:
    """Every call, counted in four places."""

    claimed: int
    not_dialed: int
    dialed: int
    ended: int
    carrier: int
    outcomes: dict[str, int]

    @property
    def balanced(self) -> bool:
        """Nothing lost, nothing twice."""
        return self.claimed - self.not_dialed == self.dialed == self.carrier and self.ended == self.claimed


@dataclass(slots=True)
class Outcome:
    """What one run came to. `minutes` has (calls, CPU s, live calls, resident MB) of each."""

    agents: int
    rate: float
    database: str
    calls: int = 0
    seconds: float = 0.0
    parts: dict[str, float] = field(default_factory=dict)
    busiest: list[tuple[str, int]] = field(default_factory=list)
    minutes: list[tuple[int, float, int, float]] = field(default_factory=list)
    agent_bytes: int = 0
    call_bytes: int = 0
    decisions: int = 0
    lag: _lag.Meter | None = None
    books: Books | None = None

    @property
    def daemon_ms(self) -> float:
        """Milliseconds of the daemon's CPU per call."""
        ours = sum(s for part, s in self.parts.items() if part not in _profile.NOT_OURS)
        return 1000 * ours / max(1, self.calls)


async def play(agents: int, rate: float, minutes: float, database: str, folder: Path) -> Outcome:
    """One floor on virtual time: warm up, measure, drain, count."""
    found = Outcome(agents, rate, database.partition(":")[0] or "sqlite")
    robots = Robots(lambda: _floor.WRAP_S, lambda: "done")
    async with FakeAsterisk(behaviour=_floor.people(1)) as asterisk:
        settings = await asyncio.to_thread(_floor.settings, folder, asterisk.node, agents, rate, database)
        async with app.running(settings, listener=robots.hear, durable=False) as control:
            robots.control = control
            await import_leads(control, folder, round(rate * 60 * (minutes + 1.5)))
            empty = _weigh_floor(control)
            await _floor.seat(control, agents)
            found.agent_bytes = (_weigh_floor(control) - empty) // agents
            app.spare_the_collector()
            await control.set_run_state(_floor.CAMPAIGN, "running")
            await asyncio.sleep(WARM_S)
            await _measure(control, found, minutes)
            await _drain(control, robots, agents)
            found.books = await _count(control, asterisk)
    return found


async def import_leads(control: Control, folder: Path, count: int) -> None:
    """A list of so many people, by the importer an operator uses."""
    dialer = control.dialer
    file = folder / "leads.csv"
    await asyncio.to_thread(_floor.write_leads, file, count)
    work = leads.import_file(
        dialer.db, dialer.settings.campaigns[_floor.CAMPAIGN], file, now=dialer.clock.utc()
    )
    report = await outside("leads", work, 900.0)
    if report.added != count:
        raise RuntimeError(f"{report.added} of {count} leads were taken")


async def _measure(control: Control, found: Outcome, minutes: float) -> None:
    runner = control.dialer.floors[_floor.CAMPAIGN]
    floor, process, loop = runner.floor, psutil.Process(), asyncio.get_running_loop()
    decisions, first = runner.decisions, floor.dialed
    sampler = _profile.Sampler()
    found.lag = _lag.Meter(loop)
    with found.lag, sampler:
        ends = loop.time() + 60 * minutes
        while loop.time() < ends:
            cpu_s, dialed = time.process_time(), floor.dialed
            await asyncio.sleep(min(60.0, ends - loop.time()))
            spent_s = time.process_time() - cpu_s
            resident_mb = process.memory_info().rss / 1e6
            found.minutes.append((floor.dialed - dialed, spent_s, len(floor.calls), resident_mb))
    found.calls, found.seconds = floor.dialed - first, 60 * minutes
    found.decisions = runner.decisions - decisions
    found.parts, found.busiest = sampler.seconds(), sampler.lines.most_common(60)
    found.call_bytes = _weigh_calls(control) // max(1, len(floor.calls))


def _weigh_floor(control: Control) -> int:
    dialer = control.dialer
    floor = dialer.floors[_floor.CAMPAIGN].floor
    return _weigh.bytes_of([floor.roster, floor.timers, floor._told, dialer.agents])


def _weigh_calls(control: Control) -> int:
    runner = control.dialer.floors[_floor.CAMPAIGN]
    return _weigh.bytes_of([runner.floor.calls, runner.orders], without=[runner])


async def _drain(control: Control, robots: Robots, agents: int) -> None:
    async with asyncio.timeout(1800):
        while not (await control.drain())["drained"]:
            await asyncio.sleep(1)
    await robots.close()
    await asyncio.gather(*(control.log_out(f"a{n}") for n in range(agents)))
    await control.dialer.books.applied()


async def _count(control: Control, asterisk: FakeAsterisk) -> Books:
    work = storage.attempts.of_campaign(control.dialer.db, _floor.CAMPAIGN, since=EPOCH, limit=10_000_000)
    attempts = await outside("attempts", work, 300.0)
    outcomes: dict[str, int] = {}
    for attempt in attempts:
        outcomes[attempt.outcome] = outcomes.get(attempt.outcome, 0) + 1
    return Books(
        claimed=len(attempts),
        not_dialed=outcomes.get("not_dialed", 0),
        dialed=control.dialer.floors[_floor.CAMPAIGN].floor.dialed,
        ended=sum(attempt.state == "ended" for attempt in attempts),
        carrier=asterisk.sums("c-").calls,
        outcomes=outcomes,
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument("--agents", type=int, help="one floor of this size instead of the usual ones")
    parser.add_argument("--rate", type=float, help="its calls a second (default: a tenth of its agents)")
    parser.add_argument("--minutes", type=float, help="virtual minutes measured")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), help="only on this one")
    parser.add_argument("--busiest", action="store_true", help="also name the functions most often on top")


def run(args: Any) -> None:
    """Play every floor on every database and print the tables."""
    console = Console(width=130)
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    agents = getattr(args, "agents", None)
    floors = FLOORS if agents is None else ((agents, getattr(args, "rate", None) or agents / 10),)
    minutes = getattr(args, "minutes", None) or (1.0 if args.quick else MINUTES)
    only = getattr(args, "database", None)
    found = []
    with _databases(only, console) as databases:
        for size, rate in floors:
            for database in databases():
                with _folder() as folder:
                    # Few calls come together on a small floor; it is played longer to weigh as much.
                    longer = minutes * max(1.0, min(10.0, 20.0 / rate))
                    found.append(run_virtually(play(size, rate, longer, database, folder)))
                console.print(_parts(found[-1]), _minutes(found[-1]), _lags(found[-1]))
                if getattr(args, "busiest", False):
                    for line, count in found[-1].busiest:
                        console.print(f"{count:6} {line}")
    console.print(_summary(found))


@contextlib.contextmanager
def _databases(only: str | None, console: Console) -> Iterator[Any]:
    """Gives a function that makes an empty database of each kind; "" is the default, SQLite beside the data."""
    if only == "sqlite" or postgres.programs() is None:
        if only != "sqlite":
            console.print("PostgreSQL is left out: it is not installed")
        yield lambda: iter([""])
        return
    with postgres.running() as server:
        yield lambda: iter(([] if only else [""]) + [server.url(server.create())])


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="cadence-load-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _parts(found: Outcome) -> Table:
    title = (
        f"{found.agents} agents, {found.calls / found.seconds:.1f} calls/s, {found.database}: CPU per call"
    )
    table = Table(title=title)
    table.add_column("part")
    table.add_column("ms", justify="right")
    ours = {part: s for part, s in found.parts.items() if part not in _profile.NOT_OURS}
    for part, spent_s in ours.items():
        table.add_row(part, f"{1000 * spent_s / found.calls:.3f}")
    table.add_row("[bold]the daemon[/bold]", f"[bold]{found.daemon_ms:.3f}[/bold]", end_section=True)
    for part in _profile.NOT_OURS & set(found.parts):
        table.add_row(part, f"{1000 * found.parts[part] / found.calls:.3f}")
    return table


def _minutes(found: Outcome) -> Table:
    table = Table(title="minute by minute, with the switch")
    for heading in ("minute", "calls", "CPU s", "calls live", "resident MB"):
        table.add_column(heading, justify="right")
    for n, (calls, cpu_s, live, resident_mb) in enumerate(found.minutes, start=1):
        table.add_row(str(n), str(calls), f"{cpu_s:.1f}", str(live), f"{resident_mb:.0f}")
    return table


def _lags(found: Outcome) -> Table:
    table = Table(title="how long the daemon kept its event loop at a stretch, CPU")
    table.add_column("what")
    table.add_column("ms", justify="right")
    lag = found.lag
    if lag is not None:
        for share in (0.5, 0.99, 0.999, 1.0):
            table.add_row(f"a turn, quantile {share:g}", f"{lag.quantile_ms(share):.1f}")
        for took_s, name in sorted(lag.longest, reverse=True):
            table.add_row(name, f"{1000 * took_s:.1f}")
    return table


def _summary(found: list[Outcome]) -> Table:
    table = Table(title="the daemon under load, one core")
    for heading in (
        "agents",
        "database",
        "calls/s played",
        "ms CPU a call",
        "calls/s possible",
        "decisions/s",
        "KB an agent",
        "KB a call",
        "calls",
        "accounted for",
    ):
        table.add_column(heading, justify="right")
    for one in found:
        books = one.books
        table.add_row(
            str(one.agents),
            one.database,
            f"{one.calls / one.seconds:.1f}",
            f"{one.daemon_ms:.2f}",
            f"{1000 / one.daemon_ms:.0f}",
            f"{one.decisions / one.seconds:.1f}",
            f"{one.agent_bytes / 1e3:.1f}",
            f"{one.call_bytes / 1e3:.1f}",
            "-" if books is None else str(books.dialed),
            "-" if books is None else ("all" if books.balanced else f"[red]{books}[/red]"),
        )
    return table
