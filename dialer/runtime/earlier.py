"""What an earlier life of the daemon left: read from the books at start, given to each floor as its switch shows it."""

from __future__ import annotations

from typing import Any

import structlog

import ami
import config
import storage
from dialer.core import agent as ag
from dialer.core import facts, resume, wishes
from dialer.core.call import Call
from dialer.runtime import restore
from dialer.runtime.centre import Centre
from dialer.runtime.restore import Held
from dialer.runtime.tasks import outside
from dialer.runtime.wiring import Shell

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S = 30.0


class EarlierLife:
    """Attempts not ended, and ended ones whose agents still owe a word, by campaign, until their floor takes them."""

    def __init__(self, dialer: Centre) -> None:
        self._dialer = dialer
        self._live: dict[str, list[storage.Attempt]] = {}
        self._owed: dict[str, list[storage.Attempt]] = {}
        self._kept: dict[str, restore.Kept] = {}

    async def load(self) -> None:
        """Read what the books know."""
        dialer = self._dialer
        mine: dict[str, Any] = {"prefix": dialer.ids.call_prefix, "nodes": tuple(dialer.settings.nodes)}
        live = await outside("database", storage.attempts.live(dialer.db, **mine), DATABASE_TIMEOUT_S)
        owed = await outside("database", storage.attempts.owed(dialer.db, **mine), DATABASE_TIMEOUT_S)
        for attempt in owed:
            self._owed.setdefault(attempt.campaign_id, []).append(attempt)
        for attempt in live:
            self._live.setdefault(attempt.campaign_id, []).append(attempt)
        await self._keep((*live, *owed))

    async def _keep(self, attempts: tuple[storage.Attempt, ...]) -> None:
        dialer, ids = self._dialer, {attempt.lead_id for attempt in attempts}
        if not ids:
            return
        leads = await outside("database", storage.leads.by_ids(dialer.db, ids), DATABASE_TIMEOUT_S)
        pasts = await outside("database", storage.attempts.pasts(dialer.db, ids), DATABASE_TIMEOUT_S)
        for attempt in attempts:
            lead, campaign = leads.get(attempt.lead_id), dialer.settings.campaigns.get(attempt.campaign_id)
            if lead is not None and campaign is not None:
                obeyed = dialer.compliance_rules(campaign)
                past = pasts.get(attempt.lead_id, ())
                self._kept[attempt.attempt_id] = restore.kept_of(attempt, lead, past, obeyed, campaign.skills)

    def restore(self, runner: Shell, channels: tuple[ami.LiveChannel, ...]) -> None:
        """What was left of this floor, as the books and the switch know it."""
        dialer, floor, now = self._dialer, runner.floor, self._dialer.clock.now()
        attempts = self._live.pop(runner.campaign_id, [])
        pairs, helpers = restore.pairs_of(channels, {one.attempt_id: one.agent for one in attempts})
        passed, conferring = restore.passed_of(channels), restore.conferring(channels)
        waiting = restore.waiting_of(channels)
        kept = [self._kept.pop(one.attempt_id, restore.Kept()) for one in attempts]
        calls = tuple(
            restore.call_of(
                one,
                floor,
                known,
                pairs.get(one.attempt_id),
                now,
                passed=one.attempt_id in passed,
                confer=one.attempt_id in conferring,
                waits=one.attempt_id in waiting,
            )
            for one, known in zip(attempts, kept, strict=True)
        )
        for one, call, known in zip(attempts, calls, kept, strict=True):
            runner.orders[call.id] = restore.order_of(call, one, known)
            if one.bridged_at is None and call.bridged_at is not None:
                dialer.books.write(facts.bridged(call))
        talking = restore.talking_of(attempts, pairs, passed)
        ringing = {call.reserved: call.id for call in calls if call.reserved is not None and call.by_hand}
        held = Held(restore.seats_of(channels, dialer.ids.seat_prefix), talking, ringing, helpers)
        agents = self._agents(runner, dialer.settings.campaigns[runner.campaign_id], held)
        owed = tuple(
            (one.agent, restore.call_of(one, floor, self._kept.pop(one.attempt_id, restore.Kept())))
            for one in self._owed.pop(runner.campaign_id, [])
            if one.agent is not None
        )
        resume.resume(floor, calls, tuple(agents), now, owed)
        runner.recorder.resumed(now, calls, agents, owed)
        runner.run_later()
        self._own(runner, calls, agents, channels, helpers)
        if calls or agents:
            log.info("floor_resumed", campaign=runner.campaign_id, calls=len(calls), agents=len(agents))

    def _agents(self, runner: Shell, campaign: config.Campaign, held: Held) -> list[ag.Agent]:
        rows = [row for row in self._dialer.agents.values() if row.campaign_id == runner.campaign_id]
        dialer = self._dialer
        agents = (
            restore.agent_row(
                row,
                runner.floor,
                dialer.interval_of(row.agent_id, campaign),
                held,
                dialer.skills_of(row.agent_id),
            )
            for row in rows
        )
        return [agent for agent in agents if agent is not None]

    def _own(
        self,
        runner: Shell,
        calls: tuple[Call, ...],
        agents: list[ag.Agent],
        channels: tuple[ami.LiveChannel, ...],
        helpers: dict[str, str],
    ) -> None:
        """Let the floor hear of its channels from now on, and take in the third ones of its calls."""
        node, now = runner.wiring.node, runner.now()
        for call in calls:
            node.own(call.id, runner)
        for agent in agents:
            if agent.seat_id is not None:
                node.own(agent.seat_id, runner)
                if agent.id in helpers:
                    runner.feed(wishes.PartyFound(now, agent.seat_id, helpers[agent.id], True, agent.id))
        for party_id, call_id, joined in restore.parties_of(channels, self._dialer.ids.party_prefix):
            if call_id in runner.floor.calls:
                node.own(party_id, runner)
                runner.feed(wishes.PartyFound(now, party_id, call_id, joined))
