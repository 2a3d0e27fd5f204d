"""Runs of many shifts on a few processes, pooled to a number of answers, and kept so that a run can be gone on with."""

from __future__ import annotations

import functools
import hashlib
import math
import multiprocessing
import pickle
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.pool import Pool
from pathlib import Path

import pacing
from pacing import Engine, Snapshot
from pacing.sim import Centre, Decided, Policy, Scenario, Tally, bounds, pool, tally, wait_interval
from tests.bench import _policies

WARM_UP_S = 1800.0


class Timed:
    """An engine whose decisions are timed on the process's own clock."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.seconds = 0.0
        self.learn = policy.learn

    def decide(self, snapshot: Snapshot) -> Decided:
        """The engine's decision."""
        began = time.thread_time()
        decision = self.policy.decide(snapshot)
        self.seconds += time.thread_time() - began
        return decision


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift under one policy."""

    scenario: Scenario
    spec: str
    seed: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a shift came to: whole, after the first half hour, and what deciding cost."""

    whole: Tally
    warm: Tally
    decisions: int
    deciding_s: float
    took_s: float


@dataclass(frozen=True, slots=True)
class Row:
    """Pooled shifts of one policy in one scenario."""

    spec: str
    total: Tally
    warm: Tally
    wait_95: tuple[float, float]
    abandon_95: tuple[float, float]
    decision_ms: float
    speed: float
    shifts: int


def play(shift: Shift) -> Done:
    """Run one shift from cold."""
    made = _policies.make(shift.spec, shift.scenario, shift.seed)
    policy = Timed(made) if isinstance(made, Engine) else made
    began = time.thread_time()
    log = Centre(shift.scenario, policy, shift.seed).run()
    took_s = time.thread_time() - began
    deciding_s = policy.seconds if isinstance(policy, Timed) else 0.0
    return Done(tally(log), tally(log, WARM_UP_S), log.decisions, deciding_s, took_s)


def row(spec: str, done: Sequence[Done]) -> Row:
    """Pool shifts."""
    total = pool(d.whole for d in done)
    return Row(
        spec,
        total,
        pool(d.warm for d in done),
        wait_interval([d.whole for d in done]),
        bounds.interval(total.abandoned, total.answers),
        1000.0 * sum(d.deciding_s for d in done) / max(sum(d.decisions for d in done), 1),
        3600.0 * total.hours / sum(d.took_s for d in done),
        len(done),
    )


@functools.cache
def seeds_for(scenario: Scenario, answers: int) -> range:
    """As many seeds as give that many answers with one line per agent, the fewest any policy gets."""
    one = play(Shift(scenario, "ratio:1", 0)).whole.answers
    return range(1, 1 + max(3, math.ceil(1.02 * answers / max(one, 1))))


@functools.cache
def engine_version() -> str:
    """A name for the engine as it is in the source now: another one needs new shifts."""
    folder = Path(pacing.__file__).parent
    sources = [f for f in sorted(folder.rglob("*.py")) if "sim" not in f.relative_to(folder).parts]
    return hashlib.sha256(b"".join(f.read_bytes() for f in sources)).hexdigest()[:12]


def key_of(shift: Shift) -> str:
    """What decides a shift: itself, and the engine's version where the engine plays."""
    ours = shift.spec.startswith(("predictive", "progressive"))
    return f"{shift!r} {engine_version()}" if ours else repr(shift)


class Runner:
    """A few worker processes, or none at all for one job; shifts are kept in `cache`, if given, as they end."""

    def __init__(self, jobs: int, cache: Path | None = None) -> None:
        context = multiprocessing.get_context("fork")
        self._pool: Pool | None = context.Pool(jobs) if jobs > 1 else None
        self._cache = cache
        self._known: dict[str, Done] = dict(_read(cache)) if cache and cache.exists() else {}

    def rows(self, scenario: Scenario, specs: Sequence[str], seeds: range) -> Iterator[Row]:
        """One row per policy, in order."""
        shifts = [Shift(scenario, spec, seed) for spec in specs for seed in seeds]
        new = [shift for shift in shifts if key_of(shift) not in self._known]
        done = self._pool.imap(play, new) if self._pool else map(play, new)
        for spec in specs:
            yield row(spec, [self._one(Shift(scenario, spec, seed), done) for seed in seeds])

    def _one(self, shift: Shift, done: Iterator[Done]) -> Done:
        key = key_of(shift)
        if key not in self._known:
            self._known[key] = next(done)
            if self._cache:
                with self._cache.open("ab") as file:
                    pickle.dump((key, self._known[key]), file)
        return self._known[key]

    def close(self) -> None:
        """Stop the workers."""
        if self._pool:
            self._pool.close()
            self._pool.join()


def _read(cache: Path) -> Iterator[tuple[str, Done]]:
    """What is kept; a last entry that was cut off is played again."""
    with cache.open("rb") as file:
        while True:
            try:
                yield pickle.load(file)
            except (EOFError, pickle.UnpicklingError):
                return
