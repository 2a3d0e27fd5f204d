"""The contact centre as the daemon knows it: its parts by name, its agents, and what holds for each campaign."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

import config
import storage
from dialer import compliance
from dialer.core import events as ev
from dialer.leads.caller_ids import Uses
from dialer.runtime import rules
from dialer.runtime.books import Books
from dialer.runtime.budgets import Budgets
from dialer.runtime.clock import Clock
from dialer.runtime.floor import FloorRunner
from dialer.runtime.ids import Ids, boot_of
from dialer.runtime.leadership import Leadership
from dialer.runtime.node import Node
from dialer.runtime.outgoing import Outgoing
from dialer.runtime.outreach import Outreach
from dialer.runtime.tasks import outside
from dialer.runtime.troubles import Trouble
from dialer.runtime.wiring import Listener, Restore

log = structlog.get_logger(__name__)


class Centre:
    """What the daemon's parts share. The dialer starts and stops them; `db` and `books` are there once it has."""

    def __init__(self, settings: config.Settings, listener: Listener | None) -> None:
        self.settings = settings
        self._listeners: list[Listener] = [] if listener is None else [listener]
        self.clock = Clock(asyncio.get_running_loop())
        self.ids = Ids(settings.instance, boot_of(self.clock.now()))
        self.leadership = Leadership.of(settings, lambda: self.settings.campaigns)
        self.abdicated = asyncio.Event()
        self.nodes: dict[str, Node] = {}
        self.floors: dict[str, FloorRunner] = {}
        self.budgets: dict[str, Budgets] = {}
        self.outreach: dict[str, Outreach] = {}
        self.uses = Uses()
        self.outgoing = Outgoing(lambda: self.settings.webhooks)
        self.agents: dict[str, storage.AgentRow] = {}
        self.database_why = ""
        """Why the database did not answer when last asked; empty: it did."""
        self.troubles: dict[str, Trouble] = {}
        """What parts beside the calls have trouble with, by a name that stays the same meanwhile."""
        self._compliance: dict[str, compliance.Rules] = {}
        self._forbidden: dict[str, str] = {}
        self.watchers: list[Callable[[config.Settings, config.Settings], None]] = []
        self.restore: Restore
        """Puts back on a floor what an earlier life of the daemon left."""
        self.db: storage.Database
        self.books: Books

    @property
    def forbidden(self) -> Mapping[str, str]:
        """Why no new call is placed anywhere, by what forbids it; empty: nothing does."""
        return dict(self._forbidden)

    @property
    def may_act(self) -> bool:
        """No other daemon may be leading instead of us."""
        return self.leadership is None or self.leadership.leads

    def settings_changed(self, old: config.Settings) -> None:
        """Tell those who asked for it that other settings hold now."""
        for watcher in self.watchers:
            watcher(old, self.settings)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` every fact of every floor, at once and in order; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def heard(self, campaign_id: str, fact: Mapping[str, Any]) -> None:
        """A floor's fact, on its way to all who listen."""
        if fact["fact"] == "agent_interval" and fact["agent"] in self.agents:
            row = self.agents[fact["agent"]]
            values = {name: getattr(row, name) for name in type(row).__slots__}
            self.agents[row.agent_id] = storage.AgentRow(**{**values, "interval_s": fact["interval_s"]})
        self.outreach[campaign_id].heard(fact)
        self.budgets[campaign_id].hear(fact)
        for listener in tuple(self._listeners):
            try:
                listener(campaign_id, fact)
            except Exception:
                # Whoever only watches must not come between a person and an agent.
                log.exception("listener_failed", campaign=campaign_id, fact=fact["fact"])

    def endpoint_of(self, agent_id: str) -> str | None:
        """The agent's phone; None without one in the books."""
        row = self.agents.get(agent_id)
        return None if row is None else row.endpoint

    def interval_of(self, agent_id: str, campaign: config.Campaign) -> float:
        """The agent's own call interval: chosen, else from the file, else the campaign's, within its bounds."""
        row = self.agents.get(agent_id)
        chosen = None if row is None else row.interval_s
        if chosen is None and agent_id in self.settings.agents:
            chosen = self.settings.agents[agent_id].interval_s
        bounds = campaign.interval
        return min(max(bounds.default_s if chosen is None else chosen, bounds.min_s), bounds.max_s)

    def skills_of(self, agent_id: str) -> tuple[str, ...]:
        """What the agent can do: as somebody set it, else as the file says."""
        row, written = self.agents.get(agent_id), self.settings.agents.get(agent_id)
        if row is not None and row.skills is not None:
            return row.skills
        return () if written is None else tuple(sorted(written.skills))

    def tell_skills(self) -> None:
        """Let the floors know where an agent on them has other skills now."""
        for runner in self.floors.values():
            for agent in tuple(runner.floor.roster):
                if agent.skills != (skills := self.skills_of(agent.id)):
                    runner.feed(ev.SkillsSet(runner.now(), agent.id, skills))

    async def write_agents(self, settings: config.Settings, known: Mapping[str, Any] | None = None) -> None:
        """Bring the agents of a configuration into the books: those that differ from the ones in force."""
        known = self.settings.agents if known is None else known
        await self.reload_agents()
        for agent_id, agent in settings.agents.items():
            if known.get(agent_id) == agent or _is_written(agent, self.agents.get(agent_id)):
                continue
            await outside(
                "database",
                storage.agents.add(
                    self.db,
                    agent_id,
                    now=self.clock.utc(),
                    name=agent.name,
                    endpoint=agent.endpoint,
                    campaign_id=agent.campaign,
                    interval_s=None,
                ),
                30.0,
            )
        await self.reload_agents()

    async def reload_agents(self) -> None:
        """Read the agents' names and phones anew."""
        rows = await outside("database", storage.agents.every(self.db), 30.0)
        self.agents = {row.agent_id: row for row in rows}

    def compliance_rules(self, campaign: config.Campaign) -> compliance.Rules:
        """The campaign's rules; a window must stay open until the ring would end."""
        known = self._compliance.get(campaign.id)
        if known is None:
            known = self._compliance[campaign.id] = rules.obeyed_by(campaign, self.settings)
        return known

    def forget_rules(self, instead: Mapping[str, compliance.Rules]) -> None:
        """Other settings hold: these rules from now on."""
        self._compliance = dict(instead)

    def leads_changed(self, campaign_id: str) -> None:
        """Leads were added, moved or promised: a floor whose list was empty asks again at once."""
        runner = self.floors.get(campaign_id)
        if runner is None:
            return  # its floor was closed
        self.outreach[campaign_id].claims.look_again()
        runner.feed(ev.LeadsChanged(runner.now()))

    def lanes_told(self, campaign_id: str, lanes: tuple[tuple[str, int], ...]) -> None:
        """The list's leads ask for these skills now, so many for each."""
        runner = self.floors.get(campaign_id)
        if runner is not None:
            runner.feed(ev.LanesTold(runner.now(), lanes))

    def learnt_file(self, campaign_id: str) -> Path:
        """Where pacing keeps what it learnt of a campaign."""
        return Path(self.settings.data_dir) / "learnt" / f"{campaign_id}.json"


def _is_written(agent: config.AgentDef, row: storage.AgentRow | None) -> bool:
    """Whether the books have the agent as the configuration does: a thousand need not be written at each start."""
    return row is not None and (row.name, row.endpoint, row.campaign_id) == (
        agent.name,
        agent.endpoint,
        agent.campaign,
    )
