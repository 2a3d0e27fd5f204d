"""Use cases on campaigns: start, pause, drain, and how one stands."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import storage
from dialer.control.base import DATABASE_TIMEOUT_S, UseCases
from dialer.core import events as ev
from dialer.core.agent import State
from dialer.runtime.tasks import outside


class Campaigns(UseCases):
    """What may be asked of campaigns."""

    async def campaigns(self) -> list[dict[str, Any]]:
        """Every campaign with its run state and why it does or does not dial."""
        return [self._brief(runner) for runner in self.dialer.floors.values()]

    def known_campaign(self, campaign: str) -> None:
        """Raise ControlError where there is no such campaign."""
        self._floor(campaign)

    async def set_run_state(self, campaign: str, state: str) -> dict[str, Any]:
        """Start (running), pause, drain or stop a campaign."""
        runner = self._floor(campaign)
        await self._feed(runner, ev.RunStateSet(runner.now(), ev.RunState(state)))
        return self._brief(runner)

    async def drain(self) -> dict[str, Any]:
        """Every running campaign places no new call any more; says whether conversations are still on."""
        for runner in self.dialer.floors.values():
            if runner.floor.run_state is ev.RunState.RUNNING:
                runner.feed(ev.RunStateSet(runner.now(), ev.RunState.DRAINING))
        await self.dialer.books.durable_now()
        floors = [runner.floor for runner in self.dialer.floors.values()]
        wrapping = sum(floor.roster.count(State.WRAPUP) for floor in floors)
        return {
            "drained": self.dialer.quiet,
            "calls": sum(len(floor.calls) for floor in floors),
            "wrapup": wrapping,
        }

    async def campaign_status(self, campaign: str) -> dict[str, Any]:
        """One campaign in full: floor, calls, list, outcomes, abandonment, trunks and pacing's reasons."""
        runner = self._floor(campaign)
        dialer, now = self.dialer, self.dialer.clock.utc()
        today = now - timedelta(hours=24)
        leads = await dialer.budgets[campaign].stock.counts()
        outcomes = await outside(
            "database", storage.attempts.outcomes(dialer.db, campaign, since=today), DATABASE_TIMEOUT_S
        )
        ledger = await outside(
            "database", storage.attempts.ledger(dialer.db, campaign, since=today), DATABASE_TIMEOUT_S
        )
        latency = runner.wiring.node.latency.quantiles_s()
        return {
            **self._brief(runner),
            "leads": leads,
            "deadlines": self._deadlines(campaign),
            "caller_ids": dialer.outreach[campaign].numbers.state(),
            "outcomes_24h": outcomes,
            "refusals": dict(dialer.outreach[campaign].claims.refusals),
            "ledger_24h": asdict(ledger),
            "ledgers": [
                {**asdict(figure), "share": figure.share, "left": figure.left}
                for figure in dialer.budgets[campaign].figures()
            ],
            "agents": [self._agent(runner, agent) for agent in runner.floor.roster],
            "trunks": [asdict(one) for one in runner.wiring.node.trunks.report(runner.now())],
            "answer_to_bridge_s": None
            if latency is None
            else dict(zip(("p50", "p95", "p99"), latency, strict=True)),
            "pacing": self._pacing(runner),
        }

    def _deadlines(self, campaign: str) -> dict[str, int] | None:
        counts = self.dialer.outreach[campaign].deadlines.counts
        return None if counts is None or not counts.leads else asdict(counts)
