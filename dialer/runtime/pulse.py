"""Whether this process and this machine keep time: a loop that stood still, a clock that was moved."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from dialer.runtime.clock import Clock

log = structlog.get_logger(__name__)

EVERY_S = 2.0
LATE_S = 2.0
"""A loop that comes back so much too late was stopped, or something held it up."""

MOVED_S = 60.0
"""Calling windows are told by the clock: one that was moved by more than this is not to be trusted."""

SOURCE = "clock"

Forbid = Callable[[str, str], None]


class Pulse:
    """Beats for ever. After a standstill the switches are asked what happened meanwhile."""

    def __init__(self, clock: Clock, forbid: Forbid, ask_switches: Callable[[str], None]) -> None:
        self._clock = clock
        self._forbid = forbid
        self._ask_switches = ask_switches
        self._moved = False
        self.standstills = 0
        self.longest_standstill_s = 0.0

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + EVERY_S
            await asyncio.sleep(EVERY_S)
            self._beat(loop.time() - due)

    def _beat(self, late_s: float) -> None:
        if late_s > LATE_S:
            self.standstills += 1
            self.longest_standstill_s = max(self.longest_standstill_s, late_s)
            log.warning(
                "daemon_stood_still", seconds=round(late_s, 1), note="stopped, or held up by something slow"
            )
            self._ask_switches("the daemon stood still")
        drift_s = self._clock.drift_s()
        moved = abs(drift_s) > MOVED_S
        if moved == self._moved:
            return
        self._moved = moved
        if not moved:
            log.info("clock_is_right_again")
            self._forbid(SOURCE, "")
            return
        log.error("clock_was_moved", seconds=round(drift_s, 1))
        direction = "forward" if drift_s > 0 else "back"
        self._forbid(
            SOURCE,
            f"the machine's clock was moved {direction} by {abs(drift_s):.0f} s while the daemon ran, so calling "
            "windows cannot be trusted; set it right, or restart the daemon to go by the new time",
        )
