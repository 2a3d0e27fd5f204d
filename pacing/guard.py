"""The last word on every decision: ceilings only, no statistics."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from pacing.contract import Budget, Limit, Settings

STALE_AFTER_S = 5.0
"""A switch silent for this long may have lost agents or calls we still count on."""

MOST_CALLS = 1e9
"""Stands for "no limit" where a number is needed."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The few counts the guard looks at."""

    now: float
    ready: int
    working: int
    in_flight: int
    waiting: int
    budget: Budget | None
    synced_at: float | None

    @property
    def free_lines(self) -> int:
        """READY agents for whom no call is in flight and no caller waits."""
        return max(0, self.ready - self.in_flight - self.waiting)


def ceiling(facts: Facts, settings: Settings) -> tuple[int, Limit | None]:
    """The most calls that may be placed now but for the start rate, and the limit that says so."""
    if not math.isfinite(facts.now):
        return 0, Limit.CLOCK
    if facts.working <= 0:
        return 0, Limit.NO_AGENTS
    if facts.synced_at is not None and not facts.now - facts.synced_at <= STALE_AFTER_S:
        return 0, Limit.STALE
    bounds = [
        (math.floor(min(settings.max_ratio * facts.working, MOST_CALLS)) - facts.in_flight, Limit.MAX_RATIO)
    ]
    if settings.max_calls is not None:
        bounds.append((settings.max_calls - facts.in_flight, Limit.MAX_CALLS))
    if facts.budget is not None and not facts.budget.allowance >= 1.0:
        bounds.append((facts.free_lines, Limit.BUDGET))
    room, limit = min(bounds, key=lambda bound: bound[0])
    return max(0, room), limit


class StartRate:
    """Never more than `calls_per_second` starts within any second (rates below 1: one per 1/rate)."""

    def __init__(self) -> None:
        self._starts: deque[tuple[float, int]] = deque()

    def room(self, now: float, rate: float | None) -> int | None:
        """Starts still allowed at `now`; None when there is no limit."""
        if rate is None:
            return None
        if rate <= 0.0:
            return 0
        window = max(1.0, 1.0 / rate)
        # A clock set back must neither free the limit nor lock it for long.
        self._starts = deque((min(at, now), n) for at, n in self._starts if at > now - window)
        return max(0, max(1, math.floor(rate)) - sum(n for _, n in self._starts))

    def note(self, now: float, started: int) -> None:
        """Record calls that a decision placed."""
        if started > 0:
            self._starts.append((now, started))

    def take_back(self, count: int) -> None:
        """Forget as many of the latest starts: they did not happen."""
        while count > 0 and self._starts:
            at, started = self._starts.pop()
            if started > count:
                self._starts.append((at, started - count))
            count -= started
