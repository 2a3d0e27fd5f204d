"""What stands between the list and the floor: promised calls, who is there to make them, plans for deadlines."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import structlog

import config
import storage
from dialer import compliance, leads
from dialer.core import skills
from dialer.core.agent import State
from dialer.core.floor import Floor
from dialer.runtime.claims import Claims
from dialer.runtime.clock import Clock
from dialer.runtime.deadlines import DeadlinePlanner
from dialer.runtime.floor import Order
from dialer.runtime.lanes import LaneWatch, Told
from dialer.runtime.orders import order_of
from dialer.runtime.shown import ShownNumbers
from dialer.runtime.tasks import Tasks, outside

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S = 20.0
SOON_READY_S = 10.0
"""An agent whose interval ends within this is as good as ready: a phone rings longer."""


class Outreach:
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
        self.campaign = campaign
        self.obeyed = obeyed
        self.clock = clock
        self._db = db
        self._floor = floor
        self._leads_changed = leads_changed
        self.claims = Claims(self, db)
        self.lanes = LaneWatch(self, db, lanes_told)
        self.deadlines = DeadlinePlanner(campaign, obeyed, db, clock)
        self.numbers = numbers
        self._tasks = Tasks()
        self._missed: set[str] = set()
        self._seen: set[str] = set()

    def start(self) -> None:
        """Begin to plan."""
        self._tasks.start(f"plan deadlines of {self.campaign.id}", self.deadlines.run())
        self._tasks.start(f"look at lanes of {self.campaign.id}", self.lanes.run())

    def retune(
        self, campaign: config.Campaign, obeyed: compliance.Rules, numbers: ShownNumbers | None
    ) -> None:
        """Go on by these settings; `numbers` where the caller ids are others now."""
        self.campaign, self.obeyed = campaign, obeyed
        self.deadlines.retune(campaign, obeyed)
        if numbers is not None:
            numbers.take_over(self.numbers)
            self.numbers = numbers

    def judge(self, new_id: Callable[[], str]) -> leads.Judge:
        """The judge for a claim made now."""
        return leads.Judge(
            self.obeyed,
            self.clock.utc(),
            new_id,
            is_there=self.is_there,
            owner_tolerance_s=self.campaign.callback_tolerance_s,
            is_able=self.is_able,
        )

    def order(self, claimed: storage.ClaimedCall) -> Order:
        """The order for a claimed lead."""
        plan_at = self.deadlines.plan_after(claimed)
        shown = self.numbers.choose(claimed)
        asked = self.asked(claimed.lead.window_key)
        return order_of(claimed, self.obeyed, plan_at=plan_at, caller_id=shown, asked=asked)

    def asked(self, window_key: str) -> tuple[str, ...]:
        """What leads of this key ask of an agent, in this campaign."""
        return tuple(sorted({*leads.skills_of(window_key), *self.campaign.skills}))

    def is_able(self, agent_id: str, window_key: str) -> bool:
        """Whether this agent has what leads of this key ask for; of one who is not on the floor nobody knows."""
        agent = self._floor.roster.get(agent_id)
        return agent is None or skills.serves(agent, self.asked(window_key))

    def is_there(self, agent_id: str) -> bool:
        """Whether this agent could take a promised call that rings now."""
        there = self._is_there(agent_id)
        if not there:
            self._missed.add(agent_id)
        return there

    def _is_there(self, agent_id: str) -> bool:
        agent = self._floor.roster.get(agent_id)
        if agent is None or agent_id in self._floor.promised.values():
            return False
        if agent.state is State.INTERVAL:
            return agent.pausing is None and agent.interval_ends_at - self.clock.now() <= SOON_READY_S
        return agent.free

    def heard(self, fact: Mapping[str, Any]) -> None:
        """Take note of a fact of this campaign's floor."""
        self.numbers.heard(fact)
        if fact["fact"] != "agent_state" or fact["state"] != State.READY.value:
            return
        agent_id = fact["agent"]
        # The database is asked only for agents a call has waited for, and once for what an earlier life left.
        if agent_id in self._missed or agent_id not in self._seen:
            self._missed.discard(agent_id)
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
            self._missed.add(agent_id)
            return
        if woken:
            self._leads_changed()
