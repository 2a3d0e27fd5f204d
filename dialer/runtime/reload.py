"""New settings into a running dialer: all is checked and made ready first, then taken over in one step."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

import config
from dialer import compliance, leads
from dialer.compliance.ledgerbook import LedgerBook
from dialer.core import events as ev
from dialer.core.agent import State
from dialer.runtime import rules
from dialer.runtime.building import Built, build, shown, wires_of
from dialer.runtime.dialer import Dialer
from dialer.runtime.floor import FloorRunner
from dialer.runtime.shown import ShownNumbers
from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

SOURCE = "configuration"
GONE = "the campaign is no longer in the configuration: conversations are finished, then its floor is closed"
LOOK_EVERY_S = 0.5


class CannotReload(Exception):
    """The new settings do not fit the running dialer; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """What a reload did: changes that hold now, changes that wait for a restart, and floors opened and closed."""

    applied: tuple[config.Change, ...]
    waiting: tuple[config.Change, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(slots=True)
class _Plan:
    """All that the step itself needs, so that it can wait for nothing and fail on nothing."""

    settings: config.Settings
    obeyed: dict[str, compliance.Rules] = field(default_factory=dict)
    books: dict[str, LedgerBook] = field(default_factory=dict)
    numbers: dict[str, ShownNumbers] = field(default_factory=dict)
    added: list[Built] = field(default_factory=list)
    changed: list[config.Campaign] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


class Reloading:
    """Takes new settings, one reload at a time, and closes the floors of campaigns that went."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._lock = asyncio.Lock()
        self._tasks = Tasks()
        self._leaving: dict[str, asyncio.Task[None]] = {}

    async def close(self) -> None:
        """Stop waiting for floors to empty."""
        await self._tasks.close()

    async def apply(self, new: config.Settings) -> Reloaded:
        """Take `new` over; raises CannotReload, or what the database says, and then nothing was changed."""
        async with self._lock:
            dialer = self._dialer
            diff = config.changes(dialer.settings, new)
            plan = await self._prepared(config.in_force(dialer.settings, new))
            self._take_over(plan)
            return Reloaded(
                applied=tuple(one for one in diff if one.reloads_live),
                waiting=tuple(one for one in diff if not one.reloads_live),
                added=tuple(one.campaign.id for one in plan.added),
                removed=tuple(plan.removed),
            )

    async def _prepared(self, wanted: config.Settings) -> _Plan:
        dialer, plan = self._dialer, _Plan(wanted)
        for campaign in wanted.campaigns.values():
            _fits(campaign, wanted)
            plan.obeyed[campaign.id] = obeyed = rules.obeyed_by(campaign, wanted)
            if campaign.id not in dialer.floors:
                plan.added.append(await build(dialer, campaign, wanted, obeyed))
                continue
            plan.changed.append(campaign)
            old = dialer.settings.campaigns[campaign.id]
            if _counted_by(old) != _counted_by(campaign):
                plan.books[campaign.id] = await dialer.budgets[campaign.id].counted(campaign)
            if (old.caller_ids, old.caller_id) != (campaign.caller_ids, campaign.caller_id):
                plan.numbers[campaign.id] = await shown(dialer, campaign, wanted)
        plan.removed = [one for one in dialer.floors if one not in wanted.campaigns]
        await dialer.write_agents(wanted)
        return plan

    def _take_over(self, plan: _Plan) -> None:
        """The step: no await, so no call sees half of it."""
        dialer = self._dialer
        going = {one: dialer.settings.campaigns[one] for one in plan.removed}
        campaigns = {**plan.settings.campaigns, **going}
        old, dialer.settings = dialer.settings, plan.settings.model_copy(update={"campaigns": campaigns})
        for name, node in plan.settings.nodes.items():
            dialer.nodes[name].trunks.retune(rules.trunk_limits(node))
        dialer.forget_rules(plan.obeyed)
        for campaign in plan.changed:
            self._retune(campaign, plan)
        for built in plan.added:
            dialer.adopt(built)
            built.outreach.start()
        for campaign_id in plan.removed:
            self._close_soon(dialer.floors[campaign_id])
        dialer.tell_skills()
        dialer.settings_changed(old)

    def _retune(self, campaign: config.Campaign, plan: _Plan) -> None:
        dialer, runner = self._dialer, self._dialer.floors[campaign.id]
        leaving = self._leaving.pop(campaign.id, None)
        if leaving is not None:
            leaving.cancel()
            runner.feed(ev.DialingForbidden(runner.now(), SOURCE, ""))
        obeyed = plan.obeyed[campaign.id]
        runner.floor.engine.retune(rules.pacing_settings(campaign))
        runner.retune(rules.floor_settings(campaign, obeyed), wires_of(campaign, plan.settings))
        dialer.outreach[campaign.id].retune(campaign, obeyed, plan.numbers.get(campaign.id))
        if campaign.id in plan.books:
            dialer.budgets[campaign.id].adopt(campaign, plan.books[campaign.id])
        dialer.leads_changed(campaign.id)  # what was refused may be allowed now
        for agent in tuple(runner.floor.roster):
            bounded = runner.floor.settings.bounded(agent.interval_s)
            if agent.state is not State.OUT and bounded != agent.interval_s:
                runner.feed(ev.IntervalChosen(runner.now(), agent.id, bounded))

    def _close_soon(self, runner: FloorRunner) -> None:
        if runner.campaign_id not in self._leaving:
            runner.feed(ev.DialingForbidden(runner.now(), SOURCE, GONE))
            name = f"close the floor of {runner.campaign_id}"
            self._leaving[runner.campaign_id] = self._tasks.start(name, self._closed(runner))

    async def _closed(self, runner: FloorRunner) -> None:
        """Wait for calls and wrap-ups, send the agents home, and let the floor go."""
        while not runner.floor.quiet or any(agent.state is not State.OUT for agent in runner.floor.roster):
            if runner.floor.quiet:
                for agent in tuple(runner.floor.roster):
                    runner.feed(ev.AgentLoggedOut(runner.now(), agent.id))
            await asyncio.sleep(LOOK_EVERY_S)
        del self._leaving[runner.campaign_id]
        await self._dialer.let_go(runner.campaign_id)
        log.info("floor_closed", campaign=runner.campaign_id, why="no longer in the configuration")


def _fits(campaign: config.Campaign, wanted: config.Settings) -> None:
    """Home nodes and the nodes themselves change at a restart only: a campaign may need one that is not there."""
    node = wanted.nodes.get(campaign.node)
    if node is None:
        raise CannotReload(
            f"campaign {campaign.id} needs the node {campaign.node}, which is new: restart the daemon for it"
        )
    missing = [name for name in campaign.trunks if name not in node.trunks]
    if missing:
        raise CannotReload(
            f"campaign {campaign.id} is to use {', '.join(missing)}, no trunk of its home node {campaign.node}; "
            "a campaign moves to another node at a restart of the daemon"
        )


def _counted_by(campaign: config.Campaign) -> tuple[object, ...]:
    """What the ledgers' figures are made by."""
    machines = campaign.machines
    reviews = (campaign.amd_false_positives, machines.review_days, machines.review_least)
    return (leads.ledgers_of(campaign), *reviews)
