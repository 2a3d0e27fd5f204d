"""The dialer: every node, every floor, the memory and the books, joined and started in the right order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import structlog

import ami
import config
import storage
from dialer import compliance
from dialer.compliance.zones import zone_info
from dialer.core import events as ev
from dialer.core.trunks import TrunkPool
from dialer.leads.caller_ids import Uses
from dialer.runtime import learnt, overrides, rules
from dialer.runtime.activity import Activity
from dialer.runtime.books import Books
from dialer.runtime.budgets import TELL_EVERY_S, Budgets
from dialer.runtime.building import Built, build
from dialer.runtime.clock import Clock
from dialer.runtime.earlier import EarlierLife
from dialer.runtime.elsewhere import Elsewhere
from dialer.runtime.floor import FloorRunner
from dialer.runtime.ids import Ids, boot_of
from dialer.runtime.journal_name import name_of
from dialer.runtime.leadership import NOT_LEADING, Leadership
from dialer.runtime.listening import Listening
from dialer.runtime.node import Node
from dialer.runtime.outgoing import Outgoing
from dialer.runtime.outreach import Outreach
from dialer.runtime.pulse import Pulse
from dialer.runtime.reception import Reception
from dialer.runtime.tasks import Tasks, outside
from dialer.runtime.troubles import Trouble
from dialer.runtime.wiring import Listener
from storage.journal import Journal

log = structlog.get_logger(__name__)

WAKE_TIMEOUT_S = 20.0
WAKE_EVERY_S = 5.0
WAKE_IDLE_S = 30.0
"""The same while no lead falls due; a claim finds those that do without it."""

SAVE_EVERY_S = 60.0
SAVE_TIMEOUT_S = 60.0


class Dialer:
    """Owns the running parts. `start` returns when the books are settled and the lines are being opened."""

    def __init__(
        self, settings: config.Settings, *, listener: Listener | None = None, durable: bool = True
    ) -> None:
        """`durable` False is for demos: a crash of the machine may lose the last commits."""
        self.settings = settings
        self._options = storage.Options(durable=durable)
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
        self.activity = Activity(self)
        self.listening = Listening(self)
        self.agents: dict[str, storage.AgentRow] = {}
        self.database_why = ""
        """Why the database did not answer when last asked; empty: it did."""
        self.troubles: dict[str, Trouble] = {}
        """What parts beside the calls have trouble with, by a name that stays the same meanwhile."""
        self._compliance: dict[str, compliance.Rules] = {}
        self.earlier = EarlierLife(self)
        self._forbidden: dict[str, str] = {}
        self.watchers: list[Callable[[config.Settings, config.Settings], None]] = []
        self._tasks = Tasks(self._on_failure)
        self.pulse = Pulse(self.clock, self._forbid, self._audit)
        self.db: storage.Database
        self.books: Books

    async def start(self) -> None:
        """Open memory and journal, settle what is left, bring back floors, open the lines."""
        data = Path(self.settings.data_dir)
        self.db = await outside(
            "database", storage.Database.open(self.settings.database, self._options), 30.0
        )
        await outside("database", self.db.upgrade(), 300.0)
        if self.leadership is not None:
            await self.leadership.win(self.db)
            self.ids = Ids(self.settings.instance, boot_of(self.clock.now(), self.leadership.name))
            self._tasks.start("keep leading", self._lead(self.leadership))
        journal = await outside(
            "journal", Journal.open(data / "journal", durable=self._options.durable), 60.0
        )
        standby = None if self.leadership is None else self.leadership.name
        name = await asyncio.to_thread(name_of, data / "journal", self.settings.instance, standby)
        keep_s = self.settings.journal_days * 86_400.0
        self.books = Books(journal, self.db, name, self._forbid, keep_s, self.outgoing)
        await self.books.start()
        self.settings = await overrides.laid_over(self.db, self.settings)
        await self.write_agents(self.settings, {})
        await self.earlier.load()
        self._reception = Reception(
            self.db, self.clock, lambda: self.settings.campaigns, self.floors, self.compliance_rules
        )
        for name, node in self.settings.nodes.items():
            self.nodes[name] = self._node(name, node)
        for campaign in self.settings.campaigns.values():
            obeyed = self.compliance_rules(campaign)
            self.adopt(await build(self, campaign, self.settings, obeyed))
        elsewhere = self._elsewhere()
        await elsewhere.look()
        for one in self.nodes.values():
            one.start()
        for outreach in self.outreach.values():
            outreach.start()
        self.activity.start()
        self._tasks.start("wake leads", self._wake_for_ever())
        self._tasks.start("save what was learnt", self._save_for_ever())
        self._tasks.start("tell budgets", self._tell_budgets_for_ever())
        self._tasks.start("keep time", self.pulse.run())
        self._tasks.start("count calls of others", elsewhere.run())

    async def close(self) -> None:
        """Let go of everything; conversations go on in Asterisk."""
        await self.listening.close()
        await self.activity.close()
        await self._tasks.close()
        for runner in self.floors.values():
            learnt.save(self.learnt_file(runner.campaign_id), runner.floor.engine)
        await asyncio.gather(*(runner.close() for runner in self.floors.values()))
        await asyncio.gather(*(one.close() for one in self.outreach.values()))
        await asyncio.gather(*(node.close() for node in self.nodes.values()))
        await self.books.close()
        if self.leadership is not None and self.leadership.leads:
            await self.leadership.give_up(self.db)
        await outside("database", self.db.close(), 10.0)

    def forbid_all(self, source: str, why: str) -> None:
        """No new calls anywhere for this reason; an empty `why` lifts it."""
        self._forbid(source, why)

    @property
    def forbidden(self) -> Mapping[str, str]:
        """Why no new call is placed anywhere, by what forbids it; empty: nothing does."""
        return dict(self._forbidden)

    @property
    def may_act(self) -> bool:
        """No other daemon may be leading instead of us."""
        return self.leadership is None or self.leadership.leads

    async def _lead(self, leadership: Leadership) -> None:
        """Lead while the lease is ours; then let go of every line at once."""
        await leadership.keep(self.db, lambda why: self._forbid("lease", why))
        log.critical("leadership_lost", note="another daemon leads; this one ends")
        self._forbid("lease", NOT_LEADING)
        await asyncio.gather(*(node.close() for node in self.nodes.values()))
        self.abdicated.set()

    @property
    def at_work(self) -> bool:
        """Every line is up or has failed once, and what the floors wanted first is claimed."""
        return all(runner.at_work for runner in self.floors.values())

    @property
    def idle(self) -> bool:
        """Nothing is dialing, ringing or waiting: only conversations are on."""
        return all(runner.floor.idle for runner in self.floors.values())

    @property
    def quiet(self) -> bool:
        """No call at all, and no disposition outstanding."""
        return all(runner.floor.quiet for runner in self.floors.values())

    # Building.

    def _node(self, name: str, node: config.Node) -> Node:
        address = ami.NodeAddress(
            name=name,
            host=node.host,
            port=node.port,
            username=node.username,
            secret=node.secret.get_secret_value(),
            tls=node.tls,
            tls_verify=node.tls_verify,
            tls_ca_file=node.tls_ca_file,
        )
        pool = TrunkPool(rules.trunk_limits(node))
        made = Node(address, pool, self.clock, self._settle, self.ids, self._reception)
        made.overhearing = self.listening
        if self.leadership is not None and node.fence is not None:
            made.fence = (node.fence.username, node.fence.secret.get_secret_value())
        return made

    def adopt(self, built: Built) -> None:
        """Open a floor that was made ready; what forbids calls elsewhere forbids them here."""
        runner = built.runner
        now = self.clock.now()
        forbidden = [ev.DialingForbidden(now, source, why) for source, why in self._forbidden.items()]
        runner.open(self.ids.boot, (built.told, *forbidden))
        self.budgets[built.campaign.id] = built.budgets
        self.outreach[built.campaign.id] = built.outreach
        self.floors[built.campaign.id] = runner
        self.nodes[built.campaign.node].attach(runner)

    async def let_go(self, campaign_id: str) -> None:
        """Close a floor on which nothing is left, and keep what it learnt."""
        runner = self.floors.pop(campaign_id)
        runner.wiring.node.detach(runner)
        self.budgets.pop(campaign_id)
        outreach = self.outreach.pop(campaign_id)
        left = {name: one for name, one in self.settings.campaigns.items() if name != campaign_id}
        self.settings = self.settings.model_copy(update={"campaigns": left})
        learnt.save(self.learnt_file(campaign_id), runner.floor.engine)
        await runner.close()
        await outreach.close()

    def settings_changed(self, old: config.Settings) -> None:
        """Tell those who asked for it that other settings hold now."""
        for watcher in self.watchers:
            watcher(old, self.settings)

    # Agents.

    def endpoint_of(self, agent_id: str) -> str | None:
        """The agent's phone; None without one in the books."""
        row = self.agents.get(agent_id)
        return None if row is None else row.endpoint

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

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` every fact of every floor, at once and in order; the answer ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # Leads.

    def compliance_rules(self, campaign: config.Campaign) -> compliance.Rules:
        """The campaign's rules; a window must stay open until the ring would end."""
        known = self._compliance.get(campaign.id)
        if known is None:
            known = self._compliance[campaign.id] = rules.obeyed_by(campaign, self.settings)
        return known

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

    def forget_rules(self, instead: Mapping[str, compliance.Rules]) -> None:
        """Other settings hold: these rules from now on."""
        self._compliance = dict(instead)

    def _elsewhere(self) -> Elsewhere:
        zone, life = zone_info(self.settings.zone), lambda: self.ids.life_prefix
        return Elsewhere(self.db, self.clock, self.uses, self.settings.campaigns, life, zone)

    async def _wake_for_ever(self) -> None:
        rest_s = WAKE_EVERY_S
        while True:
            await asyncio.sleep(rest_s)
            try:
                waking = storage.leads.wake(self.db, now=self.clock.utc())
                rest_s = WAKE_EVERY_S if await outside("wake", waking, WAKE_TIMEOUT_S) else WAKE_IDLE_S
            except (storage.StorageError, TimeoutError) as error:
                log.debug("leads_not_woken", error=str(error))

    # What fails.

    def _forbid(self, source: str, why: str) -> None:
        if why:
            self._forbidden[source] = why
        else:
            self._forbidden.pop(source, None)
        for runner in self.floors.values():
            runner.feed(ev.DialingForbidden(self.clock.now(), source, why))

    def _settle(self, events: Iterable[ev.CallEvent]) -> asyncio.Future[None]:
        """The dialplan's word on attempts no floor knows: into the books; done when all is in the database."""
        told = False
        for event in events:
            told = True
            if isinstance(event, ev.CallAbandoned):
                self.books.write(
                    {"fact": "attempt_abandoned", "attempt": event.call_id, "at": event.at, "gave_up": False}
                )
            elif isinstance(event, ev.CallOptedOut):
                self.books.write({"fact": "attempt_opted_out", "attempt": event.call_id, "at": event.at})
        committed = self.books.applied()
        if told:
            self._tasks.start("count late abandons", self._recount(committed))
        return committed

    async def _recount(self, committed: asyncio.Future[None]) -> None:
        """The budget of every floor anew, once the books hold what the dialplan said while nobody listened."""
        await asyncio.shield(committed)
        for campaign_id, budgets in tuple(self.budgets.items()):
            await budgets.load()
            self._tell(campaign_id, await budgets.told())

    def _tell(self, campaign_id: str, event: ev.BudgetTold) -> None:
        runner = self.floors.get(campaign_id)  # its floor may have been closed meanwhile
        if runner is not None:
            runner.feed(event)

    def _audit(self, why: str) -> None:
        for node in self.nodes.values():
            node.audit(why)

    def _on_failure(self, name: str, error: BaseException) -> None:
        self._forbid(name, f"an inner part failed ({name}: {type(error).__name__}); restart the daemon")

    # What was learnt.

    def learnt_file(self, campaign_id: str) -> Path:
        """Where pacing keeps what it learnt of a campaign."""
        return Path(self.settings.data_dir) / "learnt" / f"{campaign_id}.json"

    async def _save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            for runner in tuple(self.floors.values()):
                # Replacing a file waits for the disk, and callers must not.
                file, dumped = self.learnt_file(runner.campaign_id), runner.floor.engine.dump()
                try:
                    await outside("learnt", asyncio.to_thread(learnt.write, file, dumped), SAVE_TIMEOUT_S)
                except TimeoutError:
                    log.warning("learnt_file_not_written", file=str(file), error="the disk is too slow")

    async def _tell_budgets_for_ever(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            for campaign_id, budgets in tuple(self.budgets.items()):
                try:
                    self._tell(campaign_id, await budgets.told())
                    self.database_why = ""
                except (storage.StorageError, TimeoutError) as error:
                    self.database_why = str(error) or "no answer in time"
                    log.debug("budget_not_told", error=str(error))


def _is_written(agent: config.AgentDef, row: storage.AgentRow | None) -> bool:
    """Whether the books have the agent as the configuration does: a thousand need not be written at each start."""
    return row is not None and (row.name, row.endpoint, row.campaign_id) == (
        agent.name,
        agent.endpoint,
        agent.campaign,
    )
