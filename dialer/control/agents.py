"""Use cases of agents: log in, ready, pause, own interval, and what came of a conversation."""

from __future__ import annotations

from typing import Any

import storage
from dialer.control.amounts import cents
from dialer.control.base import DATABASE_TIMEOUT_S, UseCases
from dialer.control.errors import ControlError
from dialer.control.instants import instant
from dialer.core import events as ev
from dialer.core.agent import State
from dialer.leads import promises
from dialer.runtime.floor import FloorRunner
from dialer.runtime.ids import AGENT_ID
from dialer.runtime.tasks import outside

DESK_CLOSED = "desk closed"
"""Reason of the pause of an agent whose desk went away."""


class Agents(UseCases):
    """What may be asked of agents."""

    async def agents(self) -> list[dict[str, Any]]:
        """Every agent in the books, with the state on the floor where on one."""
        await self.dialer.reload_agents()
        return [self._listed(row) for row in self.dialer.agents.values()]

    async def targets(self, agent: str | None = None) -> list[dict[str, Any]]:
        """How every agent's activity targets of today stand, or one agent's; those behind first."""
        if agent is not None:
            self._row(agent)
        chosen = sorted(self.dialer.activity.rows) if agent is None else [agent]
        rows = [{"agent": one, **row} for one in chosen for row in self.dialer.activity.rows.get(one, ())]
        return sorted(rows, key=lambda row: (not row["behind"], row["value"] / row["goal"], row["agent"]))

    async def add_agent(
        self,
        agent: str,
        endpoint: str,
        name: str = "",
        campaign: str | None = None,
        interval_s: float | None = None,
    ) -> dict[str, Any]:
        """Add an agent to the books, or change name, phone and campaign of a known one."""
        if not AGENT_ID.fullmatch(agent):
            raise ControlError(
                "agent_id_invalid", f"{agent!r} is no agent id; use a-z, 0-9 and -, at most 32 characters"
            )
        if campaign is not None:
            self._floor(campaign)
        added = storage.agents.add(
            self.dialer.db,
            agent,
            now=self.dialer.clock.utc(),
            name=name,
            endpoint=endpoint,
            campaign_id=campaign,
            interval_s=interval_s,
        )
        row = await outside("database", added, DATABASE_TIMEOUT_S)
        self.dialer.agents[agent] = row
        return self._listed(row)

    async def log_in(self, agent: str, campaign: str | None = None, ready: bool = False) -> dict[str, Any]:
        """Ring the agent's phone once and keep the leg: the seat."""
        row = self._row(agent)
        wanted = campaign or row.campaign_id
        if wanted is None:
            raise ControlError("agent_without_campaign", f"agent {agent} is on no campaign; name one")
        runner = self._floor(wanted)
        other = self._seated(agent)
        if other is not None and other is not runner:
            raise ControlError(
                "agent_elsewhere",
                f"agent {agent} is on the floor of {other.campaign_id}; log out there first",
            )
        if row.campaign_id != wanted:
            moved = storage.agents.set_campaign(self.dialer.db, agent, wanted)
            await outside("database", moved, DATABASE_TIMEOUT_S)
            await self.dialer.reload_agents()
        if not runner.wiring.node.up:
            raise ControlError(
                "line_down", f"{runner.wiring.node.name} cannot be reached: {runner.wiring.node.reason}"
            )
        interval_s = self.dialer.interval_of(agent, self.dialer.settings.campaigns[wanted])
        seat = self.dialer.ids.seat(agent)
        skills = self.dialer.skills_of(agent)
        await self._feed(runner, ev.AgentLoggedIn(runner.now(), agent, seat, interval_s, ready, skills))
        return self._on_floor(runner, agent)

    async def log_out(self, agent: str) -> dict[str, Any]:
        """Give the seat up; a conversation is finished first."""
        runner = self._floor_of(agent)
        await self._feed(runner, ev.AgentLoggedOut(runner.now(), agent))
        return self._on_floor(runner, agent)

    async def ready(self, agent: str, skip_interval: bool = False) -> dict[str, Any]:
        """Take calls from now on; with `skip_interval` at once."""
        runner = self._floor_of(agent)
        await self._feed(runner, ev.AgentWentReady(runner.now(), agent, skip_interval))
        return self._on_floor(runner, agent)

    async def pause(self, agent: str, reason: str = "") -> dict[str, Any]:
        """No further call; a conversation and its wrap-up are finished first."""
        runner = self._floor_of(agent)
        known = self.dialer.settings.pause_reasons
        if reason and reason not in known:
            raise ControlError(
                "pause_reason_unknown", f"{reason!r} is no pause reason here; there are: {', '.join(known)}"
            )
        await self._feed(runner, ev.AgentPaused(runner.now(), agent, reason))
        return self._on_floor(runner, agent)

    async def desk_closed(self, agent: str) -> None:
        """Nobody sits at the agent's desk: no further call, whatever pause reasons there are."""
        runner = self._seated(agent)
        if runner is not None:
            await self._feed(runner, ev.AgentPaused(runner.now(), agent, DESK_CLOSED))

    async def set_interval(self, agent: str, interval_s: float) -> dict[str, Any]:
        """The agent's own call interval, within the campaign's bounds; kept for the next days too."""
        row = self._row(agent)
        if not 0 <= interval_s <= 3600:
            raise ControlError("interval_invalid", "a call interval is 0 to 3600 seconds")
        runner = self._seated(agent)
        if runner is None:
            kept = storage.agents.set_interval(self.dialer.db, agent, interval_s)
            await outside("database", kept, DATABASE_TIMEOUT_S)
            await self.dialer.reload_agents()
            return self._listed(self._row(row.agent_id))
        await self._feed(runner, ev.IntervalChosen(runner.now(), agent, interval_s))
        return self._on_floor(runner, agent)

    async def dispose(
        self,
        agent: str,
        code: str,
        callback_at: float | None = None,
        mine: bool = False,
        callback: str | None = None,
        amount: str | float | None = None,
    ) -> dict[str, Any]:
        """What came of the agent's conversation, during it or in wrap-up; `amount`: what it was worth.

        A call is promised at `callback_at` (seconds since the epoch) or at `callback`, told in the time of the
        person called; `mine`: by this agent.
        """
        runner = self._floor_of(agent)
        known = {one.code: one for one in self.dialer.settings.campaigns[runner.campaign_id].dispositions}
        if code not in known:
            raise ControlError(
                "disposition_unknown", f"{code!r} is no disposition here; there are: {', '.join(known)}"
            )
        if amount is not None and not known[code].asks_amount:
            raise ControlError("amount_unasked", f"{code!r} takes no amount; set asks_amount on it")
        amount_cents = None if amount is None else cents(amount)
        found = runner.floor.roster.get(agent)
        state = State.OUT if found is None else found.state
        if found is None or (state is not State.TALKING and not runner.floor.owes_word(found)):
            raise ControlError(
                "no_conversation", f"agent {agent} is {state.value}: there is no conversation to judge"
            )
        call = found.call_id if state is State.TALKING else found.last_call_id
        if callback is not None and call is not None:
            callback_at = await self._instant_for(runner, call, callback)
        event = ev.DispositionGiven(runner.now(), agent, code, call, callback_at, mine, amount_cents)
        await self._feed(runner, event)
        return self._on_floor(runner, agent)

    async def _instant_for(self, runner: FloorRunner, call: str, text: str) -> float:
        """The instant a text means to the person of this call."""
        reading = storage.attempts.by_id(self.dialer.db, call)
        attempt = await outside("database", reading, DATABASE_TIMEOUT_S)
        zone = None
        if attempt is not None:
            loading = storage.leads.by_id(self.dialer.db, attempt.lead_id)
            lead = await outside("database", loading, DATABASE_TIMEOUT_S)
            obeyed = self.dialer.compliance_rules(self.dialer.settings.campaigns[runner.campaign_id])
            zone = None if lead is None else promises.zone_of(lead, attempt.e164, obeyed)
        return instant(text, zone, self.dialer.clock.utc()).timestamp()
