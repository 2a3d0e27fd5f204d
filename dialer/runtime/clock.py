"""The daemon's one clock: seconds since the epoch that never step, and UTC instants made from them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Anchored to the wall once, then driven by the loop's own clock, virtual or real."""

    def __init__(self, loop: asyncio.AbstractEventLoop, wall: Callable[[], float] | None = None) -> None:
        """`wall` gives seconds since the epoch; a virtual loop brings its own."""
        self._loop = loop
        self._wall = wall or getattr(loop, "epoch_time", None) or time.time  # noqa: TID251 - the one anchor
        self._offset_s = self._wall() - loop.time()

    def now(self) -> float:
        """Seconds since the epoch; never goes back, whatever happens to the machine's clock."""
        return self._offset_s + self._loop.time()

    def utc(self) -> datetime:
        """The same instant, aware."""
        return instant(self.now())

    def loop_time(self, at: float) -> float:
        """The loop's own time of an instant, for `call_at`."""
        return at - self._offset_s

    @property
    def speed(self) -> float:
        """Seconds of this clock per second of a person's life; 1 but for a demo's virtual time."""
        return float(getattr(self._loop, "speed", 1.0) or 1.0)

    def drift_s(self) -> float:
        """How far the machine's clock has moved from ours: a step of it shows here."""
        return self._wall() - self.now()


def instant(at: float) -> datetime:
    """Seconds since the epoch as an aware UTC datetime."""
    return datetime.fromtimestamp(at, UTC)
