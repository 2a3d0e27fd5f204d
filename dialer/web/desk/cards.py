"""What a desk shows of the person on the line: from memory at once, with the history read while the phone rings."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import structlog

import storage
from dialer.control import Control, ControlError
from dialer.runtime import restore
from dialer.runtime.floor import FloorRunner
from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

MOST_CARDS = 3_000
MOST_WANTED = 500
READERS = 2
HISTORY = 20


@dataclass(slots=True)
class Card:
    """A call's person; `history` is None until it was read."""

    lead_id: int
    number: str
    screen: dict[str, Any]
    history: list[dict[str, Any]] | None = None
    note: str = ""
    trouble: str = ""
    direction: str = "out"
    told: bool = field(default=False)


class Cards:
    """Cards by call id, the newest ones; a few readers fetch histories, and what they cannot keep up with waits."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._cards: OrderedDict[str, Card] = OrderedDict()
        self._wanted: asyncio.Queue[tuple[str, str]] = asyncio.Queue(MOST_WANTED)
        self._tasks = Tasks()
        self.on_read: list[Any] = []
        self.dropped = 0

    def start(self) -> None:
        """Begin to read."""
        for n in range(READERS):
            self._tasks.start(f"desk cards {n}", self._read_for_ever())

    async def close(self) -> None:
        """Read no more."""
        await self._tasks.close()

    def of(self, runner: FloorRunner, call_id: str) -> Card | None:
        """The card of a call, as far as memory knows it; None where it must be read from the books first."""
        card = self._cards.get(call_id)
        if card is None:
            order = runner.orders.get(call_id)
            if order is None:
                return None
            screen = dict(order.screen)
            card = Card(int(screen.get("lead") or order.new.lead_id), order.number, screen)
            self._keep(call_id, card)
        return card

    def want(self, runner: FloorRunner, call_id: str) -> None:
        """Read what is missing of this call's card, soon."""
        card = self.of(runner, call_id)
        if card is not None and (card.history is not None or card.told):
            return
        if card is not None:
            card.told = True
        try:
            self._wanted.put_nowait((runner.campaign_id, call_id))
        except asyncio.QueueFull:
            self.dropped += 1
            if card is not None:
                card.told = False

    def _keep(self, call_id: str, card: Card) -> None:
        self._cards[call_id] = card
        while len(self._cards) > MOST_CARDS:
            self._cards.popitem(last=False)

    async def _read_for_ever(self) -> None:
        while True:
            campaign, call_id = await self._wanted.get()
            try:
                await self._read(campaign, call_id)
            except (storage.StorageError, TimeoutError, ControlError) as error:
                log.debug("card_not_read", call=call_id, error=str(error))
                card = self._cards.get(call_id)
                if card is not None:
                    card.told = False
                continue
            for listener in self.on_read:
                listener(call_id)

    async def _read(self, campaign: str, call_id: str) -> None:
        card = self._cards.get(call_id)
        if card is None:
            card = await self._from_books(campaign, call_id)
            if card is None:
                return
            self._keep(call_id, card)
        told = await self._control.lead_history(card.lead_id, HISTORY)
        card.note = next(
            (one["text"] for one in told if one["kind"] == "note" and one["attempt"] == call_id), ""
        )
        card.history = [
            {"at": one["at"], "text": "" if one["kind"] == "note" else one["text"], "by": one["by"],
             "note": one["text"] if one["kind"] == "note" else ""}
            for one in told
            if one.get("attempt") != call_id
        ]  # fmt: skip

    async def _from_books(self, campaign: str, call_id: str) -> Card | None:
        """A call an earlier life of the daemon placed."""
        dialer = self._control.dialer
        attempt = await storage.attempts.by_id(dialer.db, call_id)
        if attempt is None or attempt.campaign_id != campaign or campaign not in dialer.settings.campaigns:
            return None
        lead = await storage.leads.by_id(dialer.db, attempt.lead_id)
        if lead is None:
            return None
        settings = dialer.settings.campaigns[campaign]
        obeyed = dialer.compliance_rules(settings)
        screen = dict(restore.kept_of(attempt, lead, (), obeyed, settings.skills).screen)
        return Card(lead.lead_id, attempt.e164, screen)
