"""The lanes of one campaign's list: read where leads ask for skills, and told to its floor."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

import structlog

import storage
from dialer import leads
from dialer.core import skills
from dialer.core.lane import COUNTED
from dialer.runtime.tasks import outside
from dialer.runtime.terms import Terms

log = structlog.get_logger(__name__)

LOOK_TIMEOUT_S = 20.0
LOOK_EVERY_S = 10.0
"""So late the floor may hear that a lane is done, or of one that another program brought."""

Told = Callable[[tuple[tuple[str, int], ...]], None]


class LaneWatch:
    """Looks at the list on demand, and again and again while there are lanes; one that asks for none costs nothing."""

    def __init__(self, terms: Terms, db: storage.Database, tell: Told) -> None:
        self._terms = terms
        self._db = db
        self._tell = tell
        self._last: tuple[tuple[str, int], ...] = ()
        self._soon = asyncio.Event()

    @property
    def counts(self) -> Mapping[str, int]:
        """Open leads by lane as last told, counted up to a bound; empty where nothing is asked for."""
        return dict(self._last)

    def look_soon(self) -> None:
        """Leads came or changed."""
        if self._last:
            self._soon.set()

    async def look(self) -> None:
        """Count the lanes' open leads and tell the floor. Raises what storage raises, and TimeoutError."""
        campaign = self._terms.campaign
        known = await outside("lanes", storage.leads.window_keys(self._db, campaign.id), LOOK_TIMEOUT_S)
        lanes = leads.lanes_of(known, campaign.skills)
        counted: tuple[tuple[str, int], ...] = ()
        if set(lanes) - {skills.PLAIN}:
            counting = storage.lanes.count_open(self._db, campaign.id, known, most=COUNTED + 1)
            by_key = await outside("lanes", counting, LOOK_TIMEOUT_S)
            counted = tuple(
                (lane, min(COUNTED + 1, sum(by_key.get(key, 0) for key in keys)))
                for lane, keys in sorted(lanes.items())
            )
        if counted != self._last:
            self._last = counted
            self._tell(counted)

    async def run(self) -> None:
        """Look again and again while there are lanes, until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._soon.wait(), LOOK_EVERY_S)
            self._soon.clear()
            if not self._last:
                continue
            try:
                await self.look()
            except (storage.StorageError, TimeoutError) as error:
                log.debug("lanes_not_counted", campaign=self._terms.campaign.id, error=str(error))
