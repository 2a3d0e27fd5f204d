"""The switch as a pure machine: verbs and instants in, manager messages out. No clock, no I/O.

The caller calls `advance` to its present, then verbs, and takes what is in `tell.out`. Channels are moved
between bridges as Asterisk does it: the dialplan thread of a channel stays in its BridgeWait while it talks,
and goes on when it leaves.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from ami.fake import causes, dialplan
from ami.fake.astdb import AstDb
from ami.fake.behaviour import AgentPhone, Behaviour, Callee, Kind
from ami.fake.channels import RINGING, UP, Bridge, Channel, Originate
from ami.fake.dialplan import Sounds
from ami.fake.far import FarEnd
from ami.fake.records import KEEP_CALLS
from ami.fake.spies import Spies
from ami.fake.steps import Confer, Hold, Play, Spy, Step
from ami.fake.teller import Teller
from ami.fake.timers import Timers, cancel

CALLER, CALLEE = "caller", "callee"

_SILENCE_S = 2.5
"""TALK_DETECT's dsp_silence_threshold: so long must the silence be to count as one."""

_MODULES_OF = {
    "BridgeWait": ("app_bridgewait", "bridge_holding"),
    "ConfBridge": ("app_confbridge", "bridge_softmix"),
    "ChanSpy": ("app_chanspy",),
    "AMD": ("app_amd",),
    "WaitForSilence": ("app_waitforsilence",),
    "Read": ("app_read",),
    "Playback": ("app_playback",),
}


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
        keep_calls: int | None = KEEP_CALLS,
        recorded: Callable[[str, float], None] = lambda _path, _seconds: None,
    ) -> None:
        """`epoch_s` is the Unix time of instant 0; `disorder` how often racing events change places.

        `recorded` is told of each recording that ends: its path and how many seconds it lasted.
        """
        self.sounds = sounds
        self.globals = dict(dialplan.GLOBALS)
        self.now = 0.0
        self.epoch_s = epoch_s
        self.started_at = -1.0
        self.channels: dict[str, Channel] = {}
        self.db = AstDb()
        self.missing_sounds: set[str] = set()
        self.missing_modules: set[str] = set()
        self.timers = Timers()
        self.calls_seen = 0
        self.tell = Teller(
            self.epoch, rng, shown=channel_variables, disorder=disorder, system_name=system_name
        )
        self.far = FarEnd(
            behaviour, self.timers, lambda: self.now, epoch_s, self.far_hangs_up, keep_calls=keep_calls
        )
        self._recorded = recorded
        self._by_name: dict[str, Channel] = {}
        self._holding: dict[str, Bridge] = {}
        self._conferences: dict[str, Bridge] = {}
        self._conferring: dict[str, Confer] = {}
        self.spies = Spies()
        self._bridges = 0

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

    def find(self, name: str) -> Channel | None:
        """A live channel by unique id or by name."""
        return self.channels.get(name) or self._by_name.get(name)

    def find_beginning(self, name: str) -> Channel | None:
        """A live channel whose name or unique id begins with this: of several any one, here not the one that is meant.

        Looked for is what has one digit more, as numbers that were counted on have.
        """
        longer = (self.channels.get(f"{name}{digit}") for digit in range(10))
        return next(filter(None, longer), None) or self.find(name)

    def originate(self, order: Originate) -> None:
        """Starts a call; its outcome follows as events."""
        technology = order.channel.partition("/")[0]
        local = technology == "Local"
        far = AgentPhone(answer_s=0, rings=False) if local else self.far.of(order)
        if order.channel_id in self.channels or _unroutable(far):
            self._failed_exten(order)
            self.tell.originate_response(order, None, 0)
            return
        endpoint = order.target.removesuffix("/n") if local else order.target.rpartition("@")[2]
        name = f"{technology}/{endpoint}-{self.calls_seen:08x}{';1' if local else ''}"
        unique_id = order.channel_id or f"{int(self.epoch())}.{self.calls_seen}"
        self.calls_seen += 1
        channel = Channel(unique_id, name, order, far, self.now)
        self.channels[unique_id] = self._by_name[name] = channel
        self.tell.channel("Newchannel", channel)
        channel.caller, channel.account = order.caller, order.account
        channel.variables.update(order.variables)
        self.tell.dial("DialBegin", channel, f"DialString: {order.target}\r\n")
        self.far.arrives(channel, order)
        self._dial(channel)

    def bridge(self, one: Channel, other: Channel, *, tone_to: Channel | None = None) -> None:
        """Joins two channels; takes them out of wherever they are, also out of ringing."""
        self._bridges += 1
        bridge = Bridge(self._bridge_id(), holding=False)
        for channel in (one, other):
            self._take(channel)
            if not channel.gone:
                self._enter(channel, bridge)
        elder = min(one, other, key=lambda channel: channel.created_at)
        one.linked_id = other.linked_id = elder.linked_id
        if len(bridge.members) < 2:
            # Taking one away ended the other: there is nobody to talk to.
            for channel in tuple(bridge.members.values()):
                self._leave(channel)
                self._go_on(channel, "left")
            return
        for channel in (one, other):
            self.far.connected(channel)
        if tone_to is not None:
            self.far.hears(tone_to, "tone")

    def arrive(self, dialed: str, caller: str, far: Callee, endpoint: str = "carrier") -> Channel:
        """Somebody rings a number of ours from outside; the call's id is the switch's own."""
        unique_id = f"{int(self.epoch())}.{self.calls_seen}"
        order = Originate(
            f"PJSIP/{caller}@{endpoint}", unique_id, "dialer-inbound", dialed, 0.0, (caller, ""), "", {}, ""
        )
        channel = Channel(unique_id, f"PJSIP/{endpoint}-{self.calls_seen:08x}", order, far, self.now)
        self.calls_seen += 1
        channel.caller, channel.exten, channel.dialing = order.caller, dialed, False
        self.channels[unique_id] = self._by_name[channel.name] = channel
        self.tell.channel("Newchannel", channel)
        self.far.arrives(channel, order)
        self._start(channel, "dialer-inbound", dialed)
        return channel

    def hang_up(self, channel: Channel, cause: int) -> None:
        """The manager ends a channel."""
        mark = len(self.tell.out)
        self.tell.channel("SoftHangupRequest", channel, f"Cause: {cause}\r\n")
        if channel.dialing:
            self.tell.dial("DialEnd", channel, "DialStatus: NOANSWER\r\n")
            self._failed(channel, reason=0, cause=cause, tech=None, by=CALLER)
        else:
            self._end(channel, cause or causes.NORMAL, None, by=CALLER)
            self.tell.mix(mark)

    def redirect(self, channel: Channel, context: str, exten: str) -> None:
        """Sends a channel elsewhere in the dialplan; where there is nothing, it ends."""
        self._take(channel)
        if not channel.gone:
            self._start(channel, context, exten)

    def redirect_both(self, *places: tuple[Channel, str, str]) -> None:
        """Sends two channels elsewhere at once: two who talk with each other are not left by each other."""
        pair = [channel for channel, _, _ in places]
        for channel in pair:
            bridge = channel.bridge
            if (
                bridge is None
                or bridge.holding
                or bridge.conference
                or set(bridge.members.values()) - set(pair)
            ):
                self._take(channel)
            else:
                self._drop(channel, bridge)
                cancel(channel.wait)
        for channel, context, exten in places:
            if not channel.gone:
                self._start(channel, context, exten)

    def set_recording(self, channel: Channel, path: str) -> None:
        """Starts (a path) or stops (empty) the recording of a channel; a second start ends the first."""
        if channel.recording:
            self._recorded(channel.recording, self.now - channel.recorded_from)
            if not path:
                self.tell.channel("MixMonitorStop", channel)
        channel.recording, channel.recorded_from = path, self.now
        if path:
            self.tell.channel("MixMonitorStart", channel)

    def far_hangs_up(self, channel: Channel) -> None:
        """The phone at the other end hangs up: the leg is gone."""
        if not channel.gone:
            mark = len(self.tell.out)
            self.tell.channel("HangupRequest", channel, f"Cause: {causes.NORMAL}\r\n")
            self._end(channel, causes.NORMAL, None, by=CALLEE)
            self.tell.mix(mark)

    def die(self) -> None:
        """The process is killed: every leg is gone, nobody is told; AstDB stays."""
        for channel in self.channels.values():
            self.far.over(channel, CALLER)
        self.channels.clear()
        self._by_name.clear()
        self._holding.clear()
        self._conferences.clear()
        self._conferring.clear()
        self.spies.clear()
        self.timers.clear()
        self.tell.out.clear()

    # --- what a dialplan thread may do ---

    def pick_up(self, channel: Channel) -> None:
        """Answer()."""
        if channel.state != UP:
            channel.state = UP
            self.tell.channel("Newstate", channel)
            self.far.answered(channel)

    def user_event(self, channel: Channel, name: str, **headers: str) -> None:
        """UserEvent(); NoApplication when it is not loaded."""
        if "app_userevent" in self.missing_modules:
            raise dialplan.NoApplication(name)
        self.tell.user(name, channel, headers)

    def db_put(self, family: str, key: str, value: str) -> None:
        """Set(DB(family/key)=value)."""
        if "func_db" not in self.missing_modules:
            self.db.put(family, key, value)

    def epoch_text(self) -> str:
        """${EPOCH}."""
        return str(int(self.epoch()))

    def has_sound(self, sound: str) -> bool:
        """Whether a sound file can be played."""
        return sound not in self.missing_sounds

    def talk_detect(self, channel: Channel) -> None:
        """Set(TALK_DETECT(set)=)."""
        far = channel.far
        if (
            not isinstance(far, Callee)
            or far.speaks_after_s is None
            or "func_talkdetect" in self.missing_modules
        ):
            return
        begins = self.now + far.speaks_after_s
        self.timers.set(begins, lambda: self._speech(channel, "ChannelTalkingStart", ""))
        if far.speaks_for_s is not None:
            ends = begins + far.speaks_for_s + _SILENCE_S
            text = f"Duration: {round(far.speaks_for_s * 1000)}\r\n"
            self.timers.set(ends, lambda: self._speech(channel, "ChannelTalkingStop", text))

    def _speech(self, channel: Channel, name: str, text: str) -> None:
        if not channel.gone:
            self.tell.channel(name, channel, text)

    def amd(self, channel: Channel) -> tuple[float, str, str]:
        """How long AMD() takes, AMDSTATUS and AMDCAUSE."""
        far = channel.far
        if not isinstance(far, Callee):
            return 0.0, "NOTSURE", "TOOLONG-0"
        return (far.amd_s, *far.verdict())

    def silence_s(self, channel: Channel) -> float:
        """How long WaitForSilence(2000,1,30) takes."""
        far, call = channel.far, channel.call
        if not isinstance(far, Callee) or call is None or call.answered_at is None:
            return 2.0
        return far.silent_after_s(self.epoch() - call.answered_at)

    def mix_monitor(self, channel: Channel, path: str) -> None:
        """MixMonitor(), or StopMixMonitor() without a path; NoApplication when it is not loaded."""
        if "app_mixmonitor" in self.missing_modules:
            raise dialplan.NoApplication("MixMonitor")
        if path or channel.recording:
            self.set_recording(channel, path)

    # --- dialing ---

    def _dial(self, channel: Channel) -> None:
        far, set_timer, now = channel.far, self.timers.set, self.now
        channel.limit = set_timer(now + channel.order.timeout_s, lambda: self._give_up(channel))
        if isinstance(far, AgentPhone):
            rings, refusal, answers, at = far.rings, far.refuses_with, far.answers, now + far.answer_s
            first_ring = now
        else:
            if far.kind is Kind.DEAD:
                return
            refusal = far.sip if far.kind is Kind.REFUSED else None
            rings, answers = refusal is None or far.ring_s > 0, far.kind is not Kind.NO_ANSWER
            first_ring = now + far.post_dial_s
            at = first_ring + far.ring_s
        if rings:
            channel.ring = set_timer(first_ring, lambda: self._ring(channel))
        if refusal is not None:
            code = refusal
            channel.will = set_timer(at, lambda: self._refuse(channel, code))
        elif answers:
            channel.will = set_timer(at, lambda: self._answer(channel))

    def _ring(self, channel: Channel) -> None:
        mark = len(self.tell.out)
        channel.state = RINGING
        self.far.rings(channel)
        self.tell.channel("Newstate", channel)
        self.tell.dial("DialState", channel, "DialStatus: RINGING\r\n")
        self.tell.mix(mark)

    def _give_up(self, channel: Channel) -> None:
        self._failed(channel, reason=3, cause=causes.NO_ANSWER, tech=480, by=CALLER)

    def _refuse(self, channel: Channel, code: int) -> None:
        cause = causes.cause_of_sip(code)
        if code == 302 and self.tell.races():
            # Asterisk follows the redirection by a call of its own, whose end may come first.
            self.tell.dial("DialEnd", channel, "DialStatus: CANCEL\r\n")
            self._failed(channel, reason=0, cause=0, tech=None, by=CALLEE)
            return
        self.tell.channel("HangupRequest", channel, f"Cause: {cause}\r\nTechCause: {code}\r\n")
        self.tell.dial("DialEnd", channel, f"DialStatus: {causes.dial_status(cause)}\r\n")
        self._failed(channel, reason=0, cause=cause, tech=code, by=CALLEE)

    def _failed(self, channel: Channel, *, reason: int, cause: int, tech: int | None, by: str) -> None:
        mark = len(self.tell.out)
        self._end(channel, cause, tech, by=by)
        self._failed_exten(channel.order)
        self.tell.originate_response(channel.order, channel, reason)
        self.tell.mix(mark)

    def _failed_exten(self, order: Originate) -> None:
        """A context with an extension `failed` runs it on a made-up channel."""
        if not dialplan.has_extension(order.context, "failed"):
            return
        unique_id = f"{int(self.epoch())}.{self.calls_seen}"
        self.calls_seen += 1
        made_up = Channel(unique_id, "OutgoingSpoolFailed", order, AgentPhone(), self.now)
        made_up.context, made_up.exten = order.context, "failed"
        self.tell.channel("Newchannel", made_up)
        self.tell.channel("Hangup", made_up, "Cause: 16\r\nCause-txt: Normal Clearing\r\n")

    def _answer(self, channel: Channel) -> None:
        mark = len(self.tell.out)
        cancel(channel.limit, channel.ring)
        channel.state = UP
        channel.dialing = False
        self.tell.channel("Newstate", channel)
        self.tell.dial("DialEnd", channel, "DialStatus: ANSWER\r\n")
        self.far.answered(channel)
        self.tell.originate_response(channel.order, channel, 4)
        self._start(channel, channel.order.context, channel.order.exten)
        self.tell.mix(mark)

    # --- dialplan threads ---

    def _start(self, channel: Channel, context: str, exten: str) -> None:
        if channel.pbx is not None:
            channel.pbx.close()
        channel.context, channel.exten = context, exten
        channel.application = channel.data = ""
        if not dialplan.has_extension(context, exten):
            self._end(channel, causes.NORMAL, None, by=CALLER)
            return
        channel.pbx = dialplan.CONTEXTS[context](self, channel)
        self._go_on(channel, None)

    def _go_on(self, channel: Channel, result: str | None) -> None:
        """The dialplan thread runs to its next wait, or off its end."""
        if channel.gone:
            return
        if channel.pbx is None:
            self._end(channel, causes.NORMAL, None, by=CALLER)
            return
        try:
            step = next(channel.pbx) if result is None else channel.pbx.send(result)
            if self._cannot(step):
                raise dialplan.NoApplication(str(step))
        except StopIteration:
            self._end(channel, causes.NORMAL, None, by=CALLER)
            return
        except dialplan.NoApplication:
            # Only a bridge left before, or Hangup() itself, would have set a cause.
            self._end(channel, causes.NORMAL if channel.bridged else 0, None, by=CALLER)
            return
        if isinstance(step, Hold):
            self._hold(channel, step)
            return
        if isinstance(step, Confer):
            self._confer(channel, step)
            return
        if isinstance(step, Spy):
            self._spy(channel, step)
            return
        channel.application = step.application
        channel.data = step.sound if isinstance(step, Play) else ""
        after_s, key = step.for_s, ""
        if isinstance(step, Play):
            self.far.hears(channel, "message" if step.keys else step.sound)
            if step.keys:
                # What cannot be played is over at once, but for the wait for a key.
                after_s -= 0.0 if self.has_sound(step.sound) else self.sounds.length_s(step.sound)
                pressed = self.far.key(channel, self.globals["DIALER_OPTOUT_KEY"], step.for_s)
                after_s, key = pressed or (after_s, key)
        channel.wait = self.timers.set(self.now + after_s, lambda: self._step_over(channel, key))

    def _cannot(self, step: Step) -> bool:
        """Whether an application is not loaded: Asterisk then ends the call."""
        match step:
            case Hold():
                name = "BridgeWait"
            case Confer():
                name = "ConfBridge"
            case Spy():
                name = "ChanSpy"
            case _:
                name = step.application
        return not self.missing_modules.isdisjoint(_MODULES_OF.get(name, ()))

    def _hold(self, channel: Channel, step: Hold) -> None:
        if step.limit_s is not None and step.limit_s < 1:
            # BridgeWait refuses a time-out below one second and cuts the call off.
            self._end(channel, causes.NORMAL, None, by=CALLER)
            return
        channel.application = "BridgeWait"
        tail = f"S({step.limit_s})" if step.limit_s else ""
        channel.data = f"{step.bridge},participant,e({'m' if step.music else 'n'}){tail}"
        bridge = self._holding.get(step.bridge)
        if bridge is None:
            self._bridges += 1
            bridge = self._holding[step.bridge] = Bridge(self._bridge_id(), holding=True, name=step.bridge)
        self._enter(channel, bridge)
        self.far.hears(channel, "music" if step.music else "hold")
        if step.limit_s:
            channel.wait = self.timers.set(self.now + step.limit_s, lambda: self._hold_over(channel))

    def _confer(self, channel: Channel, step: Confer) -> None:
        channel.application, channel.data = "ConfBridge", step.conference
        bridge = self._conferences.get(step.conference)
        if bridge is None:
            self._bridges += 1
            bridge = Bridge(self._bridge_id(), holding=False, name=step.conference, conference=True)
            self._conferences[step.conference] = bridge
        self._conferring[channel.unique_id] = step
        self._enter(channel, bridge)
        if len(bridge.members) > 1:
            for member in bridge.members.values():
                if member.talk_from is None:
                    self.far.connected(member)

    def _spy(self, channel: Channel, step: Spy) -> None:
        channel.application, channel.data = "ChanSpy", f"{step.heard},{step.options}"
        heard = self.channels.get(step.heard)
        if heard is None or heard.gone:
            # ChanSpy fails where there is nothing to hear: no Hangup() is reached that would set a cause.
            self._end(channel, 0, None, by=CALLER)
            return
        self.spies.begin(channel, heard, step)

    def _left_conference(self, channel: Channel, bridge: Bridge) -> None:
        """With the last marked one go all who follow; whoever is left alone hears music."""
        step = self._conferring.pop(channel.unique_id)
        if not bridge.members:
            self._conferences.pop(bridge.name, None)
            return
        marked = any(self._conferring[member].marked for member in bridge.members)
        followers = [one for one in bridge.members.values() if self._conferring[one.unique_id].follows]
        if step.marked and not marked:
            for other in followers:
                if other.bridge is bridge:
                    self._leave(other)
                    self._go_on(other, "left")
        elif len(bridge.members) == 1:
            for alone in bridge.members.values():
                self.far.disconnected(alone)
                self.far.hears(alone, "music")

    def _hold_over(self, channel: Channel) -> None:
        self._leave(channel)
        self._go_on(channel, "timeout")

    def _step_over(self, channel: Channel, key: str) -> None:
        if key and channel.call is not None:
            channel.call.pressed += key
        self._go_on(channel, key)

    # --- bridges ---

    def _bridge_id(self) -> str:
        return f"{self._bridges:08x}-0000-4000-8000-{int(self.epoch_s + self.started_at):012x}"

    def _take(self, channel: Channel) -> None:
        """Out of wherever it is; what it waited in no longer ends by itself."""
        self._leave(channel)
        self.spies.end(channel)
        cancel(channel.wait)
        if channel.dialing:
            # Taken away from its Originate, which then has failed although the channel lives on.
            channel.dialing = False
            cancel(channel.limit, channel.ring, channel.will)
            self.tell.originate_response(channel.order, channel, 0)

    def _enter(self, channel: Channel, bridge: Bridge) -> None:
        bridge.members[channel.unique_id] = channel
        channel.bridge, channel.bridged = bridge, True
        self.tell.bridge("BridgeEnter", channel, bridge)

    def _leave(self, channel: Channel) -> None:
        """Out of its bridge; a two-party bridge dissolves, and the other party's thread goes on."""
        bridge = channel.bridge
        if bridge is None:
            return
        self._drop(channel, bridge)
        if bridge.holding:
            if not bridge.members:
                self._holding.pop(bridge.name, None)
            return
        if bridge.conference:
            self._left_conference(channel, bridge)
            return
        for other in tuple(bridge.members.values()):
            self._drop(other, bridge)
            self._go_on(other, "left")

    def _drop(self, channel: Channel, bridge: Bridge) -> None:
        channel.bridge = None
        del bridge.members[channel.unique_id]
        self.tell.bridge("BridgeLeave", channel, bridge)
        if not bridge.holding and not channel.gone:
            self.far.disconnected(channel)

    def _end(self, channel: Channel, cause: int, tech: int | None, *, by: str) -> None:
        if channel.gone:
            return
        channel.gone = True
        channel.dialing = False
        cancel(channel.limit, channel.ring, channel.wait)
        self.far.over(channel, by)
        self._leave(channel)
        if channel.recording:
            self.set_recording(channel, "")
        tail = f"TechCause: {tech}\r\n" if tech is not None else ""
        text = f"Cause: {cause}\r\nCause-txt: {causes.cause_text(cause)}\r\n{tail}"
        if not self.spies.keeps(channel, lambda: self._tell_end(channel, text)):
            self._tell_end(channel, text)
        self.spies.end(channel)
        for listener in self.spies.of(channel):
            self.spies.end(listener)
            self._go_on(listener, "gone")

    def _tell_end(self, channel: Channel, text: str) -> None:
        del self.channels[channel.unique_id], self._by_name[channel.name]
        self.tell.channel("Hangup", channel, text)
        if channel.name.endswith(";1"):
            self._other_half(channel, text)
        if channel.pbx is not None:
            channel.pbx.close()

    def _other_half(self, channel: Channel, text: str) -> None:
        """A Local channel has two ends; the second one only listens, and goes with the first."""
        other = Channel(
            f"{channel.unique_id};2", channel.name[:-1] + "2", channel.order, channel.far, self.now
        )
        self.tell.channel("Hangup", other, text)


def _unroutable(far: Callee | AgentPhone) -> bool:
    return not far.reachable if isinstance(far, AgentPhone) else far.kind is Kind.UNROUTABLE
