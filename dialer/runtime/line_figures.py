"""What a node's line has done so far: events, connections, delay, and how long actions took."""

from __future__ import annotations

from collections.abc import Callable

import ami

WINDOW_S = 10.0
"""The delay shown is the worst of this long."""


class LineFigures:
    """Counts for one node. `on_answer(action, seconds, result)` may be set to hear of each action."""

    def __init__(self) -> None:
        self.events = 0
        self.connections = 0
        self.on_answer: Callable[[str, float, str], None] | None = None
        self._least_s = float("inf")
        self._worst: list[tuple[float, float]] = []

    def see(self, event: ami.Event) -> None:
        """Take an event of the switch."""
        if isinstance(event, ami.Synced):
            self.connections += 1
            self._least_s, self._worst = float("inf"), []
            return
        self.events += 1
        delay_s = event.received - event.at
        # The two clocks need not agree: the quickest event since the connection is taken as no delay at all.
        self._least_s = min(self._least_s, delay_s)
        while self._worst and (self._worst[-1][1] <= delay_s):
            self._worst.pop()
        self._worst.append((event.received, delay_s))
        self._forget(event.received)

    def lag_s(self, now: float) -> float:
        """How much later than the quickest event the slowest of the last seconds came; 0.0 without any."""
        self._forget(now)
        return self._worst[0][1] - self._least_s if self._worst else 0.0

    def answered(self, action: str, took_s: float, result: str) -> None:
        """An action was answered, or will not be."""
        if self.on_answer is not None:
            self.on_answer(action, took_s, result)

    def _forget(self, now: float) -> None:
        while self._worst and self._worst[0][0] < now - WINDOW_S:
            del self._worst[0]
