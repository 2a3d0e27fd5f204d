"""By what a campaign's leads are judged and its orders made: its settings now, and who is there to talk."""

from __future__ import annotations

from collections.abc import Callable

import config
import storage
from dialer import compliance, leads
from dialer.core import skills
from dialer.core.agent import State
from dialer.core.floor import Floor
from dialer.runtime.clock import Clock
from dialer.runtime.deadlines import DeadlinePlanner
from dialer.runtime.orders import order_of
from dialer.runtime.shown import ShownNumbers
from dialer.runtime.wiring import Order

SOON_READY_S = 10.0
"""An agent whose interval ends within this is as good as ready: a phone rings longer."""


class Terms:
    """One campaign's terms; they change while its calls are on. `missed`: agents a promised call has waited for."""

    def __init__(
        self,
        campaign: config.Campaign,
        obeyed: compliance.Rules,
        db: storage.Database,
        clock: Clock,
        floor: Floor,
        numbers: ShownNumbers,
    ) -> None:
        self.campaign = campaign
        self.obeyed = obeyed
        self.clock = clock
        self.numbers = numbers
        self.deadlines = DeadlinePlanner(campaign, obeyed, db, clock)
        self.missed: set[str] = set()
        self._floor = floor

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
            self.missed.add(agent_id)
        return there

    def _is_there(self, agent_id: str) -> bool:
        agent = self._floor.roster.get(agent_id)
        if agent is None or agent_id in self._floor.promised.values():
            return False
        if agent.state is State.INTERVAL:
            return agent.pausing is None and agent.interval_ends_at - self.clock.now() <= SOON_READY_S
        return agent.free
