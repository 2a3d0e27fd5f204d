"""`make chaos`: many random schedules of faults, and kills of the real daemon on real parts; seeds are printed."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog


def main() -> int:
    """Run what was asked for; 0 when nothing is wrong."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--virtual", type=int, default=1000, help="schedules on the embedded switch")
    parser.add_argument("--real", type=int, default=100, help="kill -9 on a real Asterisk and PostgreSQL")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupted)  # what was started must be ended
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.disable(logging.CRITICAL)
    wrong = _virtual(asked.seed, asked.virtual) if asked.virtual else 0
    if asked.real:
        wrong += _real(asked.seed, asked.real)
    return 1 if wrong else 0


def _interrupted(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _virtual(first: int, count: int) -> int:
    from tests.chaos import virtual

    began, wrong, faults = time.monotonic(), 0, Counter[str]()
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        template = virtual.new_template(Path(folder))
        for seed in range(first, first + count):
            done, found = virtual.ride(seed, template)
            faults.update(one.split()[1] for one in done)
            if found:
                wrong += 1
                print(f"seed {seed}: WRONG after {done}", *found, sep="\n    ", flush=True)
            elif (seed - first + 1) % 50 == 0:
                print(f"seeds {first}..{seed}: {wrong} wrong", flush=True)
    took_s = time.monotonic() - began
    told = ", ".join(f"{name} {times}" for name, times in faults.most_common())
    print(f"virtual: {count} schedules, {wrong} wrong, {took_s:.0f} s; faults: {told}", flush=True)
    return wrong


def _real(seed: int, kills: int) -> int:
    from tests.chaos import real

    report = asyncio.run(real.kill_again_and_again(kills, seed, say=lambda text: print(text, flush=True)))
    print(report.text, flush=True)
    return len(report.wrong)


if __name__ == "__main__":
    sys.exit(main())
