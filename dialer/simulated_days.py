"""Simulated days played one after the other, or several at a time on processes of their own."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pacing import Engine, Settings
from pacing.sim import Centre, Policy, Scenario, Tally, tally
from pacing.sim.rivals import FixedRatio

BUCKET_S = 1800.0
STEPS = 40
_POLL_S = 0.2
_WORTH_PROCESSES_S = 40 * 3600.0
"""Less of agents' time than this is over before processes have started."""

_shared: list[Sequence[float]] = []


@dataclass(frozen=True, slots=True)
class Day:
    """One day to play: under the engine's settings, or with one line per agent where there are none."""

    scenario: Scenario
    settings: Settings | None
    seed: int

    @property
    def weight(self) -> float:
        """How long it takes beside other days."""
        return 0.05 if self.settings is None else 1.0


@dataclass(frozen=True, slots=True)
class Played:
    """A day's sums, whole and by half hours."""

    whole: Tally
    buckets: tuple[Tally, ...]


def play(day: Day, progress: Callable[[float], None] = lambda _: None) -> Played:
    """Play a day; `progress` is told the share done."""
    policy: Policy = FixedRatio(1.0) if day.settings is None else Engine(day.settings, seed=day.seed)
    length_s = day.scenario.length_s
    centre = Centre(day.scenario, policy, day.seed)
    for step in range(1, STEPS + 1):
        centre.play(length_s * step / STEPS)
        progress(step / STEPS)
    log = centre.close()
    count = math.ceil(length_s / BUCKET_S)
    buckets = tuple(tally(log, i * BUCKET_S, (i + 1) * BUCKET_S) for i in range(count))
    return Played(tally(log), buckets)


def play_all(days: Sequence[Day], progress: Callable[[float], None], jobs: int) -> list[Played]:
    """Play days in order of the list, `jobs` at a time; the result does not depend on how many."""
    total = sum(day.weight for day in days) or 1.0
    work_s = sum(day.weight * day.scenario.length_s * len(day.scenario.agents) for day in days)
    if jobs <= 1 or work_s < _WORTH_PROCESSES_S:
        return [
            play(day, _part(progress, sum(d.weight for d in days[:i]) / total, day.weight / total))
            for i, day in enumerate(days)
        ]
    context = multiprocessing.get_context("spawn")
    shares = context.Array("d", len(days), lock=False)
    with context.Pool(min(jobs, len(days)), initializer=_share, initargs=(shares,)) as workers:
        pending = workers.starmap_async(_play_shared, list(enumerate(days)), chunksize=1)
        while not pending.ready():
            pending.wait(_POLL_S)
            progress(sum(s * day.weight for s, day in zip(shares, days, strict=True)) / total)
        return pending.get()


def _part(progress: Callable[[float], None], begins: float, width: float) -> Callable[[float], None]:
    """The progress of one day as a part of all."""
    return lambda share: progress(begins + share * width)


def _share(shares: Sequence[float]) -> None:
    _shared.append(shares)


def _play_shared(index: int, day: Day) -> Played:
    shares = _shared[-1]

    def tell(share: float) -> None:
        shares[index] = share  # type: ignore[index]

    return play(day, tell)
