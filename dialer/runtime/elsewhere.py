"""Calls that other daemons on our database place with our numbers: read again and again, as nobody tells us."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import structlog

import storage
from dialer.leads.caller_ids import Uses
from dialer.runtime.clock import Clock
from dialer.runtime.tasks import outside

log = structlog.get_logger(__name__)

EVERY_S = 20.0
"""So late we may know of another's calls: of so many at most a cap per day is passed."""

DATABASE_TIMEOUT_S = 30.0


class Elsewhere:
    """Counts today's calls of the campaigns that were not ours when this life began, but for those of this life.

    What is ours is counted as it is dialed, and once at the start what earlier lives did with it.
    """

    def __init__(
        self,
        db: storage.Database,
        clock: Clock,
        uses: Uses,
        ours: Collection[str],
        own_calls: Callable[[], str],
        zone: ZoneInfo | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._uses = uses
        self._ours = frozenset(ours)
        self._own_calls = own_calls
        self._zone = zone or UTC

    async def look(self) -> None:
        """Count now; raises what the database says, and then the last count stands."""
        today = self._clock.utc().astimezone(self._zone)
        known = await outside("database", storage.campaigns.every(self._db), DATABASE_TIMEOUT_S)
        others = [row.campaign_id for row in known if row.campaign_id not in self._ours]
        found: dict[str, int] = {}
        if others:
            since = datetime.combine(today.date(), time(), self._zone).astimezone(UTC)
            counting = storage.attempts.by_caller_id(self._db, others, since=since, but_of=self._own_calls())
            found = await outside("database", counting, DATABASE_TIMEOUT_S)
        self._uses.hear_of_others(found, today.toordinal())

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await self.look()
            except (storage.StorageError, TimeoutError) as error:
                log.debug("calls_of_others_not_counted", error=str(error))
