"""Whether the daemon's memory is flat: hours of calls on virtual time with a fault every minute, hour by hour."""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import sys
import time
import tracemalloc
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import structlog
from rich.console import Console
from rich.table import Table

from ami.fake import run as run_virtually
from dialer import app
from tests.bench.load import _databases, _folder
from tests.chaos.lasting import Lasting, lasting

AGENTS, RATE, HOURS = 200, 20.0, 2.0
SAMPLE_S = 600.0
WARM_HOURS, WARM_SHARE = 0.5, 0.25
"""Windows of the last calls fill, the allocator takes what it will keep, and each of SQLite's connections its 64 MB of
pages, which takes some four hours of imports."""

MOST_MB_AN_HOUR = 2.0
"""At 20 calls a second 28 bytes a call: less than the smallest thing one could keep of each."""

TOLD = 12


@dataclass(slots=True)
class Sample:
    """The process with daemon and switch at one instant. `blocks` are those of Python's own allocator."""

    hours: float
    calls: int
    faults: int
    resident_mb: float
    blocks: int
    traced_mb: float
    cpu_s: float


@dataclass(slots=True)
class Found:
    """A run, and what grew most of what was traced."""

    samples: list[Sample] = field(default_factory=list)
    grew: list[str] = field(default_factory=list)
    broken: tuple[str, ...] = ()

    @property
    def warm_hours(self) -> float:
        """What is left out at the beginning."""
        return max(WARM_HOURS, WARM_SHARE * self.samples[-1].hours)

    @property
    def slope_mb(self) -> float:
        """Megabytes resident that an hour adds after the warm-up, by least squares; nan with too few samples."""
        late = [(one.hours, one.resident_mb) for one in self.samples if one.hours >= self.warm_hours]
        if len(late) < 3:
            return float("nan")
        return float(np.polyfit(*np.array(late).T, 1)[0])


async def play(
    hours: float, agents: int, rate: float, database: str, folder: Path, *, trace: bool, tell: Any
) -> Found:
    """Warm up, then work for so many hours in all."""
    found = Found()
    async with lasting(folder, agents=agents, rate=rate, database=database) as place:
        app.spare_the_collector()
        began, before = asyncio.get_running_loop().time(), None
        while (worked_s := asyncio.get_running_loop().time() - began) < 3600 * hours:
            await place.play(min(SAMPLE_S, 3600 * hours - worked_s))
            found.samples.append(_sample(place, (asyncio.get_running_loop().time() - began) / 3600))
            tell(found.samples[-1])
            if trace and before is None and found.samples[-1].hours >= WARM_HOURS:
                tracemalloc.start()
                await place.play(SAMPLE_S)
                before = _snapshot()
        if before is not None:
            found.grew = [str(one) for one in _snapshot().compare_to(before, "lineno")[:TOLD]]
        found.broken = place.found
    return found


def _sample(place: Lasting, hours: float) -> Sample:
    gc.collect()
    resident_mb = psutil.Process().memory_info().rss / 1e6
    traced_mb = tracemalloc.get_traced_memory()[0] / 1e6
    return Sample(
        hours,
        place.dialed,
        place.faults,
        resident_mb,
        sys.getallocatedblocks(),
        traced_mb,
        time.process_time(),
    )


def _snapshot() -> tracemalloc.Snapshot:
    gc.collect()
    return tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(False, tracemalloc.__file__)])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument(
        "--hours", type=float, help="virtual hours (default: 2, quick: 1; a day of 20 calls/s: 24)"
    )
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--rate", type=float, default=RATE, help="calls a second")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--trace", action="store_true", help="name the lines whose memory grew (slower)")


def run(args: Any) -> None:
    """Play, print the hours, and fail when memory is not flat or an invariant broke."""
    console = Console(width=120)
    logging.disable(logging.CRITICAL)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    agents, rate = getattr(args, "agents", AGENTS), getattr(args, "rate", RATE)
    hours = getattr(args, "hours", None) or (1.0 if args.quick else HOURS)
    with _databases(getattr(args, "database", "sqlite"), console) as databases, _folder() as folder:
        found = run_virtually(
            play(
                hours,
                agents,
                rate,
                list(databases())[-1],
                folder,
                trace=getattr(args, "trace", False),
                tell=lambda one: console.print(_told(one)),
            )
        )
    console.print(_table(found, agents, rate))
    for line in found.grew:
        console.print(line, soft_wrap=True)
    calls = found.samples[-1].calls / (3600 * found.samples[-1].hours) * 3600
    console.print(
        f"resident memory after {found.warm_hours:g} h: {found.slope_mb:+.2f} MB an hour, {calls:.0f} calls"
    )
    if found.broken or found.slope_mb > MOST_MB_AN_HOUR:
        console.print(f"[red]not flat: at most {MOST_MB_AN_HOUR:g} MB an hour; {Counter(found.broken)}[/red]")
        raise SystemExit(1)


def _told(one: Sample) -> str:
    return (
        f"{one.hours:6.2f} h {one.calls:9} calls {one.faults:5} faults {one.resident_mb:7.1f} MB resident "
        f"{one.blocks:9} blocks {one.cpu_s:7.0f} s CPU"
    )


def _table(found: Found, agents: int, rate: float) -> Table:
    table = Table(
        title=f"{agents} agents, up to {rate:g} calls/s, a fault a minute: daemon and switch together"
    )
    for heading in (
        "hour",
        "calls",
        "faults",
        "resident MB",
        "Python's blocks",
        "traced MB",
        "CPU ms a call",
    ):
        table.add_column(heading, justify="right")
    hourly: dict[int, Sample] = {}
    for one in found.samples:
        hourly[int(one.hours - 1e-6)] = one
    calls, cpu_s = 0, 0.0
    for hour, one in hourly.items():
        ms = 1000 * (one.cpu_s - cpu_s) / max(1, one.calls - calls)
        row = (
            one.calls,
            one.faults,
            f"{one.resident_mb:.1f}",
            one.blocks,
            f"{one.traced_mb:.1f}",
            f"{ms:.2f}",
        )
        table.add_row(str(hour + 1), *map(str, row))
        calls, cpu_s = one.calls, one.cpu_s
    return table
