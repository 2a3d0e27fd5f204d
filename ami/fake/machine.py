"""The switch as a pure machine: verbs and instants in, manager messages out. No clock, no I/O.

The caller sets `now`, calls a verb or `advance`, and takes what is in `out`. Channels are moved between
bridges as Asterisk does it: the dialplan thread of a channel stays in its BridgeWait while it talks, and goes
on when it leaves.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from ami.fake import causes, dialplan
from ami.fake.astdb import AstDb
from ami.fake.behaviour import AgentPhone, Behaviour, Callee, Kind
from ami.fake.channels import DOWN, RINGING, UP, Bridge, Channel
from ami.fake.dialplan import Sounds
from ami.fake.records import CarrierCall
from ami.fake.steps import Hold, Play
from ami.fake.timers import Timers


@dataclass(frozen=True, slots=True)
class Originate:
    """One Originate, Async, as the machine takes it."""

    channel: str
    channel_id: str
    context: str
    exten: str
    timeout_s: float
    caller: tuple[str, str]
    account: str
    variables: dict[str, str]
    action_id: str


@dataclass(frozen=True, slots=True)
class Emission:
    """One message on its way: an event for whoever may see it, or an answer for one session."""

    session: Any
    name: str
    privilege: str
    block: bytes


class Machine:
    """Channels, bridges, dialplan threads and AstDB of one switch."""

    def __init__(
        self,
        behaviour: Behaviour,
        *,
        rng: random.Random,
        epoch_s: float,
        sounds: Sounds,
        channel_variables: tuple[str, ...] = ("DIALER_CALL_ID",),
        disorder: float = 0.1,
        system_name: str = "",
    ) -> None:
        self.behaviour = behaviour
        self.sounds = sounds
        self.globals = dict(dialplan.GLOBALS)
        self.now = 0.0
        self.epoch_s = epoch_s
        self.started_at = -1.0
        self.channels: dict[str, Channel] = {}
        self.db = AstDb()
        self.out: list[Emission] = []
        self.wanted: frozenset[str] | None = None
        self.calls: list[CarrierCall] = []
        self.timers = Timers()
        self.calls_seen = 0
        self._by_name: dict[str, Channel] = {}
        self._holding: dict[str, Bridge] = {}
        self._rng = rng
        self._disorder = disorder
        self.shown = channel_variables
        self._system = f"SystemName: {system_name}\r\n" if system_name else ""
        self._serial = 0

    # --- time ---

    def advance(self, now: float) -> None:
        """Runs everything due until `now` (seconds of the driver's clock), each thing at its own instant."""
        while (timer := self.timers.pop(now)) is not None:
            self.now = max(self.now, timer.at)
            if timer.act is not None:
                timer.act()
        self.now = max(self.now, now)

    def epoch(self) -> float:
        """Now, in seconds since the Unix epoch."""
        return self.epoch_s + self.now

    # --- verbs ---

    def hurries(self) -> bool:
        """Whether this time what usually comes second comes first: answers and events race."""
        return self._rng.random() < self._disorder

    def find(self, name: str) -> Channel | None:
        """A live channel by unique id or by name."""
        return self.channels.get(name) or self._by_name.get(name)

    def originate(self, order: Originate) -> None:
        """Starts a call; its outcome follows as events."""
        far = self._far(order)
        if order.channel_id in self.channels or _unroutable(far):
            self._originate_response(order, None, 0, order.channel_id)
            return
        self._serial += 1
        endpoint = order.channel.partition("/")[2].rpartition("@")[2]
        name = f"{order.channel.partition('/')[0]}/{endpoint}-{self._serial:08x}"
        channel = Channel(order.channel_id or f"{int(self.epoch())}.{self._serial}", name, endpoint, self.now)
        channel.caller = order.caller
        channel.account = order.account
        channel.far = far
        self.channels[channel.unique_id] = self._by_name[name] = channel
        self.calls_seen += 1
        self._emit_channel("Newchannel", channel)
        channel.variables.update(order.variables)
        if isinstance(far, Callee):
            number = order.channel.partition("/")[2].partition("@")[0]
            channel.call = CarrierCall(
                number, far.kind.value, channel.unique_id, order.caller[0], self.epoch()
            )
            self.calls.append(channel.call)
            channel.talk_left_s = far.talk_s
        self._emit_dest("DialBegin", channel, f"DialString: {order.channel.partition('/')[2]}\r\n")
        self._start_ringing(channel, order)

    def bridge(self, one: Channel, other: Channel, *, tone_to: Channel | None = None) -> None:
        """Joins two channels; takes them out of wherever they are."""
        self._serial += 1
        bridge = Bridge(self._bridge_id(), holding=False)
        for channel in (one, other):
            self._leave(channel)
            self._unwait(channel)
            self._enter(channel, bridge)
        bridge.technology = "simple_bridge" if one.recording or other.recording else "native_rtp"
        elder = min(one, other, key=lambda channel: channel.created_at)
        one.linked_id = other.linked_id = elder.linked_id
        for channel in (one, other):
            self._connected(channel)
        if tone_to is not None and tone_to.call is not None:
            tone_to.call.heard.append((self.epoch(), "tone"))

    def hang_up(self, channel: Channel, cause: int) -> None:
        """The manager ends a channel."""
        self._emit_channel("SoftHangupRequest", channel, f"Cause: {cause}\r\n")
        if channel.dialing:
            self._emit_dest("DialEnd", channel, "DialStatus: NOANSWER\r\n")
            self._failed(channel, reason=0, cause=cause, tech=None, by="caller")
        else:
            self._end(channel, cause or causes.NORMAL, None, by="caller")

    def redirect(self, channel: Channel, context: str, exten: str) -> bool:
        """Sends a channel elsewhere in the dialplan; False when there is no such place."""
        if context not in dialplan.CONTEXTS:
            return False
        self._leave(channel)
        self._unwait(channel)
        self._start(channel, context, exten)
        return True

    def set_recording(self, channel: Channel, path: str) -> None:
        """Starts (a path) or stops (empty) the recording of a channel."""
        if channel.recording and not path:
            self._emit_channel("MixMonitorStop", channel)
        channel.recording = path
        if path:
            self._emit_channel("MixMonitorStart", channel)
            if channel.bridge is not None and not channel.bridge.holding:
                channel.bridge.technology = "simple_bridge"

    def far_hangs_up(self, channel: Channel) -> None:
        """The phone at the other end sends BYE, or CANCELs nothing: the leg is gone."""
        if not channel.gone:
            self._emit_channel("HangupRequest", channel, f"Cause: {causes.NORMAL}\r\n")
            self._end(channel, causes.NORMAL, None, by="callee")

    def die(self) -> None:
        """The process is killed: every leg is gone, nobody is told; AstDB stays."""
        for channel in self.channels.values():
            _close(channel, self.epoch(), "caller")
        self.channels.clear()
        self._by_name.clear()
        self._holding.clear()
        self.timers.clear()
        self.out.clear()

    # --- what a dialplan thread may do (Switchboard) ---

    def user_event(self, channel: Channel, name: str, **headers: str) -> None:
        """UserEvent()."""
        if self.wants("UserEvent"):
            extra = "".join(f"{key}: {value}\r\n" for key, value in headers.items())
            text = f"{channel.headers('', self.shown)}UserEvent: {name}\r\n{extra}"
            self.emit("UserEvent", "user", text)

    def db_put(self, family: str, key: str, value: str) -> None:
        """Set(DB(family/key)=value)."""
        self.db.put(family, key, value)

    def epoch_text(self) -> str:
        """${EPOCH}."""
        return str(int(self.epoch()))

    def amd(self, channel: Channel) -> tuple[float, str, str]:
        """How long AMD() takes, AMDSTATUS and AMDCAUSE."""
        far = channel.far
        if not isinstance(far, Callee):
            return 0.0, "NOTSURE", "TOOLONG-0"
        return (far.amd_s, *far.verdict())

    # --- messages ---

    def wants(self, name: str) -> bool:
        """Whether any session may see events of this name."""
        return self.wanted is None or name in self.wanted

    def emit(self, name: str, privilege: str, text: str) -> None:
        """Sends an event with these headers."""
        head = f"Event: {name}\r\nPrivilege: {privilege},all\r\nTimestamp: {self.epoch():.6f}\r\n"
        block = f"{head}{self._system}{text}\r\n".encode()
        self.out.append(Emission(None, name, privilege, block))

    def _emit_channel(self, name: str, channel: Channel, extra: str = "") -> None:
        if self.wants(name):
            self.emit(name, "call", channel.headers("", self.shown) + extra)

    def _emit_dest(self, name: str, channel: Channel, extra: str) -> None:
        if self.wants(name):
            self.emit(name, "call", channel.headers("Dest", self.shown) + extra)

    def _emit_bridge(self, name: str, channel: Channel, bridge: Bridge) -> None:
        if self.wants(name):
            self.emit(name, "call", bridge.headers() + channel.headers("", self.shown))

    def _originate_response(
        self, order: Originate, channel: Channel | None, reason: int, unique_id: str
    ) -> None:
        if not self.wants("OriginateResponse"):
            return
        action = f"ActionID: {order.action_id}\r\n" if order.action_id else ""
        number, name = order.caller
        self.emit(
            "OriginateResponse",
            "call",
            f"{action}Response: {'Success' if reason == 4 else 'Failure'}\r\n"
            f"Channel: {channel.name if channel else order.channel}\r\nContext: {order.context}\r\n"
            f"Exten: {order.exten}\r\nReason: {reason}\r\nUniqueid: {unique_id or '<null>'}\r\n"
            f"CallerIDNum: {number or '<unknown>'}\r\nCallerIDName: {name or '<unknown>'}\r\n",
        )

    # --- dialing ---

    def _far(self, order: Originate) -> Callee | AgentPhone:
        target = order.channel.partition("/")[2]
        if order.context == "dialer-seat":
            return self.behaviour.phone(order.channel)
        return self.behaviour.callee(target.partition("@")[0])

    def _start_ringing(self, channel: Channel, order: Originate) -> None:
        far, timers, now = channel.far, self.timers, self.now
        channel.limit = timers.set(now + order.timeout_s, lambda: self._give_up(channel, order))
        channel.order = order
        if isinstance(far, AgentPhone):
            channel.ring = timers.set(now, lambda: self._ring(channel))
            if far.refuses_with is not None:
                code = far.refuses_with
                channel.will = timers.set(now + far.answer_s, lambda: self._refuse(channel, code))
            elif far.answers:
                channel.will = timers.set(now + far.answer_s, lambda: self._answer(channel))
            return
        if far.kind is Kind.DEAD:
            return
        channel.ring = timers.set(now + far.post_dial_s, lambda: self._ring(channel))
        at = now + far.post_dial_s + far.ring_s
        if far.kind is Kind.REFUSED:
            channel.will = timers.set(at, lambda: self._refuse(channel, far.sip))
        elif far.kind in (Kind.HUMAN, Kind.MACHINE):
            channel.will = timers.set(at, lambda: self._answer(channel))

    def _ring(self, channel: Channel) -> None:
        if isinstance(channel.far, Callee) and channel.far.kind is Kind.REFUSED and channel.far.ring_s <= 0.5:
            return  # refused at once: no 180 before
        channel.state = RINGING
        if channel.call is not None:
            channel.call.rang_at = self.epoch()
        self._emit_channel("Newstate", channel)
        self._emit_dest("DialState", channel, "DialStatus: RINGING\r\n")

    def _give_up(self, channel: Channel, order: Originate) -> None:
        del order
        self._failed(channel, reason=3, cause=causes.NO_ANSWER, tech=480, by="caller")

    def _refuse(self, channel: Channel, code: int) -> None:
        cause = causes.cause_of_sip(code)
        self._emit_dest("DialEnd", channel, f"DialStatus: {causes.dial_status(cause)}\r\n")
        self._failed(channel, reason=0, cause=cause, tech=code, by="callee")

    def _failed(self, channel: Channel, *, reason: int, cause: int, tech: int | None, by: str) -> None:
        order = channel.order
        mark = len(self.out)
        self._end(channel, cause, tech, by=by)
        if order is not None:
            self._originate_response(order, channel, reason, channel.unique_id)
            self._mix(mark)

    def _answer(self, channel: Channel) -> None:
        order = channel.order
        _cancel(channel.limit, channel.ring)
        channel.limit = channel.ring = channel.will = None
        channel.state = UP
        channel.dialing = False
        channel.answered_at = self.now
        mark = len(self.out)
        self._emit_channel("Newstate", channel)
        self._emit_dest("DialEnd", channel, "DialStatus: ANSWER\r\n")
        self._far_answered(channel)
        if order is not None:
            self._originate_response(order, channel, 4, channel.unique_id)
            self._start(channel, order.context, order.exten)
        self._mix(mark)

    def _mix(self, mark: int) -> None:
        """Events of one moment come from several threads: now and then one is late or early."""
        if self._disorder and len(self.out) - mark > 1 and self._rng.random() < self._disorder:
            late = self.out.pop(self._rng.randrange(mark, len(self.out)))
            self.out.insert(self._rng.randrange(mark, len(self.out) + 1), late)

    # --- dialplan threads ---

    def _start(self, channel: Channel, context: str, exten: str) -> None:
        if channel.pbx is not None:
            channel.pbx.close()
        channel.context, channel.exten = context, exten
        channel.application = channel.data = ""
        behaviour = dialplan.CONTEXTS.get(context)
        if behaviour is None:
            self._end(channel, causes.NORMAL, None, by="caller")
            return
        channel.pbx = behaviour(self, channel)
        self._go_on(channel, None)

    def _go_on(self, channel: Channel, result: str | None) -> None:
        """The dialplan thread runs to its next wait, or off its end."""
        channel.step = None
        if channel.gone or channel.pbx is None:
            return
        try:
            step = next(channel.pbx) if result is None else channel.pbx.send(result)
        except StopIteration:
            self._end(channel, causes.NORMAL, None, by="caller")
            return
        channel.step = step
        if isinstance(step, Hold):
            self._hold(channel, step)
            return
        channel.application = step.application
        channel.data = step.sound if isinstance(step, Play) else ""
        channel.step_timer = self.timers.set(self.now + step.for_s, lambda: self._step_over(channel, ""))
        if isinstance(step, Play):
            self._hears(channel, step)

    def _hold(self, channel: Channel, step: Hold) -> None:
        if step.limit_s is not None and step.limit_s < 1:
            # BridgeWait refuses a time-out below one second and cuts the call off.
            self._end(channel, causes.NORMAL, None, by="caller")
            return
        channel.application = "BridgeWait"
        tail = f"S({step.limit_s})" if step.limit_s else ""
        channel.data = f"{step.bridge},participant,e({'m' if step.music else 'n'}){tail}"
        bridge = self._holding.get(step.bridge)
        if bridge is None:
            self._serial += 1
            bridge = self._holding[step.bridge] = Bridge(self._bridge_id(), holding=True, name=step.bridge)
        self._enter(channel, bridge)
        if channel.call is not None:
            channel.call.heard.append((self.epoch(), "music" if step.music else "hold"))
        if step.limit_s:
            channel.step_timer = self.timers.set(self.now + step.limit_s, lambda: self._hold_over(channel))

    def _hold_over(self, channel: Channel) -> None:
        channel.step_timer = None
        self._leave(channel)
        self._go_on(channel, "timeout")

    def _step_over(self, channel: Channel, result: str) -> None:
        _cancel(channel.step_timer)
        channel.step_timer = None
        if result and channel.call is not None:
            channel.call.pressed += result
        self._go_on(channel, result)

    def _hears(self, channel: Channel, step: Play) -> None:
        call, far = channel.call, channel.far
        if call is None or not isinstance(far, Callee):
            return
        call.heard.append((self.epoch(), "message" if step.keys else step.sound))
        if not step.keys:
            return
        keys = far.presses + (self.globals["DIALER_OPTOUT_KEY"] if far.presses_optout else "")
        key = keys[len(call.pressed) : len(call.pressed) + 1]
        if key and far.optout_after_s < step.for_s:
            _cancel(channel.step_timer)
            channel.step_timer = self.timers.set(
                self.now + far.optout_after_s, lambda: self._step_over(channel, key)
            )

    def _unwait(self, channel: Channel) -> None:
        """Whatever the channel waited in no longer ends by itself; its thread goes on after the bridge."""
        _cancel(channel.step_timer)
        channel.step_timer = None

    # --- bridges ---

    def _bridge_id(self) -> str:
        return f"{self._serial:08x}-0000-4000-8000-{int(self.epoch_s + self.started_at):012x}"

    def _enter(self, channel: Channel, bridge: Bridge) -> None:
        bridge.members[channel.unique_id] = channel
        channel.bridge = bridge
        self._emit_bridge("BridgeEnter", channel, bridge)

    def _leave(self, channel: Channel) -> None:
        """Out of its bridge; a two-party bridge dissolves, and the other party's thread goes on."""
        bridge = channel.bridge
        if bridge is None:
            return
        channel.bridge = None
        del bridge.members[channel.unique_id]
        self._emit_bridge("BridgeLeave", channel, bridge)
        if bridge.holding:
            if not bridge.members:
                self._holding.pop(bridge.name, None)
            return
        self._disconnected(channel)
        for other in tuple(bridge.members.values()):
            other.bridge = None
            del bridge.members[other.unique_id]
            self._emit_bridge("BridgeLeave", other, bridge)
            self._disconnected(other)
            self._go_on(other, "left")

    def _end(self, channel: Channel, cause: int, tech: int | None, *, by: str) -> None:
        if channel.gone:
            return
        channel.gone = True
        channel.dialing = False
        channel.cause, channel.tech_cause = cause, tech
        _cancel(channel.limit, channel.ring, channel.will, channel.step_timer)
        self._leave(channel)
        if channel.recording:
            self.set_recording(channel, "")
        del self.channels[channel.unique_id], self._by_name[channel.name]
        _close(channel, self.epoch(), by)
        tail = f"TechCause: {tech}\r\n" if tech is not None else ""
        self._emit_channel(
            "Hangup", channel, f"Cause: {cause}\r\nCause-txt: {causes.cause_text(cause)}\r\n{tail}"
        )
        pbx, channel.pbx = channel.pbx, None
        if pbx is not None:
            pbx.close()

    # --- the far end ---

    def _far_answered(self, channel: Channel) -> None:
        far = channel.far
        if isinstance(far, AgentPhone):
            if far.drops_after_s is not None:
                channel.will = self.timers.set(
                    self.now + far.drops_after_s, lambda: self.far_hangs_up(channel)
                )
            return
        if channel.call is not None:
            channel.call.answered_at = self.epoch()
        if far.leaves_after_s is not None:
            self.timers.set(self.now + far.leaves_after_s, lambda: self.far_hangs_up(channel))
        stays_s = far.talk_s if far.kind is Kind.MACHINE else far.patience_s
        channel.will = self.timers.set(self.now + stays_s, lambda: self.far_hangs_up(channel))

    def _connected(self, channel: Channel) -> None:
        call, far = channel.call, channel.far
        if call is None or not isinstance(far, Callee) or channel.gone:
            return
        call.heard.append((self.epoch(), "agent"))
        if far.kind is Kind.HUMAN:
            _cancel(channel.will)
            channel.talk_from = self.now
            channel.will = self.timers.set(self.now + channel.talk_left_s, lambda: self.far_hangs_up(channel))

    def _disconnected(self, channel: Channel) -> None:
        far = channel.far
        if not isinstance(far, Callee) or far.kind is not Kind.HUMAN or channel.gone:
            return
        channel.talk_left_s = max(0.0, channel.talk_left_s - (self.now - channel.talk_from))
        _cancel(channel.will)
        channel.will = self.timers.set(self.now + far.patience_s, lambda: self.far_hangs_up(channel))


def _unroutable(far: Callee | AgentPhone) -> bool:
    return not far.reachable if isinstance(far, AgentPhone) else far.kind is Kind.UNROUTABLE


def _cancel(*timers: Any) -> None:
    for timer in timers:
        if timer is not None:
            timer.cancel()


def _close(channel: Channel, at: float, by: str) -> None:
    if channel.call is not None and channel.call.ended_at is None:
        channel.call.ended_at, channel.call.ended_by = at, by


__all__ = ["DOWN", "Emission", "Machine", "Originate"]
