"""Leads in front of agents: claimed for one, and judged anew when they are to be dialed."""

from __future__ import annotations

from dialer.core import wishes
from dialer.runtime.wiring import Shell


class Previews:
    """Claims and judges for one floor."""

    def __init__(self, runner: Shell) -> None:
        self._runner = runner

    async def claim(self, agent_id: str) -> None:
        """Claim a lead to show to this agent."""
        runner, new, why = self._runner, None, "claiming a lead was interrupted"
        try:
            agent = runner.floor.roster.get(agent_id)
            having = () if agent is None else agent.skills
            claimed = await runner.wiring.claim(1, having=having)
            why = claimed.why
            for order in claimed.orders:
                runner.orders[order.new.call_id] = order
                new = order.new
        finally:
            runner.feed(wishes.PreviewClaimed(runner.now(), agent_id, new, why))

    async def judge(self, agent_id: str) -> None:
        """The time of a shown lead is over: dial it, if it may be dialed."""
        await self.accept(agent_id)

    async def accept(self, agent_id: str) -> str:
        """Judge a shown lead anew and dial it, or give it back; why it may not be dialed, empty if it is."""
        runner = self._runner
        shown = runner.floor.previews.get(agent_id)
        order = None if shown is None else runner.orders.get(shown.new.call_id)
        if shown is None or order is None:
            return "no lead is shown any more"
        why = order.refused or await runner.wiring.judge(order)
        if runner.floor.previews.get(agent_id) is not shown:
            return "the lead was taken away meanwhile"
        if why:
            runner.feed(wishes.PreviewRefused(runner.now(), agent_id, why))
        else:
            runner.feed(wishes.PreviewAccepted(runner.now(), agent_id))
        return why
