"""`make chaos`: many random schedules of faults, and kills of the real daemon on real parts; seeds are printed."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.chaos import virtual
from tests.chaos.jobs import Ridden, quiet, ridden

PROGRESS_EVERY = 25


def main() -> int:
    """Run what was asked for; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--virtual", type=int, default=1000, help="schedules on the embedded switch")
    parser.add_argument("--real", type=int, default=100, help="kill -9 on a real Asterisk and PostgreSQL")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="schedules at the same time")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupted)  # what was started must be ended
    quiet()
    told, wrong = [], 0
    if asked.virtual:
        text, found = _virtual(asked.seed, asked.virtual, asked.jobs)
        told, wrong = [text], found
    if asked.real:
        text, found = _real(asked.seed, asked.real)
        told, wrong = [*told, text], wrong + found
    print("", *told, "nothing is wrong" if not wrong else f"{wrong} WRONG", sep="\n", flush=True)
    return 1 if wrong else 0


def _interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _rides(seeds: range, template: Path, jobs: int) -> Iterator[Ridden]:
    """What came of each seed, as it comes."""
    if jobs <= 1:
        yield from map(partial(ridden, template), seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs, quiet) as pool:
        yield from pool.imap_unordered(partial(ridden, template), seeds)


def _virtual(first: int, count: int, jobs: int) -> tuple[str, int]:
    began, faults, bad, n = time.monotonic(), Counter[str](), list[int](), 0
    print(f"{count} schedules, seeds {first} to {first + count - 1}", flush=True)
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder, contextlib.suppress(KeyboardInterrupt):
        template = virtual.new_template(Path(folder))
        rides = _rides(range(first, first + count), template, jobs)
        for n, (seed, done, found) in enumerate(rides, 1):
            faults.update(one.split()[1] for one in done)
            if found:
                bad.append(seed)
                print(f"seed {seed}: WRONG after {done}", *found, sep="\n    ", flush=True)
            if n % PROGRESS_EVERY == 0 or n == count:
                left_s = (time.monotonic() - began) / n * (count - n)
                print(f"  {n} of {count}, {len(bad)} wrong, some {left_s / 60:.0f} min left", flush=True)
    rows = {
        "schedules": f"{n} of {count}, from seed {first}, {time.monotonic() - began:.0f} s",
        "faults": ", ".join(f"{name} {times}" for name, times in faults.most_common()),
        "wrong": ", ".join(f"seed {seed}" for seed in bad) or "0",
    }
    table = [f"  {name:<26}{told}" for name, told in rows.items()]
    return "\n".join(["schedules of faults on the embedded switch", *table]), len(bad)


def _real(seed: int, kills: int) -> tuple[str, int]:
    from tests.chaos import real

    report = asyncio.run(real.kill_again_and_again(kills, seed, say=lambda text: print(text, flush=True)))
    head = f"kill -9 on a real Asterisk and PostgreSQL, seed {seed}"
    return f"{head}\n{report.text}", len(report.wrong)


if __name__ == "__main__":
    sys.exit(main())
