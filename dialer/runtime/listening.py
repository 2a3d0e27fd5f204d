"""Supervisors' phones that listen to agents' seats: rung, changed, ended, and every use in the audit log.

They are no calls: no floor, no journal, no trunk knows them. What they do is in the audit log before they do it, and by
that the next start knows what an earlier life left listening.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from typing import Any

import structlog

import ami
import storage
from dialer.core.ears import Ear, Ears, Mode, Stage
from dialer.core.reconcile import YOUNG_S
from dialer.runtime import audit
from dialer.runtime.centre import Centre
from dialer.runtime.tasks import Tasks
from dialer.runtime.translate import is_listener, is_seat

log = structlog.get_logger(__name__)

RING_S = 30.0
CLOSE_TIMEOUT_S = 5.0
NOTE_AGAIN_S = 5.0
MOST_CALLS = 500
"""Conversations of one listening that its last line in the audit log names."""

LONGEST_NOTE = 50_000
"""Characters of a line with as many conversations, none left out."""

STARTED, CHANGED, STOPPED, REFUSED = "listen.start", "listen.mode", "listen.stop", "listen.refused"
RESUMED = "listen.resume"
DAEMON = "dialer"

Settle = Callable[[str, Mapping[str, ami.LiveChannel], frozenset[str]], Coroutine[Any, Any, None]]
"""Decides on what an earlier life left: told of a node, its channels, and those that listen and nobody here knows."""


class Listening:
    """Every listening phone of this daemon. `changed` hears of each agent for whom something is different."""

    def __init__(self, dialer: Centre) -> None:
        self.ears = Ears()
        self.changed: list[Callable[[str], None]] = []
        self.before: Settle | None = None
        self._dialer = dialer
        self._heard: dict[str, list[str]] = {}
        self._tasks = Tasks()
        self._stop = dialer.listen(self._fact)

    # Verbs.

    async def start(self, ear: Ear, caller_id: str) -> None:
        """Ring the phone; raises AmiError when the switch would not."""
        self._put(ear)  # before the order leaves: what comes of it may be told first
        self._heard[ear.id] = []
        try:
            await self._dialer.nodes[ear.node].switch.listen(
                ear.id,
                ear.seat,
                ear.phone,
                mode=ear.mode,
                timeout_s=RING_S,
                caller_id=caller_id,
                account=ear.campaign,
            )
        except ami.RequestTimeout:
            # Whether Asterisk acted is unknown: its events, or the next list of channels, will tell.
            log.warning("listening_unconfirmed", listener=ear.id)
        except ami.AmiError:
            self.ears.ended(ear.id)
            self._heard.pop(ear.id, None)
            self._news(ear.agent)
            raise

    async def change(self, ear: Ear, to: Ear) -> None:
        """Let the phone go on in another mode or at another seat; raises AmiError when the switch would not."""
        self._put(to)  # before the order leaves: a conversation that ends now must find who speaks into it
        seat = to.seat if to.seat != ear.seat else ""
        try:
            await self._dialer.nodes[ear.node].switch.hear(ear.id, to.mode, seat)
        except ami.AmiError:
            now = self.ears.get(ear.id)
            if now == to:
                self._put(ear)
            raise

    async def resume(self, ear: Ear, calls: Iterable[str]) -> None:
        """Go on with what an earlier life began; these conversations were within its hearing."""
        self._heard[ear.id] = list(calls)[:MOST_CALLS]
        self._put(ear)
        try:
            await self._dialer.nodes[ear.node].switch.hear(ear.id, ear.mode, ear.seat)
        except ami.AmiError as error:
            log.warning("listening_not_resumed", listener=ear.id, error=str(error))
            self.end(ear, "after a restart Asterisk did not say how it listens")
            return
        said = {**shown_in_log(ear), "why": "the dialer was restarted"}
        self._tasks.start(f"note {ear.id}", self._note_for_sure(RESUMED, ear.agent, said))

    def end(self, ear: Ear, why: str) -> None:
        """Hang the phone up; that it ended is told by the switch."""
        now = self.ears.get(ear.id)
        if now is None or now.stage is Stage.ENDING:
            return
        self._put(replace(now, stage=Stage.ENDING, why=why))
        self._tasks.start(f"end {ear.id}", self._hang_up(ear.node, ear.id))

    def end_where(self, which: Callable[[Ear], bool], why: str) -> None:
        """End all of these."""
        for ear in self.ears:
            if which(ear):
                self.end(ear, why)

    def end_unknown(self, node: str, channel: str) -> None:
        """Hang up a phone that is none of these."""
        self._tasks.start(f"end {channel}", self._hang_up(node, channel))

    def note_end(self, agent: str, said: Mapping[str, Any]) -> None:
        """A line that a listening of an earlier life has ended, as soon as the database takes it."""
        self._tasks.start(f"note {said['listener']}", self._note_for_sure(STOPPED, agent, said))

    async def close(self) -> None:
        """The daemon ends: nobody listens on with nobody to see it. Idempotent."""
        self._stop()
        self._stop = lambda: None
        left = tuple(self.ears)
        for ear in left:
            self.end(ear, "the dialer was stopped")
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S * self._dialer.clock.speed):
                while any(self._dialer.nodes[ear.node].up for ear in self.ears):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.warning(
                "still_listening", listeners=len(self.ears), note="the next start hangs up whoever is left"
            )
        for ear in self.ears:
            self._ended(ear.id, ear.why)
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S * self._dialer.clock.speed):
                while len(self._tasks):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            log.error("listening_not_noted", note="the audit log lacks the end of a listening")
        await self._tasks.close()

    async def note(
        self,
        actor: str,
        address: str,
        action: str,
        agent: str,
        said: Mapping[str, Any],
        before: Mapping[str, Any] | None = None,
    ) -> None:
        """A line in the audit log; in the database when this returns."""
        await audit.note(self._dialer, actor, address, action, agent, before, said, longest=LONGEST_NOTE)

    def tells(self, ear: Ear) -> bool:
        """Whether the agent is to know of it, by the campaign's rule; a campaign that is gone hides nothing."""
        campaign = self._dialer.settings.campaigns.get(ear.campaign)
        return ear.tells("always" if campaign is None else campaign.listening.told.value)

    def told(self, agent: str) -> Mode | None:
        """How somebody listens to the agent, as far as the agent is to know: the mode that is heard most."""
        modes = [ear.mode for ear in self.ears.of_agent(agent) if self.tells(ear)]
        return max(modes, key=list(Mode).index) if modes else None

    def heard_so_far(self, ear: Ear) -> list[str]:
        """The conversations within the hearing of a phone; from now on they are counted anew."""
        calls = self._heard.get(ear.id, [])
        self._heard[ear.id] = []
        return calls

    # What is heard.

    def hear(self, node: str, event: ami.Event) -> bool:
        """Take an event of the switch; True where it was about a listening phone, and so nobody else's."""
        if isinstance(event, ami.Synced):
            self.listed(node, event.received, event.channels, all_of_them=True)
            return False
        channel = getattr(event, "channel_id", "")
        if is_listener(channel):
            self._of_ear(channel, event)
            return True
        if self.ears and is_seat(channel):
            self._of_seat(channel, event)
        return False

    def listed(
        self, node: str, asked_at: float, channels: tuple[ami.LiveChannel, ...], *, all_of_them: bool = False
    ) -> None:
        """The switch's own list: whom we think to listen and who is not there has ended; strangers are ended."""
        live = {one.channel_id for one in channels if is_listener(one.channel_id)}
        for ear in self.ears:
            known_before = all_of_them or ear.since < asked_at - YOUNG_S
            if ear.node == node and ear.id not in live and known_before:
                self._ended(ear.id, "the phone is gone from Asterisk")
            elif ear.node == node and ear.id in live and ear.stage is Stage.ENDING:
                self._tasks.start(f"end {ear.id} again", self._hang_up(node, ear.id))
        if self.before is not None:
            ours = self._dialer.ids.listener_prefix
            strangers = frozenset(one for one in live if self.ears.get(one) is None and one.startswith(ours))
            by_id = {one.channel_id: one for one in channels}
            self._tasks.start(f"settle {node}", self.before(node, by_id, strangers))

    def _of_ear(self, channel: str, event: ami.Event) -> None:
        match event:
            case ami.ChannelAnswered() | ami.OriginateSucceeded():
                ear = self.ears.answered(channel, event.received)
                if ear is not None:
                    self._news(ear.agent)
            case ami.OriginateFailed():
                self._ended(channel, "the phone was not answered")
            case ami.ChannelHungUp():
                self._ended(channel, self._why(channel))

    def _why(self, channel: str) -> str:
        """Why a phone that nobody asked to end hung up; the agent's and the supervisor's may be told in any order."""
        ear = self.ears.get(channel)
        if ear is None or ear.stage is Stage.RINGING:
            return "the phone was not answered"
        seated = (one.floor.roster.at_seat(ear.seat) for one in self._dialer.floors.values())
        return "it was hung up" if any(seated) else "the agent's phone is gone"

    def _of_seat(self, seat: str, event: ami.Event) -> None:
        match event:
            case ami.BridgeLeft(holding=False) | ami.BridgeEntered(holding=True):
                for ear in self.ears.on_seat(seat):
                    if ear.mode is Mode.BARGE:
                        self._fall_back(ear)
            case ami.ChannelHungUp():
                for ear in self.ears.on_seat(seat):
                    self.end(ear, "the agent's phone is gone")

    def _fall_back(self, ear: Ear) -> None:
        """Out of a conversation that is over: the next person must not be spoken to unasked.

        Asterisk also keeps the ended channel listed until the voice is taken out of it.
        """
        quiet = replace(ear, mode=Mode.LISTEN)
        self._put(quiet)
        self._tasks.start(f"quieten {ear.id}", self._quieten(quiet))

    async def _quieten(self, ear: Ear) -> None:
        try:
            await self._dialer.nodes[ear.node].switch.hear(ear.id, Mode.LISTEN)
        except ami.AmiError as error:
            log.warning("listener_not_quietened", listener=ear.id, error=str(error))
            self.end(ear, "it could not be taken out of the conversation")
            return
        said = {**shown_in_log(ear), "why": "the conversation ended"}
        await self._note_for_sure(CHANGED, ear.agent, said, {"mode": Mode.BARGE})

    def _ended(self, channel: str, why: str) -> None:
        ear = self.ears.ended(channel)
        if ear is None:
            return
        calls = self._heard.pop(channel, [])
        lasted_s = self._dialer.clock.now() - ear.since if ear.stage is not Stage.RINGING else 0.0
        said = {
            **shown_in_log(ear),
            "why": ear.why or why,
            "lasted_s": round(max(0.0, lasted_s), 1),
            "calls": calls,
        }
        self._news(ear.agent)
        self._tasks.start(f"note {channel}", self._note_for_sure(STOPPED, ear.agent, said))

    async def _note_for_sure(
        self, action: str, agent: str, said: Mapping[str, Any], before: Mapping[str, Any] | None = None
    ) -> None:
        """What happened by itself is written as soon as the database takes it."""
        while True:
            try:
                await self.note(DAEMON, "", action, agent, said, before)
                return
            except (storage.StorageError, TimeoutError) as error:
                log.warning("listening_not_noted_yet", error=str(error) or "no answer in time")
            await asyncio.sleep(NOTE_AGAIN_S)

    async def _hang_up(self, node: str, channel: str) -> None:
        try:
            await self._dialer.nodes[node].switch.hang_up(channel)
        except ami.AmiError as error:
            log.debug("listener_not_hung_up", node=node, channel=channel, error=str(error))

    def _fact(self, _campaign: str, fact: Mapping[str, Any]) -> None:
        """Which conversations are heard."""
        if self.ears and fact["fact"] == "attempt_bridged":
            for ear in self.ears.of_agent(fact["agent"] or ""):
                self.hears_call(ear.id, fact["attempt"])

    def hears_call(self, ear_id: str, call: str) -> None:
        """This conversation is within the hearing of the phone."""
        calls = self._heard.get(ear_id)
        if calls is not None and call not in calls and len(calls) < MOST_CALLS:
            calls.append(call)

    def _put(self, ear: Ear) -> None:
        before = self.ears.get(ear.id)
        self.ears.put(ear)
        self._news(ear.agent)
        if before is not None and before.agent != ear.agent:
            self._news(before.agent)

    def _news(self, agent: str) -> None:
        for tell in tuple(self.changed):
            tell(agent)


def shown_in_log(ear: Ear) -> dict[str, Any]:
    """A listening as the audit log names it."""
    return {
        "user": ear.user,
        "mode": ear.mode.value,
        "campaign": ear.campaign,
        "phone": ear.phone,
        "listener": ear.id,
    }
