"""The use cases: what an operator, an agent or a program may ask of a running dialer. CLI, web and MQTT call these."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import storage
from dialer import compliance
from dialer.core import events as ev
from dialer.core import wrapup
from dialer.core.agent import Agent, SeatState, State
from dialer.core.call import Phase
from dialer.leads import promises, risk
from dialer.runtime.dialer import Dialer
from dialer.runtime.floor import FloorRunner
from dialer.runtime.ids import AGENT_ID
from dialer.runtime.tasks import outside

DATABASE_TIMEOUT_S = 30.0


class ControlError(Exception):
    """A wish that cannot be granted: `id` is stable for programs, the message says what to do."""

    def __init__(self, error_id: str, message: str) -> None:
        super().__init__(message)
        self.id = error_id


class Control:
    """What may be asked of a dialer. Every change is in the journal before it is acknowledged."""

    def __init__(self, dialer: Dialer) -> None:
        self.dialer = dialer

    # Campaigns.

    async def campaigns(self) -> list[dict[str, Any]]:
        """Every campaign with its run state and why it does or does not dial."""
        return [self._brief(runner) for runner in self.dialer.floors.values()]

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
        leads = await outside("database", storage.leads.counts(dialer.db, campaign), DATABASE_TIMEOUT_S)
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
            "refusals": dict(dialer.refusals.get(campaign, {})),
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

    # Agents.

    async def agents(self) -> list[dict[str, Any]]:
        """Every agent in the books, with the state on the floor where on one."""
        await self.dialer.reload_agents()
        return [self._listed(row) for row in self.dialer.agents.values()]

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
        await self._feed(runner, ev.AgentLoggedIn(runner.now(), agent, seat, interval_s, ready))
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
    ) -> dict[str, Any]:
        """What came of the agent's conversation, during it or in wrap-up.

        A call is promised at `callback_at` (seconds since the epoch) or at `callback`, told in the time of the
        person called; `mine`: by this agent.
        """
        runner = self._floor_of(agent)
        known = [one.code for one in self.dialer.settings.campaigns[runner.campaign_id].dispositions]
        if code not in known:
            raise ControlError(
                "disposition_unknown", f"{code!r} is no disposition here; there are: {', '.join(known)}"
            )
        found = runner.floor.roster.get(agent)
        state = State.OUT if found is None else found.state
        if found is None or (state is not State.TALKING and not wrapup.owes_word(runner.floor, found)):
            raise ControlError(
                "no_conversation", f"agent {agent} is {state.value}: there is no conversation to judge"
            )
        call = found.call_id if state is State.TALKING else found.last_call_id
        if callback is not None and call is not None:
            callback_at = await self._instant_for(runner, call, callback)
        event = ev.DispositionGiven(runner.now(), agent, code, call, callback_at, mine)
        await self._feed(runner, event)
        return self._on_floor(runner, agent)

    # Leads.

    async def callback(
        self,
        campaign: str,
        number: str | None = None,
        external_id: str | None = None,
        owner: str | None = None,
        at: str | None = None,
        reason: str = "callback",
    ) -> dict[str, Any]:
        """Make a lead the next in line, now or `at` an instant in its own time, for one agent if `owner` is told."""
        runner = self._floor(campaign)
        if owner is not None:
            self._row(owner)
        lead, e164 = await self._found(runner, number, external_id)
        obeyed = self.dialer.compliance_rules(self.dialer.settings.campaigns[campaign])
        now = self.dialer.clock.utc()
        due = None if at is None else _instant(at, promises.zone_of(lead, e164, obeyed), now)
        promising = storage.callbacks.promise(
            self.dialer.db, lead.lead_id, now=now, at=due, owner=owner, reason=reason[:200] or "callback"
        )
        if not await outside("database", promising, DATABASE_TIMEOUT_S):
            raise ControlError(
                "lead_not_callable",
                f"lead {lead.external_id or lead.lead_id} is in a call, or excluded for good",
            )
        return {
            "lead": lead.lead_id,
            "external_id": lead.external_id,
            "campaign": campaign,
            "at": (due or now).isoformat(),
            "owner": owner,
        }

    async def leads_at_risk(self, campaign: str, limit: int = 100) -> dict[str, Any]:
        """How a campaign's leads with a deadline stand, and those that will probably not be reached in time."""
        settings = self.dialer.settings.campaigns[self._floor(campaign).campaign_id]
        return await risk.report(self.dialer.db, settings, self.dialer.clock.utc(), limit=limit)

    def _deadlines(self, campaign: str) -> dict[str, int] | None:
        counts = self.dialer.outreach[campaign].deadlines.counts
        return None if counts is None or not counts.leads else asdict(counts)

    async def _found(
        self, runner: FloorRunner, number: str | None, external_id: str | None
    ) -> tuple[storage.Lead, str]:
        """The campaign's lead of an external id or of a number, as people write it."""
        campaign = self.dialer.settings.campaigns[runner.campaign_id]
        if external_id is not None:
            finding = storage.leads.by_external_id(self.dialer.db, campaign.id, external_id)
            lead = await outside("database", finding, DATABASE_TIMEOUT_S)
            if lead is None:
                raise ControlError("lead_unknown", f"{campaign.id} has no lead {external_id!r}")
            return lead, number or ""
        if number is None:
            raise ControlError("bad_request", "name the lead by number or external_id")
        read = compliance.numbers.read(number, campaign.default_region)
        if isinstance(read, compliance.BadNumber):
            raise ControlError("number_invalid", read.reason)
        listing = storage.leads.by_number(self.dialer.db, read.e164, campaign_id=campaign.id)
        found = await outside("database", listing, DATABASE_TIMEOUT_S)
        if not found:
            raise ControlError("lead_unknown", f"{campaign.id} has no lead with that number")
        return found[0], read.e164

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
        return _instant(text, zone, self.dialer.clock.utc()).timestamp()

    # Inside.

    async def _feed(self, runner: FloorRunner, event: ev.Event) -> None:
        runner.feed(event)
        await self.dialer.books.durable_now()

    def _floor(self, campaign: str) -> FloorRunner:
        try:
            return self.dialer.floors[campaign]
        except KeyError:
            known = ", ".join(sorted(self.dialer.floors)) or "none"
            raise ControlError("campaign_unknown", f"no campaign {campaign!r}; there are: {known}") from None

    def _row(self, agent: str) -> storage.AgentRow:
        row = self.dialer.agents.get(agent)
        if row is None:
            raise ControlError(
                "agent_unknown", f"no agent {agent!r}; add it: dialer agent add {agent} --phone PJSIP/..."
            )
        return row

    def _seated(self, agent: str) -> FloorRunner | None:
        for runner in self.dialer.floors.values():
            found = runner.floor.roster.get(agent)
            if found is not None and found.state is not State.OUT:
                return runner
        return None

    def _floor_of(self, agent: str) -> FloorRunner:
        self._row(agent)
        runner = self._seated(agent)
        if runner is None:
            raise ControlError("agent_out", f"agent {agent} is not logged in; dialer agent login {agent}")
        return runner

    def _on_floor(self, runner: FloorRunner, agent: str) -> dict[str, Any]:
        found = runner.floor.roster.get(agent)
        return {"id": agent, "state": "out"} if found is None else self._agent(runner, found)

    def _listed(self, row: storage.AgentRow) -> dict[str, Any]:
        runner = self._seated(row.agent_id)
        base = {
            "id": row.agent_id,
            "name": row.name,
            "phone": row.endpoint,
            "campaign": row.campaign_id,
            "interval_s": row.interval_s,
            "state": "out",
        }
        return base if runner is None else {**base, **self._on_floor(runner, row.agent_id)}

    def _agent(self, runner: FloorRunner, agent: Agent) -> dict[str, Any]:
        row = self.dialer.agents.get(agent.id)
        ends = agent.interval_ends_at if agent.state is State.INTERVAL else None
        return {
            "id": agent.id,
            "name": "" if row is None else row.name,
            "campaign": runner.campaign_id,
            "state": agent.state.value,
            "for_s": round(max(0.0, runner.now() - agent.since), 1),
            "reason": agent.reason,
            "interval_s": agent.interval_s,
            "ready_in_s": None if ends is None else round(max(0.0, ends - runner.now()), 1),
            "phone_held": agent.seat in (SeatState.HELD, SeatState.BUSY),
            "call": agent.call_id,
        }

    def _brief(self, runner: FloorRunner) -> dict[str, Any]:
        floor = runner.floor
        phases = [call.phase for call in floor.calls.values()]
        return {
            "id": runner.campaign_id,
            "state": floor.run_state.value,
            "node": runner.wiring.node.name,
            "node_up": runner.wiring.node.up,
            "why": self._why(runner),
            "dialing": phases.count(Phase.DIALING),
            "ringing": phases.count(Phase.RINGING),
            "waiting": phases.count(Phase.WAITING),
            "talking": phases.count(Phase.TALKING),
            "agents_by_state": dict(_counted(agent.state.value for agent in floor.roster)),
        }

    def _why(self, runner: FloorRunner) -> str:
        """What the campaign does or why it does not; a node that cannot be reached comes before all else."""
        node = runner.wiring.node
        return runner.floor.why.text if node.up else f"{node.name} cannot be reached: {node.reason}"

    def _pacing(self, runner: FloorRunner) -> dict[str, Any]:
        decision = runner.floor.why.decision
        return {
            "why": runner.floor.why.text,
            "decisions": runner.decisions,
            "cost_ms": round(1000 * runner.pace_cost_s / max(1, runner.decisions), 3),
            "last": None if decision is None else asdict(decision.why),
        }


def _instant(text: str, zone: str | None, now: datetime) -> datetime:
    try:
        return promises.instant_of(text, zone, now)
    except promises.BadInstant as error:
        raise ControlError("instant_invalid", str(error)) from None


def _counted(words: Iterator[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
