"""The event loop's own heartbeat: how late it comes is the loop's lag, and only it feeds the watchdog."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

BEAT_S = 0.25
DEAD_AFTER_S = 10.0


class Heartbeat:
    """Beats on the loop; `listeners` hear by how many seconds each beat was late."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[float], None]] = []
        self._beat_at = time.monotonic()

    async def run(self) -> None:
        """Beat until cancelled."""
        while True:
            due = time.monotonic() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self._beat_at = time.monotonic()
            for hear in self.listeners:
                hear(max(0.0, self._beat_at - due))

    @property
    def alive(self) -> bool:
        """Whether it beat within the last seconds; on the loop itself this is always nearly true."""
        return time.monotonic() - self._beat_at < DEAD_AFTER_S
