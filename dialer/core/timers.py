"""Instants at which a floor wants to be woken, each with a name; setting a name again moves it."""

from __future__ import annotations

import heapq

_SPARE = 64
"""Stale entries that are not worth a look."""


class Timers:
    """A heap with names; stale entries are dropped when they surface, or when they are the larger part."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, str, str]] = []
        self._live: dict[tuple[str, str], float] = {}

    def set(self, kind: str, key: str, at: float) -> None:
        """Wake at `at` for (kind, key); infinity clears it."""
        if at == float("inf"):
            self._live.pop((kind, key), None)
            return
        if self._live.get((kind, key)) == at:
            return
        self._live[kind, key] = at
        heapq.heappush(self._heap, (at, kind, key))
        if len(self._heap) > 2 * len(self._live) + _SPARE:
            self._heap[:] = [(at, *name) for name, at in self._live.items()]
            heapq.heapify(self._heap)

    def clear(self, kind: str, key: str) -> None:
        """Do not wake for (kind, key) any more."""
        self._live.pop((kind, key), None)

    def next_at(self) -> float:
        """The earliest live instant, or infinity."""
        while self._heap:
            at, kind, key = self._heap[0]
            if self._live.get((kind, key)) == at:
                return at
            heapq.heappop(self._heap)
        return float("inf")

    def pop_due(self, now: float) -> tuple[str, str] | None:
        """The earliest timer that is due, taken out; None if nothing is."""
        if self.next_at() > now:
            return None
        _, kind, key = heapq.heappop(self._heap)
        del self._live[kind, key]
        return kind, key
