"""What the law still allows: every ledger of a campaign, and the tightest one as pacing's budget."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import config
import storage
from dialer import leads
from dialer.compliance.ledgerbook import LedgerBook
from dialer.compliance.ledgers import Figure
from dialer.core import events as ev
from dialer.core.floor import Floor
from dialer.runtime.clock import Clock
from dialer.runtime.stock import Stock
from dialer.runtime.tasks import outside

TELL_EVERY_S = 10.0
LOAD_TIMEOUT_S = 120.0
ESTIMATE_EVERY_S = 600.0
"""Reviews count for some days, and another program may have written some."""

MIN_DIALED = 200
USUAL_ANSWER_RATE = 0.25
"""Of the calls placed, those a person answers, until this campaign has shown its own."""


class Budgets:
    """The ledgers of one campaign, kept by the facts of its floor; `load` reads them from the books."""

    def __init__(self, campaign: config.Campaign, db: storage.Database, clock: Clock, floor: Floor) -> None:
        self._campaign = campaign
        self._db = db
        self._clock = clock
        self._floor = floor
        self._book: LedgerBook | None = None
        self._estimated_at = float("-inf")
        self._doubtful: tuple[tuple[int, int], ...] = ()
        self.stock = Stock(campaign.id, db, clock)

    async def load(self) -> None:
        """Count the calls in the books anew; calls on now, or ended while it counted, are not lost."""
        self.adopt(self._campaign, await self.counted(self._campaign))

    async def counted(self, campaign: config.Campaign) -> LedgerBook:
        """The calls in the books under this campaign's rules, to be adopted."""
        counting = leads.load_book(self._db, campaign, now=self._clock.utc(), old=self._book)
        return await outside("ledgers", counting, LOAD_TIMEOUT_S)

    def adopt(self, campaign: config.Campaign, book: LedgerBook) -> None:
        """Go on with these rules and this count."""
        if self._book is not None:
            book.take_over(self._book)
        self._campaign, self._book = campaign, book
        self._estimated_at = float("-inf")

    def hear(self, fact: Mapping[str, Any]) -> None:
        """Take a fact of the floor."""
        if self._book is not None:
            self._book.hear(fact)

    def figures(self) -> tuple[Figure, ...]:
        """Every ledger as it stands."""
        return () if self._book is None else self._book.figures(self._clock.now())

    async def reestimate(self) -> None:
        """Take the share of people among the machines heard anew from what reviewers said."""
        counting = leads.reviewed(self._db, self._campaign, self._clock.utc())
        found = (await outside("reviews", counting, LOAD_TIMEOUT_S)).found
        looking = leads.doubtful_rings(self._db, self._campaign, self._clock.utc())
        self._doubtful = await outside("reviews", looking, LOAD_TIMEOUT_S)
        just_loaded, self._estimated_at = self._estimated_at == float("-inf"), self._clock.now()
        if self._book is not None:
            self._book.estimate(found)
            if not just_loaded:
                await self._keep_a_day(self._book)

    async def _keep_a_day(self, book: LedgerBook) -> None:
        """Spare the next start a day's calls; while old calls are being changed, another time."""
        keeping = leads.keep_a_day(self._db, self._campaign, book, self._clock.utc())
        with contextlib.suppress(storage.DatabaseBusy):
            await outside("ledgers", keeping, LOAD_TIMEOUT_S)

    async def told(self) -> ev.BudgetTold:
        """The tightest ledger as the floor is to hear it, with the answers the rest of the list may bring."""
        counts = await self.stock.counts()
        left = sum(counts.get(state, 0) for state in ("pending", "waiting"))
        if self._clock.now() - self._estimated_at >= ESTIMATE_EVERY_S:
            await self.reestimate()
        now, floor = self._clock.now(), self._floor
        if self._book is not None:
            self._book.forget(now)
        rate = floor.answered / floor.dialed if floor.dialed >= MIN_DIALED else USUAL_ANSWER_RATE
        tightest = None if self._book is None else self._book.tightest(now, floor.answered + left * rate)
        if tightest is None:
            limit = floor.settings.abandon_limit
            expected = floor.answered + left * rate
            return ev.BudgetTold(
                now, floor.answered, floor.abandoned, limit, expected, doubtful=self._doubtful
            )
        # A ledger may allow more than the campaign wants of itself.
        limit = min(tightest.limit, floor.settings.abandon_limit)
        return ev.BudgetTold(
            now,
            tightest.under,
            tightest.over,
            limit,
            tightest.under + left * rate,
            tightest.name,
            self._doubtful,
        )
