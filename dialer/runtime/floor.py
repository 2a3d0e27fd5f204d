"""The shell around one floor: feeds it events, runs its commands, wakes it in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

import ami
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.call import Call, Phase
from dialer.core.machine import FloorMachine
from dialer.runtime.leadership import NOT_LEADING
from dialer.runtime.moves import Moves
from dialer.runtime.previews import Previews
from dialer.runtime.recorder import Recorder, without_numbers
from dialer.runtime.rhythm import Rhythm
from dialer.runtime.tasks import Tasks
from dialer.runtime.watch import Watch
from dialer.runtime.wiring import Claimed, Order, Wiring

log = structlog.get_logger(__name__)

SEAT_RING_S = 30.0


class FloorRunner:
    """Runs one campaign's floor on its node."""

    def __init__(self, floor: FloorMachine, wiring: Wiring) -> None:
        self.floor = floor
        self.wiring = wiring
        self.orders: dict[str, Order] = {}
        self.restored = False
        self._clock = wiring.clock
        self._node = wiring.node
        self._tasks = Tasks()
        self.previews = Previews(self)
        self.moves = Moves(self, self.previews, self._tasks.start)
        self._wake: asyncio.TimerHandle | None = None
        self._wake_at = float("inf")
        self._pacing_due = False
        self._rhythm = Rhythm()
        self._closed = False
        self.recorder = Recorder(floor, wiring.books.write)
        self.watch = Watch(self)
        self.pace_cost_s = 0.0
        self.decisions = 0

    @property
    def campaign_id(self) -> str:
        """The campaign whose floor this is."""
        return self.floor.settings.campaign_id

    def knows(self, channel_id: str) -> bool:
        """Whether the channel is a live call, a third party or a seat of this floor."""
        if channel_id in self.floor.parties:
            return True
        return channel_id in self.floor.calls or self.floor.roster.at_seat(channel_id) is not None

    @property
    def at_work(self) -> bool:
        """Whether what it wanted first is claimed, or its line was tried in vain."""
        if not self._node.up:
            return self._node.tried
        return self.restored and not self.floor.needs_pacing and not self.floor.claiming

    def open(self, boot: str, told: Sequence[ev.Event]) -> None:
        """Begin the record of this life, and take what the floor must know before anybody hears of it."""
        self.recorder.begin(self.now(), boot)
        for event in map(without_numbers, told):
            self.recorder.event(event, self.floor.step(event), None)

    def restore(self, channels: tuple[ami.LiveChannel, ...]) -> None:
        """Bring back calls and agents an earlier life left; only once, before the first dial."""
        if not self.restored:
            self.restored = True
            self.wiring.restore(self, channels)

    def now(self) -> float:
        """The daemon's clock."""
        return self._clock.now()

    def feed(self, event: ev.Event) -> None:
        """Take one event: step the floor, journal the event, run what it asks for; bridges leave before all."""
        if self._closed:
            return
        event = without_numbers(event)
        commands: list[do.Command] = []
        failed: BaseException | None = None
        try:
            commands = self.floor.step(event)
            self._connect(commands)
        except Exception as error:
            failed = error
            # No new calls from a floor that may be wrong about itself; calls and timers go on.
            why = f"the floor failed on {type(event).__name__} ({type(error).__name__}: {error}); report it and restart"
            self.floor.forbidden["floor"] = why
            self.floor.needs_pacing = True
            self._after()
            raise
        finally:
            self.recorder.event(event, commands, failed)
        self._run(commands)
        if isinstance(event, ev.CallAnswered):
            self._rhythm.answered(self.now())
        elif isinstance(event, ev.LineSynced):
            self.watch.synced(event)
        self._after()

    def run_later(self) -> None:
        """Run what restoring the floor asked for, and set its clock going."""
        self.feed(ev.TimePassed(self.now()))

    async def close(self) -> None:
        """Stop; whatever lives on the switch stays there."""
        self._closed = True
        self.watch.close()
        if self._wake is not None:
            self._wake.cancel()
        await self._tasks.close()

    # Waking and pacing.

    def _after(self) -> None:
        if self.floor.needs_pacing and not self._pacing_due:
            self._pacing_due = True
            self._rhythm.wanted(self.now())
            asyncio.get_running_loop().call_later(max(0.0, self._rhythm.delay_s(self.now())), self._pace)
        self._set_wake()
        self.watch.soon()

    def _set_wake(self) -> None:
        at = self.floor.wake_at
        if at == self._wake_at:
            return
        if self._wake is not None:
            self._wake.cancel()
            self._wake = None
        self._wake_at = at
        if at != float("inf"):
            self._wake = asyncio.get_running_loop().call_at(self._clock.loop_time(at), self._on_wake)

    def _on_wake(self) -> None:
        self._wake_at = float("inf")
        self._wake = None
        # The loop may wake a hair early; the floor must not, or an interval would be cut short.
        self.feed(ev.TimePassed(max(self.now(), min(self.floor.wake_at, self.now() + 0.001))))

    def _pace(self) -> None:
        if self._closed:
            return
        delay_s = self._rhythm.delay_s(self.now())
        if delay_s > 0:
            asyncio.get_running_loop().call_later(delay_s, self._pace)
            return
        self._pacing_due = False
        began, now = time.thread_time(), self.now()
        try:
            commands = self.floor.pace(now)
        except Exception as error:
            # Fail closed and say so: nobody awaits this, and a floor that quietly stops dialing is a riddle.
            log.exception("pacing_failed", campaign=self.campaign_id)
            self.recorder.decision(now, (), error)
            self._rhythm.decided(self.now(), 1.0, len(self.floor.roster))
            why = f"pacing failed ({type(error).__name__}: {error}); report it and restart the daemon"
            self.feed(ev.DialingForbidden(self.now(), "pacing", why))
            return
        cost_s = time.thread_time() - began
        self.pace_cost_s += cost_s
        self.decisions += 1
        self._rhythm.decided(self.now(), cost_s, len(self.floor.roster))
        self.recorder.decision(now, commands, None)
        self._run(commands)
        self._after()

    # Running commands.

    def _connect(self, commands: list[do.Command]) -> None:
        """Write the bridges to the line within this very call: somebody waits at the other end."""
        for command in commands:
            if isinstance(command, do.Bridge):
                answer = self._node.switch.begin_bridge(
                    command.call_id,
                    command.seat_id,
                    tone=command.tone,
                    record=self.moves.path(command.record),
                )
                self._tasks.start(
                    f"bridge {command.call_id}", self._bridged(command.call_id, command.seat_id, answer)
                )

    def _run(self, commands: list[do.Command]) -> None:
        for command in commands:  # before anybody hears of one: a replay finds them behind their event
            if isinstance(command, do.Record):
                self.wiring.books.write(command.fact)
        for command in commands:
            match command:
                case do.Record(fact=fact):
                    self._tell(fact)
                case do.Dial(call_id=call, trunk=trunk):
                    self._node.own(call, self)
                    self._tasks.start(f"dial {call}", self._dial(call, trunk))
                case do.ClaimLeads() | do.ClaimLane():
                    lane = command.lane if isinstance(command, do.ClaimLane) else None
                    self._tasks.start(f"claim {self.campaign_id}", self._claim(command.n, lane))
                case do.HangUp(channel_id=channel, cause=cause):
                    self._tasks.start(f"hang up {channel}", self._hang_up(channel, cause))
                case do.RingSeat(agent_id=agent, seat_id=seat):
                    self._node.own(seat, self)
                    self._tasks.start(f"seat {agent}", self._ring(agent, seat))
                case do.RenewSeat(agent_id=agent):
                    asyncio.get_running_loop().call_soon(self._renew, agent)
                case do.EndWait(call_id=call):
                    self._tasks.start(f"end wait {call}", self._node.end_wait(call))
                case do.AuditChannels(why=why):
                    self._node.audit(why)
                case _:
                    self.moves.run(command)

    def _tell(self, fact: Mapping[str, Any]) -> None:
        if fact["fact"] == "attempt_ended":
            self.orders.pop(fact["attempt"], None)
        if self.wiring.listener is not None:
            self.wiring.listener(self.campaign_id, fact)

    def _renew(self, agent_id: str) -> None:
        self.feed(ev.SeatRenewed(self.now(), agent_id, self.wiring.ids.seat(agent_id)))

    async def _claim(self, n: int, lane: str | None = None) -> None:
        claimed = Claimed((), exhausted=False, why="claiming leads was interrupted")
        try:
            if self.wiring.may_act():
                claimed = await (self.wiring.claim(n) if lane is None else self.wiring.claim(n, lane=lane))
            else:
                claimed = Claimed((), exhausted=False, why=NOT_LEADING)
        finally:
            for order in claimed.orders:
                self.orders[order.new.call_id] = order
            new = tuple(order.new for order in claimed.orders)
            why, resume_at = claimed.why, claimed.resume_at
            self.feed(ev.LeadsClaimed(self.now(), n, new, claimed.exhausted, why, resume_at, lane))

    async def _dial(self, call_id: str, trunk: str) -> None:
        order = self.orders.get(call_id)
        template = self.wiring.dial_templates.get(trunk)
        if order is None or template is None:
            self.feed(ev.DialRefused(self.now(), call_id, "the trunk is not in the configuration any more"))
            return
        if order.refused:
            self.feed(ev.DialRefused(self.now(), call_id, order.refused))
            return
        if not self.wiring.may_act():
            self.feed(ev.DialRefused(self.now(), call_id, NOT_LEADING))
            return
        if not self._node.up:
            self.feed(ev.DialRefused(self.now(), call_id, f"the line is down: {self._node.reason}"))
            return
        call = self.floor.calls.get(call_id)
        if call is None or call.ended:
            return
        try:
            await self._node.switch.dial(self._outgoing(order, template, call))
        except (ami.ActionRefused, ami.Unsendable) as error:
            log.warning("dial_refused", campaign=self.campaign_id, call=call_id, error=str(error))
            self.feed(ev.DialRefused(self.now(), call_id, str(error)))
        except ami.AmiError as error:
            # Whether Asterisk acted is unknown: its events, or the next list of channels, will tell.
            log.warning("dial_unconfirmed", campaign=self.campaign_id, call=call_id, error=str(error))

    def _outgoing(self, order: Order, template: str, call: Call) -> ami.Outgoing:
        settings = self.floor.settings
        return ami.Outgoing(
            call_id=order.new.call_id,
            dial_string=ami.dial_string(template, order.number),
            caller_id=self.wiring.named(order.new.caller_id),
            ring_timeout_s=call.dial_timeout_s,
            hold_s=settings.hold_s if call.hold_s is None else call.hold_s,
            amd=call.amd,
            agent_drop=self.wiring.agent_drop,
            variables={
                "DIALER_RESCUE_S": str(settings.rescue_s),
                "DIALER_TALK_DETECT": "1" if settings.greeting else "0",
                **self._for_machines(call),
            },
            account=self.campaign_id,
        )

    def _for_machines(self, call: Call) -> dict[str, str]:
        """What the dialplan is to do about an answering machine."""
        if not call.amd:
            return {}
        told = {"DIALER_AMD_MACHINE": self.wiring.machine_action}
        if self.wiring.machine_message:
            told["DIALER_MACHINE_MESSAGE"] = self.wiring.machine_message
        if call.clip:
            told["DIALER_AMD_CLIP"] = f"{self.wiring.recordings}/{call.clip}"
        return told

    async def _bridged(self, call_id: str, seat_id: str, answer: Awaitable[None]) -> None:
        try:
            await answer
        except ami.ActionRefused as error:
            self.feed(ev.BridgeRefused(self.now(), call_id, seat_id, _missing(error, call_id, seat_id)))
        except ami.AmiError:
            self.feed(ev.BridgeRefused(self.now(), call_id, seat_id, ev.Missing.UNKNOWN))
        else:
            self.feed(ev.BridgeMade(self.now(), call_id, seat_id))

    async def _hang_up(self, channel_id: str, cause: int) -> None:
        try:
            await self._node.switch.hang_up(channel_id, cause)
        except ami.AmiError as error:
            log.debug("hang_up_failed", campaign=self.campaign_id, channel=channel_id, error=str(error))

    async def _ring(self, agent_id: str, seat_id: str) -> None:
        endpoint = self.wiring.endpoint_of(agent_id)
        try:
            if endpoint is None:
                raise ami.ActionRefused("the agent has no phone in the books")
            await self._node.switch.seat(
                seat_id,
                endpoint,
                agent_exten=agent_id,
                timeout_s=SEAT_RING_S,
                caller_id=self.wiring.caller_id,
                account=self.campaign_id,
            )
        except ami.AmiError as error:
            self.feed(ev.SeatLost(self.now(), seat_id, f"the phone could not be rung: {error}"))

    @property
    def talking(self) -> int:
        """Conversations on now."""
        return sum(1 for call in self.floor.calls.values() if call.phase is Phase.TALKING)

    def retune(self, floor_settings: Any, wiring: Mapping[str, Any]) -> None:
        """Take new settings while running."""
        self.floor.settings = floor_settings
        self.wiring = replace(self.wiring, **wiring)
        self.floor.needs_pacing = True
        self._after()


def _missing(error: ami.ActionRefused, call_id: str, seat_id: str) -> ev.Missing:
    """Which side Asterisk says is gone; its message names Channel1 (ours: the call) or Channel2 (the seat)."""
    text = str(error)
    if not error.gone:
        return ev.Missing.UNKNOWN
    if seat_id in text or "Channel2" in text:
        return ev.Missing.SEAT
    if call_id in text or "Channel1" in text:
        return ev.Missing.CALL
    return ev.Missing.UNKNOWN
