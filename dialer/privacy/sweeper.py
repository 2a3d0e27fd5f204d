"""The nightly sweep of the leader: within its hours, in slices, and never in the way of a call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog

import config
import storage
from dialer.privacy.sweep import sweep
from dialer.runtime.clock import Clock

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0
REST_S = 0.25
"""Between slices: a lead must never wait long for its claim."""

LATE_S = 0.05
"""A loop that comes back so much too late has other work."""

MOST_PATIENCE_S = 30.0
ACTOR = "dialer"


class Sweeper:
    """Sweeps once a day between the hours of `privacy.sweep`; what it did not finish, the next night does."""

    def __init__(
        self,
        db: storage.Database,
        clock: Clock,
        settings: Callable[[], config.Settings],
        may_act: Callable[[], bool],
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._may_act = may_act
        self._done_on: date | None = None
        self.last: tuple[datetime, list[storage.retention.Gone]] | None = None
        """When the last sweep ended, and what it deleted."""

    async def run(self) -> None:
        """Until cancelled. A fault here must not stop calls, so it is told and met again tomorrow."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._is_time():
                continue
            today = self._local().date()
            try:
                await self._sweep()
                self._done_on = today
            except (storage.StorageError, TimeoutError) as error:
                log.warning("sweep_cut_off", error=str(error) or "no answer in time", note="tried again soon")
            except Exception:
                log.exception("sweep_failed", note="tried again tomorrow; dialer privacy sweep shows it now")
                self._done_on = today

    async def _sweep(self) -> None:
        done = await sweep(self._db, self._settings(), self._clock.utc(), actor=ACTOR, go_on=self._go_on)
        self.last = (self._clock.utc(), done)
        log.info("swept", **{f"{one.what} {one.campaign_id}".strip(): one.count for one in done})

    async def _go_on(self) -> bool:
        """Rest between slices, longer while the loop is late; False when the hours are over or another leads."""
        loop = asyncio.get_running_loop()
        rest_s = REST_S
        while self._within() and self._may_act():
            due = loop.time() + rest_s
            await asyncio.sleep(rest_s)
            if loop.time() - due < LATE_S:
                return self._within() and self._may_act()
            rest_s = min(2 * rest_s, MOST_PATIENCE_S)
        return False

    def _is_time(self) -> bool:
        return self._within() and self._may_act() and self._done_on != self._local().date()

    def _within(self) -> bool:
        local, span = self._local(), self._settings().privacy.sweep
        return span.start_min <= local.hour * 60 + local.minute < span.end_min

    def _local(self) -> datetime:
        return self._clock.utc().astimezone(ZoneInfo(self._settings().zone))
