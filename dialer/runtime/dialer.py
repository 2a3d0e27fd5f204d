"""The dialer: every node, every floor, the memory and the books, joined and started in the right order."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import structlog

import ami
import config
import storage
from dialer.compliance.zones import zone_info
from dialer.core import events as ev
from dialer.core.trunks import TrunkPool
from dialer.runtime import learnt, overrides, rules
from dialer.runtime.activity import Activity
from dialer.runtime.books import Books
from dialer.runtime.budgets import TELL_EVERY_S
from dialer.runtime.building import Built, build
from dialer.runtime.centre import Centre
from dialer.runtime.earlier import EarlierLife
from dialer.runtime.elsewhere import Elsewhere
from dialer.runtime.ids import Ids, boot_of
from dialer.runtime.journal_name import name_of
from dialer.runtime.leadership import NOT_LEADING, Leadership
from dialer.runtime.listening import Listening
from dialer.runtime.node import Node
from dialer.runtime.pulse import Pulse
from dialer.runtime.reception import Reception
from dialer.runtime.tasks import Tasks, outside
from dialer.runtime.wiring import Listener
from storage.journal import Journal

log = structlog.get_logger(__name__)

WAKE_TIMEOUT_S = 20.0
WAKE_EVERY_S = 5.0
WAKE_IDLE_S = 30.0
"""The same while no lead falls due; a claim finds those that do without it."""

SAVE_EVERY_S = 60.0
SAVE_TIMEOUT_S = 60.0


class Dialer(Centre):
    """Owns the running parts. `start` returns when the books are settled and the lines are being opened."""

    def __init__(
        self, settings: config.Settings, *, listener: Listener | None = None, durable: bool = True
    ) -> None:
        """`durable` False is for demos: a crash of the machine may lose the last commits."""
        super().__init__(settings, listener)
        self._options = storage.Options(durable=durable)
        self.activity = Activity(self)
        self.listening = Listening(self)
        self.earlier = EarlierLife(self)
        self.restore = self.earlier.restore
        self._tasks = Tasks(self._on_failure)
        self.pulse = Pulse(self.clock, self._forbid, self._audit)

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
            learnt.save(self.learnt_file(runner.campaign_id), runner.floor.lanes.engine)
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
        learnt.save(self.learnt_file(campaign_id), runner.floor.lanes.engine)
        await runner.close()
        await outreach.close()

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

    async def _save_for_ever(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            for runner in tuple(self.floors.values()):
                # Replacing a file waits for the disk, and callers must not.
                file, dumped = self.learnt_file(runner.campaign_id), runner.floor.lanes.engine.dump()
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
