"""What stands between the list and the floor: promised calls, who is there to make them, plans for deadlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

import config
import storage
from dialer import compliance
from dialer.core.agent import State
from dialer.core.floor import Floor
from dialer.runtime.claims import Claims
from dialer.runtime.clock import Clock
from dialer.runtime.lanes import LaneWatch, Told
from dialer.runtime.shown import ShownNumbers
from dialer.runtime.tasks import Tasks, outside
from dialer.runtime.terms import Terms

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S = 20.0


class Outreach(Terms):
    """One campaign's way from leads to orders."""

    def __init__(
        self,
        campaign: config.Campaign,
        obeyed: compliance.Rules,
        db: storage.Database,
        clock: Clock,
        floor: Floor,
        leads_changed: Callable[[], None],
        numbers: ShownNumbers,
        lanes_told: Told = lambda _: None,
    ) -> None:
        super().__init__(campaign, obeyed, db, clock, floor, numbers)
        self._db = db
        self._leads_changed = leads_changed
        self.lanes = LaneWatch(self, db, lanes_told)
        self.claims = Claims(self, self.lanes, db)
        self._tasks = Tasks()
        self._seen: set[str] = set()

    def start(self) -> None:
        """Begin to plan."""
        self._tasks.start(f"plan deadlines of {self.campaign.id}", self.deadlines.run())
        self._tasks.start(f"look at lanes of {self.campaign.id}", self.lanes.run())

    def heard(self, fact: Mapping[str, Any]) -> None:
        """Take note of a fact of this campaign's floor."""
        self.numbers.heard(fact)
        if fact["fact"] != "agent_state" or fact["state"] != State.READY.value:
            return
        agent_id = fact["agent"]
        # The database is asked only for agents a call has waited for, and once for what an earlier life left.
        if agent_id in self.missed or agent_id not in self._seen:
            self.missed.discard(agent_id)
            self._seen.add(agent_id)
            self._tasks.start(f"wake callbacks of {agent_id}", self._wake(agent_id))

    async def close(self) -> None:
        """Let go."""
        await self._tasks.close()

    async def _wake(self, agent_id: str) -> None:
        waking = storage.callbacks.wake(self._db, self.campaign.id, agent_id, now=self.clock.utc())
        try:
            woken = await outside("wake", waking, DATABASE_TIMEOUT_S)
        except (storage.StorageError, TimeoutError) as error:
            log.debug("callbacks_not_woken", agent=agent_id, error=str(error))
            self.missed.add(agent_id)
            return
        if woken:
            self._leads_changed()
