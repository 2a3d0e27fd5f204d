"""Timers of the pure machine: a heap by instant, then by order of setting."""

from __future__ import annotations

import heapq
from collections.abc import Callable


class Timer:
    """One thing to do at one instant, unless cancelled."""

    __slots__ = ("act", "at", "order")

    def __init__(self, at: float, order: int, act: Callable[[], None]) -> None:
        self.at = at
        self.order = order
        self.act: Callable[[], None] | None = act

    def __lt__(self, other: Timer) -> bool:
        return (self.at, self.order) < (other.at, other.order)


_SPARE = 256
"""So many timers are kept before those cancelled are looked for."""


class Timers:
    """Sets, cancels and runs timers; knows no clock. Of cancelled ones it keeps at most as many as of others."""

    __slots__ = ("_heap", "_order", "_sweep_at")

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._order = 0
        self._sweep_at = _SPARE

    def set(self, at: float, act: Callable[[], None]) -> Timer:
        """A timer that runs at `at`; equal instants run in the order they were set."""
        self._order += 1
        timer = Timer(at, self._order, act)
        heapq.heappush(self._heap, timer)
        if len(self._heap) > self._sweep_at:
            self._heap[:] = [one for one in self._heap if one.act is not None]
            heapq.heapify(self._heap)
            self._sweep_at = 2 * len(self._heap) + _SPARE
        return timer

    def next_at(self) -> float | None:
        """The instant of the first timer still wanted."""
        heap = self._heap
        while heap and heap[0].act is None:
            heapq.heappop(heap)
        return heap[0].at if heap else None

    def pop(self, now: float) -> Timer | None:
        """The first timer due at `now`, taken out; None when none is."""
        at = self.next_at()
        return heapq.heappop(self._heap) if at is not None and at <= now else None

    def clear(self) -> None:
        """Forgets all of them."""
        self._heap.clear()


def cancel(*timers: Timer | None) -> None:
    """Makes all of them do nothing."""
    for timer in timers:
        if timer is not None:
            timer.act = None
