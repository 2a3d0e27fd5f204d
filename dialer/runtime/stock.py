"""How many leads of a campaign are in which state, counted no more often than the count is cheap."""

from __future__ import annotations

import asyncio
import time

import storage
from dialer.runtime.clock import Clock
from dialer.runtime.tasks import outside

COUNT_TIMEOUT_S = 60.0
LONG_LEADS = 100_000
"""A list of up to so many leads is counted whenever somebody asks."""
REST = 20.0
"""After a count the figures stand for this many times as long as it took: ten million leads take seconds."""


class Stock:
    """One campaign's figures; whoever asks while they are being counted waits for the same count."""

    def __init__(self, campaign_id: str, db: storage.Database, clock: Clock) -> None:
        self._campaign_id = campaign_id
        self._db = db
        self._clock = clock
        self._counts: dict[str, int] = {}
        self._stale_at = float("-inf")
        self._counting = asyncio.Lock()

    @property
    def last(self) -> dict[str, int]:
        """Leads by state as last counted."""
        return dict(self._counts)

    async def counts(self) -> dict[str, int]:
        """Leads by state, some seconds old on a long list. Raises what `storage` raises, and TimeoutError."""
        async with self._counting:
            now = self._clock.now()
            if now >= self._stale_at:
                began = time.monotonic()
                counting = storage.leads.counts(self._db, self._campaign_id)
                self._counts = await outside("stock", counting, COUNT_TIMEOUT_S)
                long = sum(self._counts.values()) > LONG_LEADS
                self._stale_at = now + REST * (time.monotonic() - began) if long else now
            return dict(self._counts)
