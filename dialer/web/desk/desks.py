"""All open desks: who sits at which, what each was last told, and what happens when one goes away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from starlette.websockets import WebSocket, WebSocketDisconnect

import storage
from dialer.access import Who
from dialer.access.limits import Allowance
from dialer.control import ControlError
from dialer.runtime.tasks import Tasks, outside
from dialer.web.desk import today, wishes
from dialer.web.desk.cards import Cards
from dialer.web.desk.view import View
from dialer.web.house import COOKIE, House
from dialer.web.hub import encode

log = structlog.get_logger(__name__)

GRACE_S = 15.0
"""How long a desk may be away, for a reload, before its agent is paused."""

LATELY_S = 300.0
"""A session used this lately belonged to somebody at a desk when the daemon went away."""

LOOK_EVERY_S = 3.0
DATABASE_TIMEOUT_S = 10.0
STILL_SIGNED_IN_S = 30.0
SEND_TIMEOUT_S = 10.0
CALLBACKS = 20

WISHES_PER_S, WISHES_BURST_S = 10.0, 5.0
"""Wishes of one desk in a second, in the long run, and how many seconds' worth may come at once."""

SIGNED_OUT, REPLACED, GOING = 4401, 4409, 1012


class Desk:
    """One open desk."""

    def __init__(self, house: House, cards: Cards, who: Who, agent: str, socket: WebSocket) -> None:
        self.who = who
        self.agent = agent
        self.socket = socket
        self.view = View(house, cards, who, agent)
        self.wishes = wishes.Wishes(house.control, cards, agent)
        self.news = asyncio.Event()
        self.today: today.Today | None = None
        self.callbacks: list[dict[str, Any]] = []
        self.code: int | None = None
        self.allowed = Allowance(WISHES_PER_S, WISHES_BURST_S)
        self._house = house
        self._seq = 0
        self._told: dict[str, Any] = {}

    def close(self, code: int) -> None:
        """End it with this code, soon."""
        self.code = self.code or code
        self.news.set()

    def changed(self) -> bytes | None:
        """What to send: the whole desk if anything but the time is other than last told."""
        shown = self.view.draw(self.today, self.callbacks)
        if shown == self._told:
            return None
        self._told = shown
        self._seq += 1
        return encode({**shown, "seq": self._seq, "at": self._house.control.dialer.clock.now()})


class Desks:
    """The open desks of one website."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._dialer = house.control.dialer
        self.cards = Cards(house.control)
        self.cards.on_read.append(self._on_card)
        self._open: dict[str, Desk] = {}
        self._tasks = Tasks()
        self._stop = self._dialer.listen(self._hear)
        self._dialer.listening.changed.append(self._listened)
        self._closing = False

    def __len__(self) -> int:
        """Desks open now."""
        return len(self._open)

    def start(self) -> None:
        """Begin to read cards and to look after desks."""
        self.cards.start()
        self._tasks.start("desks", self._look_for_ever())
        self._tasks.start("desks of an earlier life", self.pause_who_did_not_come_back())

    async def close(self) -> None:
        """End every desk; agents stay as they are, as the daemon may be back in a moment."""
        self._closing = True
        self._stop()
        self._dialer.listening.changed.remove(self._listened)
        for desk in self._open.values():
            desk.close(GOING)
        await self._tasks.close()
        await self.cards.close()

    async def serve(self, socket: WebSocket, who: Who, agent: str) -> None:
        """One desk, from its opening to its end."""
        await socket.accept()
        before = self._open.get(agent)
        if before is not None:
            before.close(REPLACED)
        desk = Desk(self._house, self.cards, who, agent, socket)
        self._open[agent] = desk
        desk.news.set()
        self._tasks.start(f"desk figures {agent}", self._load(desk))
        reading = self._tasks.start(f"desk {agent}", self._read(desk))
        try:
            await self._write(desk, reading)
        finally:
            reading.cancel()
            if self._open.get(agent) is desk:
                del self._open[agent]
                if not self._closing:
                    self._tasks.start(f"desk of {agent} is empty", self._grace(agent))

    async def _write(self, desk: Desk, reading: asyncio.Task[None]) -> None:
        while True:
            await desk.news.wait()
            desk.news.clear()
            if desk.code is not None:
                await asyncio.wait_for(desk.socket.close(desk.code), SEND_TIMEOUT_S)
                return
            if reading.done():
                return
            text = desk.changed()
            if text is not None:
                try:
                    await asyncio.wait_for(desk.socket.send_text(text.decode()), self._real(SEND_TIMEOUT_S))
                except (WebSocketDisconnect, RuntimeError, TimeoutError):
                    return

    async def _read(self, desk: Desk) -> None:
        try:
            while True:
                await self._answer(desk, await desk.socket.receive_text())
        except (WebSocketDisconnect, RuntimeError, KeyError):
            return
        finally:
            desk.news.set()

    async def _answer(self, desk: Desk, text: str) -> None:
        n = 0
        try:
            wish = wishes.read(text)
            n = wish.n
            if desk.allowed.wait_s("", self._dialer.clock.now()) > 0:
                raise ControlError(
                    "too_many_wishes", f"more than {WISHES_PER_S:g} wishes a second; wait a moment"
                )
            await desk.wishes.grant(wish)
            reply: dict[str, Any] = {"type": "done", "re": n}
        except ControlError as error:
            reply = {
                "type": "error",
                "id": error.id,
                "message": str(error),
                "re": n or wishes.number_of(text),
            }
        except (storage.StorageError, TimeoutError) as error:
            said = f"the database does not answer: {error or 'no answer in time'}; try again soon"
            reply = {"type": "error", "id": "database_away", "message": said, "re": n}
        except Exception:
            log.exception("desk_wish_failed", agent=desk.agent)
            said = "this is our mistake; the daemon's log tells more"
            reply = {"type": "error", "id": "failed", "message": said, "re": n}
        await asyncio.wait_for(desk.socket.send_text(encode(reply).decode()), self._real(SEND_TIMEOUT_S))
        desk.news.set()

    async def _grace(self, agent: str) -> None:
        """A reload is back within moments; else nobody sits there, and no call may come."""
        await asyncio.sleep(self._real(GRACE_S))
        if agent not in self._open:
            await self._house.control.desk_closed(agent)

    async def pause_who_did_not_come_back(self) -> None:
        """After a restart agents are as they were; whoever sat at a desk then and does not now takes no call."""
        now = self._dialer.clock.utc()
        since = now - timedelta(seconds=self._real(LATELY_S))
        try:
            reading = storage.sessions.desks(self._dialer.db, since=since, now=now)
            had = await outside("database", reading, DATABASE_TIMEOUT_S)
        except (storage.StorageError, TimeoutError) as error:
            log.warning("desks_not_read", error=str(error))
            return
        await asyncio.sleep(self._real(2 * GRACE_S))
        for agent in had - self._open.keys():
            await self._house.control.desk_closed(agent)

    # News.

    def _hear(self, campaign: str, fact: Mapping[str, Any]) -> None:
        """A fact of a floor: ringing calls are read up on, and the desks it concerns are drawn anew at once."""
        if not self._open:
            return
        kind = fact["fact"]
        if kind == "attempt_rang":
            runner = self._dialer.floors.get(campaign)
            if runner is not None:
                self.cards.want(runner, fact["attempt"])
            return
        desk = self._open.get(fact.get("agent") or self._agent_in(campaign, fact) or "")
        if desk is None:
            return
        if desk.today is not None:
            desk.today.hear(fact)
        if kind == "disposition":
            self._tasks.start(f"desk callbacks {desk.agent}", self._load_callbacks(desk))
        desk.news.set()

    def _listened(self, agent: str) -> None:
        """A supervisor listens to the agent, or no longer."""
        desk = self._open.get(agent)
        if desk is not None:
            desk.news.set()

    def _agent_in(self, campaign: str, fact: Mapping[str, Any]) -> str | None:
        """The agent in the call a fact is about."""
        runner = self._dialer.floors.get(campaign)
        call = None if runner is None else runner.floor.calls.get(fact.get("attempt") or "")
        return None if call is None else call.agent_id

    def _on_card(self, call_id: str) -> None:
        for desk in self._open.values():
            agent = self._agent(desk)
            if agent is not None and call_id in (agent.call_id, agent.last_call_id):
                desk.news.set()

    def _agent(self, desk: Desk) -> Any:
        for runner in self._dialer.floors.values():
            found = runner.floor.roster.get(desk.agent)
            if found is not None:
                return found
        return None

    async def _load(self, desk: Desk) -> None:
        try:
            desk.today = await today.load(self._dialer, desk.agent)
            await self._load_callbacks(desk)
        except (storage.StorageError, TimeoutError) as error:
            log.debug("desk_figures_not_read", agent=desk.agent, error=str(error))

    async def _load_callbacks(self, desk: Desk) -> None:
        try:
            await self._dialer.books.applied()
            found = await self._house.control.callbacks(owner=desk.agent, limit=CALLBACKS)
        except (storage.StorageError, TimeoutError, ControlError) as error:
            log.debug("desk_callbacks_not_read", agent=desk.agent, error=str(error))
            return
        desk.callbacks = [
            {
                "at": lead.callback_at.timestamp(),
                "lead": lead.lead_id,
                "name": lead.name,
                "reason": lead.reason,
                "zone": lead.zone,
            }
            for lead in found
            if lead.callback_at is not None
        ]
        desk.news.set()

    async def _look_for_ever(self) -> None:
        """What no fact tells, such as forecasts; sessions that ended; midnight."""
        checked_at = self._dialer.clock.now()
        while True:
            await asyncio.sleep(self._real(LOOK_EVERY_S))
            check = self._dialer.clock.now() - checked_at >= self._real(STILL_SIGNED_IN_S)
            if check:
                checked_at = self._dialer.clock.now()
            day = today.day_of(self._dialer).date().isoformat()
            for desk in list(self._open.values()):
                if check and desk.who.session:
                    await self._check(desk)
                if desk.today is not None and desk.today.day != day:
                    desk.today = today.Today(day)
                desk.news.set()

    async def _check(self, desk: Desk) -> None:
        try:
            who = await self._house.identity.by_session(desk.socket.cookies.get(COOKIE, ""))
        except (storage.StorageError, TimeoutError):
            return
        if who is None or who.agent_id != desk.agent:
            desk.close(SIGNED_OUT)

    def _real(self, seconds: float) -> float:
        """Seconds of a person's life in the loop's own."""
        return seconds * self._dialer.clock.speed
