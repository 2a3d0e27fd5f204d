"""One Asterisk of the daemon: its line, its trunks, and the floors that live on it. Nodes fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

import ami
from dialer.core import events as ev
from dialer.core.floor import Floor
from dialer.core.trunks import TrunkPool
from dialer.runtime import translate
from dialer.runtime.clock import Clock
from dialer.runtime.ids import Ids
from dialer.runtime.latency import Latency
from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

AUDIT_EVERY_S = 60.0
"""How often the switch's own list of channels is compared with ours, whatever the events said."""

SWEEP_DELAY_S = 5.0
"""How long after the dialplan wrote a flag its AstDB entry is read, committed and deleted."""


class Floorlike(Protocol):
    """What a node needs of a floor."""

    floor: Floor

    def feed(self, event: ev.Event) -> None:
        """Take one event."""
        ...

    def restore(self, channels: tuple[ami.LiveChannel, ...]) -> None:
        """What the node's first snapshot shows an earlier life of the daemon left; later ones change nothing."""
        ...

    def knows(self, channel_id: str) -> bool:
        """Whether the channel is a call or a seat of this floor."""
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
    ) -> None:
        """`settle` takes flags of attempts no floor knows any more and is done once all are in the database."""
        self.name = address.name
        self.trunks = trunks
        self.switch = ami.Switch(address, self._on_event, clock=clock.now)
        self.latency = Latency()
        self._clock = clock
        self._settle = settle
        self._ids = ids
        self._floors: list[Floorlike] = []
        self._owners: dict[str, Floorlike] = {}
        self._tasks = Tasks()
        self._auditing = False
        self._sweep_due = False

    @property
    def up(self) -> bool:
        """Verbs work now."""
        return self.switch.state is ami.LinkState.UP

    @property
    def reason(self) -> str:
        """Why the line is not up; empty when it is."""
        return "" if self.up else (self.switch.reason or self.switch.state.value)

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
        self._tasks.start(f"line {self.name}", self.switch.run())
        self._tasks.start(f"audit {self.name}", self._audit_for_ever())

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
            self._tell_all(translate.synced(self._clock.now(), asked_at, channels))
        except ami.AmiError as error:
            log.debug("audit_failed", node=self.name, error=str(error))
        finally:
            self._auditing = False

    def _on_event(self, event: ami.Event) -> None:
        if isinstance(event, ami.Synced):
            self._on_synced(event)
            return
        if isinstance(event, ami.LinkDown):
            self._tell_all(ev.LineLost(event.received, event.reason))
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
        else:
            return
        floor = self._owners.get(channel)
        if floor is None:
            return
        floor.feed(event)
        if isinstance(event, ev.CallHungUp | ev.SeatLost) and not floor.knows(channel):
            self._owners.pop(channel, None)

    def _on_synced(self, event: ami.Synced) -> None:
        self._restore_floors(event.channels)
        self._take_flags(event.flags)
        self._tell_all(translate.synced(event.received, event.received, event.channels))
        self._end_orphans(event.channels)

    def _restore_floors(self, channels: tuple[ami.LiveChannel, ...]) -> None:
        """Show each floor what may be its own: a floor added later must not take another's agents."""
        for floor in self._floors:
            floor.restore(tuple(one for one in channels if self._owners.get(one.channel_id, floor) is floor))

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
            if rings or channel.channel_id.startswith(self._ids.seat_prefix):
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
        committed = self._settle(unknown)
        self._tasks.start(f"clear flags {self.name}", self._clear(flags.keys, committed))

    async def _clear(self, keys: tuple[tuple[str, str], ...], committed: asyncio.Future[None]) -> None:
        await committed
        try:
            await self.switch.clear_flags(keys)
        except ami.AmiError as error:
            log.debug("flags_not_cleared", node=self.name, error=str(error))
