"""The rivals: how dialers in the field decide, rebuilt from what is known of their sources."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from pacing import Abandoned, AgentState, Event, Result, RingEnded, Snapshot, TalkEnded


@dataclass(frozen=True, slots=True)
class Choice:
    """A rival's decision: none of them releases ringing calls."""

    dial: int
    next_at: float = math.inf
    release: Sequence[int] = ()


class Counts(NamedTuple):
    """All that most rivals look at."""

    now: float
    ready: int
    talking: int
    working: int
    in_flight: int
    waiting: int


def counts(snapshot: Snapshot) -> Counts:
    """The counts of a snapshot."""
    state = snapshot.agents.state
    return Counts(
        snapshot.now,
        int(np.count_nonzero(state == AgentState.READY)),
        int(np.count_nonzero(state == AgentState.TALKING)),
        int(np.count_nonzero(state != AgentState.AWAY)),
        len(snapshot.calls),
        len(snapshot.waiting),
    )


class FixedRatio:
    """`ratio` lines per READY agent; 1 is progressive dialing, one line per agent."""

    def __init__(self, ratio: float) -> None:
        self.ratio = ratio

    def learn(self, event: Event) -> None:
        """It learns nothing."""

    def decide(self, snapshot: Snapshot) -> Choice:
        """Fill up to the ratio."""
        return self.decide_counts(counts(snapshot))

    def decide_counts(self, floor: Counts) -> Choice:
        """The same from the counts alone."""
        lines = math.floor(self.ratio * floor.ready + 0.5)
        return Choice(max(0, lines - floor.in_flight - floor.waiting))


class Vicidial:
    """VICIdial's ADAPT_HARD_LIMIT controller of the dial level (its trunk of 2025).

    Each second it samples READY agents, logged-in agents and waiting callers; every 15 s the means move the
    level; every 2.5 s calls are placed up to the level. With `available_only` the level multiplies READY
    agents, otherwise agents in calls count on both sides. The brake looks at statistics up to 60 s old.
    """

    clocked = True

    def __init__(self, cap: float = 4.0, limit: float = 0.03, *, available_only: bool = True) -> None:
        self.cap = cap
        self.limit = limit
        self.available_only = available_only
        self.level = 1.0
        self._samples: deque[tuple[int, int, int]] = deque(maxlen=15)
        self._next_adapt = 15.0
        self._next_placing = 0.0
        self._next_statistics = 60.0
        self._calls = self._answers = self._drops = 0
        self._known = (0, 0, 0)
        self._ends: deque[tuple[float, bool]] = deque()

    def learn(self, event: Event) -> None:
        """Count today's calls, human answers and drops."""
        if isinstance(event, RingEnded):
            self._calls += 1
            self._answers += event.result == Result.ANSWERED
            self._ends.append((event.at, False))
        elif isinstance(event, Abandoned):
            self._drops += 1
            self._ends.append((event.at, True))

    def decide(self, snapshot: Snapshot) -> Choice:
        """Sample; adapt and place when it is time."""
        return self.decide_counts(counts(snapshot))

    def decide_counts(self, floor: Counts) -> Choice:
        """The same from the counts alone."""
        now = floor.now
        self._samples.append((floor.ready, floor.working, floor.waiting))
        if now >= self._next_statistics:
            self._known = (self._calls, self._answers, self._drops)
            self._next_statistics = now + 60.0
        if now >= self._next_adapt:
            self._adapt(now)
            self._next_adapt = now + 15.0
        dial = 0
        if now >= self._next_placing:
            dial = self._placing(floor)
            self._next_placing = now + 2.5
        return Choice(dial, min(math.floor(now) + 1.0, self._next_placing))

    def _adapt(self, now: float) -> None:
        n = len(self._samples)
        ready, logged_in, waiting = (sum(s[i] for s in self._samples) / n for i in range(3))
        if logged_in > 0:
            self.level *= 1.0 + (ready - waiting) / logged_in
        calls, answers, drops = self._known
        if calls > 50 and answers and drops / answers > self.limit:
            self.level = 1.0
        while self._ends and self._ends[0][0] < now - 60.0:
            self._ends.popleft()
        placed = sum(not dropped for _, dropped in self._ends)
        if placed > 20 and 2 * (len(self._ends) - placed) > placed:
            self.level /= 2.0
        self.level = min(max(self.level, 1.0), self.cap)

    def _placing(self, floor: Counts) -> int:
        busy = 0 if self.available_only else floor.talking
        lines = math.floor(self.level * (floor.ready + busy) + 0.5)
        return max(0, lines - floor.in_flight - floor.waiting - busy)


class Issabel:
    """Issabel's (Elastix's) call-center rule.

    Every 3 s: agents free, plus those whose conversation, taken for exponential with the campaign's mean, has
    ended with probability `quality` once a usual answer's time has passed, less callers waiting and calls
    unanswered; where `overcommit` is on, divided by the share of calls that succeeded in the last half hour,
    taken as 20 % at least. Prediction starts after ten completed calls.
    """

    clocked = True

    def __init__(self, quality: float = 0.97, *, overcommit: bool = True) -> None:
        self.quality = quality
        self.overcommit = overcommit
        self._talks = 0
        self._talk_s = 0.0
        self._answers = 0
        self._answer_s = 0.0
        self._recent = 0
        self._ends: deque[tuple[float, bool]] = deque()

    def learn(self, event: Event) -> None:
        """Keep the campaign's means and the last half hour's successes."""
        if isinstance(event, TalkEnded):
            self._talks += 1
            self._talk_s += event.seconds
        elif isinstance(event, RingEnded):
            answered = event.result == Result.ANSWERED
            self._ends.append((event.at, answered))
            self._recent += answered
            if answered:
                self._answers += 1
                self._answer_s += event.age

    def decide(self, snapshot: Snapshot) -> Choice:
        """Place what is missing."""
        state = snapshot.agents.state
        free = counts(snapshot).ready + self._soon_free(snapshot, state == AgentState.TALKING)
        lines = max(0, free - len(snapshot.waiting) - len(snapshot.calls))
        if lines and self.overcommit:
            lines = math.floor(lines / self._success(snapshot.now) + 0.5)
        return Choice(lines, snapshot.now + 3.0)

    def _soon_free(self, snapshot: Snapshot, talking: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
        if self._talks < 10 or not self._answers:
            return 0
        ages = snapshot.now - snapshot.agents.since[talking] + self._answer_s / self._answers
        return int(np.count_nonzero(1.0 - np.exp(-ages * self._talks / self._talk_s) >= self.quality))

    def _success(self, now: float) -> float:
        while self._ends and self._ends[0][0] < now - 1800.0:
            self._recent -= self._ends.popleft()[1]
        if len(self._ends) < 10 or not self._recent:
            return 1.0
        return max(0.2, self._recent / len(self._ends))
