"""Who leads: a lease in the database that two daemons share, renewed while we live, lost when we do not.

A leader trusts its lease by its own clock, and for less time than the database grants it, so that it stops before
another can begin; a process that was stopped for a minute finds it run out before it can do anything. What such a
process had sent before is ended by the fence.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from typing import Self

import structlog

import config
import storage
from dialer.runtime.tasks import outside
from storage import leases

log = structlog.get_logger(__name__)

MARGIN_S = 1.0
"""A leader stops so much before its lease runs out."""

POLL_S = 0.5
RENEWALS = 4
"""Renewals in the time of one lease."""

NOT_LEADING = "this daemon does not lead the campaign at present; another may"


class LostLeadership(Exception):
    """Another daemon leads now; this one has let go of everything, and stands by when it is started again."""


class Leadership:
    """One daemon's leases on all of its campaigns."""

    def __init__(self, name: str, lease_s: float, campaigns: Callable[[], Collection[str]]) -> None:
        self.name = name
        self.lease_s = lease_s
        self._campaigns = campaigns
        self._until = float("-inf")
        self.standing_by = ""

    @classmethod
    def of(cls, settings: config.Settings, campaigns: Callable[[], Collection[str]]) -> Self | None:
        """What these settings ask for; None: this daemon is the only one."""
        wanted = settings.standby
        return None if wanted is None else cls(wanted.name, wanted.lease_s, campaigns)

    @property
    def leads(self) -> bool:
        """Whether we may act now. Cheap: asked before everything that places a call."""
        return _time() < self._until

    async def win(self, db: storage.Database) -> None:
        """Stand by until every campaign is ours."""
        while True:
            try:
                if await self._take(db):
                    self.standing_by = ""
                    return
                self._stand_by(", ".join(sorted(set((await leases.holders(db)).values()) - {self.name})))
            except (storage.StorageError, TimeoutError) as error:
                self._stand_by(f"nobody known: {error}")
            await asyncio.sleep(POLL_S)

    async def keep(self, db: storage.Database, doubt: Callable[[str], None]) -> None:
        """Renew until another has taken over, then return; `doubt` is told why we do not lead meanwhile, or ""."""
        doubted = ""
        while True:
            await asyncio.sleep(self.lease_s / RENEWALS)
            why = ""
            try:
                if not await self._take(db):
                    return
            except (storage.StorageError, TimeoutError) as error:
                why = "" if self.leads else f"the lease on the campaigns could not be renewed: {error}"
            if bool(why) != bool(doubted):
                doubt(why)
            doubted = why

    async def give_up(self, db: storage.Database) -> None:
        """Let another lead at once."""
        self._until = float("-inf")
        await outside("lease", leases.release(db, holder=self.name), self.lease_s)

    async def _take(self, db: storage.Database) -> bool:
        began, wanted = _time(), frozenset(self._campaigns())
        taking = leases.take(db, wanted, holder=self.name, lease_s=self.lease_s)
        if await outside("lease", taking, self.lease_s) != wanted:
            self._until = float("-inf")
            return False
        self._until = began + self.lease_s - MARGIN_S
        return True

    def _stand_by(self, who: str) -> None:
        if who != self.standing_by:
            self.standing_by = who
            log.info("standing_by", leader=who or "about to change", note="takes over when it is gone")


def _time() -> float:
    """A clock that goes on while this machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
