"""One Asterisk of the daemon: its line, its trunks, and the floors that live on it. Nodes fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog

import ami
from dialer.core import events as ev
from dialer.core import wishes
from dialer.core.machine import FloorMachine
from dialer.core.trunks import TrunkPool
from dialer.runtime import translate
from dialer.runtime.clock import Clock
from dialer.runtime.ids import Ids
from dialer.runtime.latency import Latency
from dialer.runtime.line_figures import LineFigures
from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

AUDIT_EVERY_S = 60.0
"""How often the switch's own list of channels is compared with ours, whatever the events said."""

FENCE_AGAIN_S = 0.5

SWEEP_DELAY_S = 5.0
"""How long after the dialplan wrote a flag its AstDB entry is read, committed and deleted."""


MOST_ARRIVING = 200
"""Callers looked up at the same time; beyond, the dialplan alone looks after them."""

INBOUND_CONTEXT = "dialer-inbound"
MESSAGE_CONTEXT = "dialer-abandoned"
INBOUND_S = 30
"""How long a person who rang us is taken to wait where the switch did not say it: the dialplan's own default."""


class Floorlike(Protocol):
    """What a node needs of a floor."""

    floor: FloorMachine
    restored: bool
    """Whether it was shown what an earlier life left."""

    def feed(self, event: ev.Event) -> None:
        """Take one event."""
        ...

    def restore(self, channels: tuple[ami.LiveChannel, ...]) -> None:
        """What the node's first snapshot shows an earlier life of the daemon left; later ones change nothing."""
        ...

    def knows(self, channel_id: str) -> bool:
        """Whether the channel is a call or a seat of this floor."""
        ...


@dataclass(frozen=True, slots=True)
class Received:
    """On which floor somebody who rang us waits, and the event that tells it so."""

    floor: Floorlike
    event: ev.CallArrived


class Receiver(Protocol):
    """Who knows the people who ring us."""

    async def receive(self, node: str, rang: ami.DialerInbound) -> Received | None:
        """The floor a caller waits on; None: nobody can take them, and they hear the message."""
        ...

    async def opt_out(self, wishes: Mapping[str, str]) -> bool:
        """Callers who do not want to be called, numbers by call; True once it is committed."""
        ...


class Overhearing(Protocol):
    """Who looks after the phones that listen to agents."""

    def hear(self, node: str, event: ami.Event) -> bool:
        """Take an event; True where it was about such a phone, and so no floor's."""
        ...

    def listed(self, node: str, asked_at: float, channels: tuple[ami.LiveChannel, ...]) -> None:
        """The switch's own list of channels."""
        ...


class Node:
    """Routes what one switch says to the floors it concerns, and keeps the switch's list of channels honest."""

    def __init__(
        self,
        address: ami.NodeAddress,
        trunks: TrunkPool,
        clock: Clock,
        settle: Callable[[Iterable[ev.CallEvent]], asyncio.Future[None]],
        ids: Ids,
        receiver: Receiver | None = None,
    ) -> None:
        """`settle` takes flags of attempts no floor knows any more and is done once all are in the database."""
        self.name = address.name
        self.trunks = trunks
        self.figures = LineFigures()
        self.switch = ami.Switch(address, self._on_event, clock=clock.now, on_answer=self.figures.answered)
        self.latency = Latency()
        self._clock = clock
        self._settle = settle
        self._ids = ids
        self._receiver = receiver
        self._lobby: dict[str, list[ev.CallEvent]] = {}
        self._floors: list[Floorlike] = []
        self._owners: dict[str, Floorlike] = {}
        self._tasks = Tasks()
        self._auditing = False
        self._sweep_due = False
        self.overhearing: Overhearing | None = None
        self.fence: tuple[str, str] | None = None
        """The manager user that ends an old leader's sessions here, before ours is opened; None: there is none."""
        self._fencing = ""

    @property
    def up(self) -> bool:
        """Verbs work now."""
        return self.switch.state is ami.LinkState.UP

    @property
    def reason(self) -> str:
        """Why the line is not up; empty when it is."""
        return "" if self.up else (self._fencing or self.switch.reason or self.switch.state.value)

    @property
    def tried(self) -> bool:
        """Whether the line is up, or was tried in vain."""
        return self.up or bool(self._fencing) or self.switch.tried

    @property
    def floors(self) -> tuple[Floorlike, ...]:
        """The floors that live here."""
        return tuple(self._floors)

    def attach(self, floor: Floorlike) -> None:
        """This floor lives here from now on."""
        self._floors.append(floor)
        self.audit("a floor was added")

    def detach(self, floor: Floorlike) -> None:
        """This floor lives here no longer; channels it owned are nobody's."""
        self._floors.remove(floor)
        for channel in [one for one, owner in self._owners.items() if owner is floor]:
            del self._owners[channel]

    def own(self, channel_id: str, floor: Floorlike) -> None:
        """Events of this channel go to `floor`."""
        self._owners[channel_id] = floor

    def start(self) -> None:
        """Connect and stay connected."""
        self._tasks.start(f"line {self.name}", self._line())
        self._tasks.start(f"audit {self.name}", self._audit_for_ever())

    async def _line(self) -> None:
        if self.fence is not None:
            await self._end_old_leader(*self.fence)
        await self.switch.run()

    async def _end_old_leader(self, username: str, secret: str) -> None:
        """Until nothing that another daemon still sends can dial here: before the snapshot, before any call."""
        while True:
            try:
                ended = await ami.fence(self.switch.address, username, secret, clock=self._clock.now)
            except ami.AmiError as error:
                self._fencing = f"an old leader's sessions could not be ended: {error}"
                log.warning("not_fenced", node=self.name, error=str(error))
                await asyncio.sleep(FENCE_AGAIN_S)
                continue
            self._fencing = ""
            log.info("old_leader_fenced", node=self.name, sessions=ended)
            return

    async def close(self) -> None:
        """Let go of the line; channels on the switch stay as they are."""
        await self._tasks.close()

    def audit(self, why: str) -> None:
        """Ask the switch for its channels and tell every floor; requests while one is under way are one."""
        if self._auditing or not self.up:
            return
        self._auditing = True
        log.debug("channels_audited", node=self.name, why=why)
        self._tasks.start(f"audit {self.name} now", self._audit())

    async def _audit_for_ever(self) -> None:
        while True:
            await asyncio.sleep(AUDIT_EVERY_S)
            self.audit("regular")
            self._sweep_soon()

    async def _audit(self) -> None:
        try:
            asked_at = self._clock.now()
            channels = await self.switch.snapshot()
            self._restore_floors(channels)
            self.latency.only({one.channel_id for one in channels})
            if self.overhearing is not None:
                self.overhearing.listed(self.name, asked_at, channels)
            self._tell_all(translate.synced(self._clock.now(), asked_at, channels))
        except ami.AmiError as error:
            log.debug("audit_failed", node=self.name, error=str(error))
        finally:
            self._auditing = False

    def _on_event(self, event: ami.Event) -> None:
        self.figures.see(event)
        if self.overhearing is not None and self.overhearing.hear(self.name, event):
            return
        if isinstance(event, ami.Synced):
            self._on_synced(event)
            return
        if isinstance(event, ami.LinkDown):
            self._tell_all(ev.LineLost(event.received, event.reason))
            return
        if isinstance(event, ami.DialerInbound):
            self._arrived(event)
            return
        self.latency.see(event)
        heard = translate.to_core(event)
        if heard is None:
            return
        if isinstance(heard, ev.CallAbandoned | ev.CallOptedOut | ev.MachineJudged):
            self._sweep_soon()
        self._route(heard)

    def _route(self, event: ev.Event) -> None:
        if isinstance(event, ev.CallEvent):
            channel = event.call_id
        elif isinstance(event, ev.SeatEvent):
            channel = event.seat_id
        elif isinstance(event, wishes.PartyEvent):
            channel = event.party_id
        else:
            return
        floor = self._owners.get(channel)
        if floor is None:
            if channel in self._lobby and isinstance(event, ev.CallEvent):
                self._lobby[channel].append(event)
            return
        floor.feed(event)
        if isinstance(event, ev.CallHungUp | ev.SeatLost | wishes.PartyGone) and not floor.knows(channel):
            self._owners.pop(channel, None)

    def _arrived(self, rang: ami.DialerInbound) -> None:
        """Somebody rings us: find out who, while what happens to the call is kept for the floor."""
        known = rang.call_id in self._lobby or rang.call_id in self._owners
        if self._receiver is None or known or not translate.is_inbound(rang.call_id):
            return
        if len(self._lobby) >= MOST_ARRIVING:
            log.warning("inbound_not_taken", node=self.name, note="too many at the same time")
            return
        self._lobby[rang.call_id] = []
        self._tasks.start(f"receive {rang.call_id}", self._receive(self._receiver, rang))

    async def _receive(self, receiver: Receiver, rang: ami.DialerInbound) -> None:
        received = None
        try:
            received = await receiver.receive(self.name, rang)
        finally:
            kept = self._lobby.pop(rang.call_id, [])
        if received is None:
            await self.end_wait(rang.call_id)
            return
        self.own(rang.call_id, received.floor)
        received.floor.feed(received.event)
        for event in kept:
            self._route(event)

    async def end_wait(self, call_id: str) -> None:
        """Let a waiting person hear now who called, and the opt-out key."""
        try:
            await self.switch.redirect(call_id, MESSAGE_CONTEXT, "s")
        except ami.AmiError as error:
            log.debug("wait_not_ended", node=self.name, call=call_id, error=str(error))

    def _take_in(self, event: ami.Synced) -> None:
        """People who began to wait while nobody listened."""
        for channel in event.channels:
            ours = channel.call_id == channel.channel_id and channel.context == INBOUND_CONTEXT
            if ours and channel.bridge_id:
                began = event.received - channel.duration_s
                self._arrived(
                    ami.DialerInbound(
                        began, self.name, began, channel.call_id, channel.caller, channel.exten, INBOUND_S
                    )
                )

    def _on_synced(self, event: ami.Synced) -> None:
        self._restore_floors(event.channels)
        self.latency.only({one.channel_id for one in event.channels})
        self._take_flags(event.flags)
        self._tell_all(translate.synced(event.received, event.received, event.channels))
        self._end_orphans(event.channels)
        self._take_in(event)

    def _restore_floors(self, channels: tuple[ami.LiveChannel, ...]) -> None:
        """Show each floor what may be its own: a floor added later must not take another's agents."""
        for floor in self._floors:
            if not floor.restored:
                own = (one for one in channels if self._owners.get(one.channel_id, floor) is floor)
                floor.restore(tuple(own))

    def _tell_all(self, event: ev.Event) -> None:
        for floor in self._floors:
            floor.feed(event)
        for channel in [one for one, floor in self._owners.items() if not floor.knows(one)]:
            del self._owners[channel]

    def _end_orphans(self, channels: tuple[ami.LiveChannel, ...]) -> None:
        """Hang up seats and ringing calls of ours that no floor knows; answered calls the dialplan ends itself."""
        for channel in channels:
            if channel.channel_id in self._owners:
                continue
            rings = channel.channel_id.startswith(self._ids.call_prefix) and channel.state != "Up"
            nobodys = channel.channel_id.startswith((self._ids.seat_prefix, self._ids.party_prefix))
            if rings or nobodys:
                self._tasks.start(f"end orphan {channel.channel_id}", self._hang_up(channel.channel_id))

    async def _hang_up(self, channel_id: str) -> None:
        try:
            await self.switch.hang_up(channel_id)
        except ami.AmiError as error:
            log.debug("orphan_not_hung_up", node=self.name, channel=channel_id, error=str(error))

    def _sweep_soon(self) -> None:
        if not self._sweep_due:
            self._sweep_due = True
            self._tasks.start(f"sweep {self.name}", self._sweep())

    async def _sweep(self) -> None:
        """Read what the dialplan wrote, let the books commit it, and only then delete it."""
        await asyncio.sleep(SWEEP_DELAY_S)
        self._sweep_due = False
        if not self.up:
            return
        try:
            self._take_flags(await self.switch.read_flags())
        except ami.AmiError as error:
            log.debug("flags_not_read", node=self.name, error=str(error))

    def _take_flags(self, flags: ami.Flags) -> None:
        if not flags.keys:
            return
        now = self._clock.now()
        found: list[ev.CallEvent] = [ev.CallAbandoned(now, call) for call in flags.abandon]
        found += [ev.CallOptedOut(now, call) for call in flags.optout]
        found += [ev.MachineJudged(now, call, True) for call in flags.families.get("machine", {})]
        unknown: list[ev.CallEvent] = []
        for event in found:
            floor = self._owners.get(event.call_id)
            if floor is None:
                unknown.append(event)
            else:
                floor.feed(event)
        callers = flags.families.get("caller", {})
        wishes = {call: callers[call] for call in flags.optout if call in callers}
        work = self._clear(flags.keys, self._settle(unknown), wishes)
        self._tasks.start(f"clear flags {self.name}", work)

    async def _clear(
        self, keys: tuple[tuple[str, str], ...], committed: asyncio.Future[None], wishes: Mapping[str, str]
    ) -> None:
        if wishes and self._receiver is not None and not await self._receiver.opt_out(wishes):
            return  # the flags stay for the next sweep
        await committed
        try:
            await self.switch.clear_flags(keys)
        except ami.AmiError as error:
            log.debug("flags_not_cleared", node=self.name, error=str(error))
