"""A switch in miniature: channels, holds with their timers, bridges that steal; events queue up per channel."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.events import Missing, Whereabouts

HOLD_S = 2
MESSAGE_S = 8.0


@dataclass
class Channel:
    """One leg and where it is; `peer` is the other side of its bridge."""

    where: Whereabouts
    peer: str | None = None
    until: float = float("inf")
    answered: bool = False
    bridged: bool = False
    abandoned: bool = False
    rescued: bool = False


@dataclass
class SwitchModel:
    """What Asterisk with our dialplan does, and the events it tells, one queue a channel."""

    rescue: bool = False
    now: float = 0.0
    up: bool = True
    calls: dict[str, Channel] = field(default_factory=dict)
    seats: dict[str, Channel] = field(default_factory=dict)
    past: dict[str, Channel] = field(default_factory=dict)
    flags: dict[str, float] = field(default_factory=dict)
    queues: dict[str, deque[ev.Event]] = field(default_factory=dict)
    wire: deque[do.Command] = field(default_factory=deque)
    stolen: list[str] = field(default_factory=list)

    @property
    def shell(self) -> deque[ev.Event]:
        """Answers to the daemon's own actions; these come also while the line is down."""
        return self.queues.setdefault("shell", deque())

    def tell(self, queue: str, event: ev.Event) -> None:
        """Queue an event; nobody hears it while the line is down."""
        if self.up:
            self.queues.setdefault(queue, deque()).append(event)

    def act(self) -> None:
        """Carry out the oldest command that is still on the wire."""
        self.run(self.wire.popleft())

    def run(self, command: do.Command) -> None:
        """Carry out one command, or refuse it as the shell would while the line is down."""
        match command:
            case do.Dial(call_id=call):
                if self.up:
                    self.calls[call] = Channel(Whereabouts.RINGING)
                else:
                    self.shell.append(ev.DialRefused(self.now, call, "down"))
            case do.RingSeat(seat_id=seat):
                if self.up:
                    self.seats[seat] = Channel(Whereabouts.RINGING)
                else:
                    self.shell.append(ev.SeatLost(self.now, seat, "down"))
            case do.Bridge(call_id=call, seat_id=seat):
                self._bridge(call, seat)
            case do.HangUp(channel_id=channel) if self.up:
                self.hang_up(channel)

    def _bridge(self, call: str, seat: str) -> None:
        shell = self.shell
        if not self.up:
            shell.append(ev.BridgeRefused(self.now, call, seat, Missing.UNKNOWN))
            return
        for channel, missing in ((call, Missing.CALL), (seat, Missing.SEAT)):
            if channel not in self.calls and channel not in self.seats:
                shell.append(ev.BridgeRefused(self.now, call, seat, missing))
                return
        mine, theirs = self.calls[call], self.seats[seat]
        if theirs.peer is not None or mine.peer is not None:
            self.stolen.append(f"{call} {seat}")
        for old in (mine.peer, theirs.peer):
            if old is not None:
                self._unbridge(old)
        mine.where = theirs.where = Whereabouts.TALKING
        mine.peer, theirs.peer, mine.until, mine.bridged = seat, call, float("inf"), True
        self.tell(call, ev.CallBridged(self.now, call))
        self.tell(seat, ev.SeatBridged(self.now, seat))
        shell.append(ev.BridgeMade(self.now, call, seat))

    def _unbridge(self, channel: str) -> None:
        """This leg's peer left: an agent falls back into the hold, a caller is rescued or hung up."""
        if channel in self.seats:
            self.seats[channel].peer = None
            self.seats[channel].where = Whereabouts.HOLDING
            self.tell(channel, ev.SeatHeld(self.now, channel))
        elif channel in self.calls:
            self.calls[channel].peer = None
            if self.rescue:
                self._hold(channel, 30.0)
            else:
                self.hang_up(channel)

    def _hold(self, call: str, seconds: float) -> None:
        channel = self.calls[call]
        channel.where, channel.until = Whereabouts.HOLDING, self.now + seconds
        self.tell(call, ev.CallHeld(self.now, call))

    def hang_up(self, channel: str, cause: int = 16) -> None:
        """The leg ends, whoever wished it."""
        if channel in self.seats:
            gone = self.seats.pop(channel)
            self.tell(channel, ev.SeatLost(self.now, channel, "hung up"))
        elif channel in self.calls:
            gone = self.past[channel] = self.calls.pop(channel)
            if not gone.answered:
                self.tell(f"originate {channel}", ev.DialFailed(self.now, channel, 0))
            self.tell(channel, ev.CallHungUp(self.now, channel, cause))
        else:
            return
        if gone.peer is not None:
            self._unbridge(gone.peer)

    def answer(self, channel: str) -> None:
        """A ringing phone is picked up: an agent's goes into its hold, a customer's waits for an agent."""
        if channel in self.seats:
            self.seats[channel].where = Whereabouts.HOLDING
            self.tell(channel, ev.SeatHeld(self.now, channel))
        else:
            self.calls[channel].answered = True
            self.tell(f"originate {channel}", ev.CallAnswered(self.now, channel))
            self._hold(channel, HOLD_S)

    def ring(self, call: str) -> None:
        """The far end says that it rings."""
        self.tell(call, ev.CallRang(self.now, call))

    def pass_to(self, at: float) -> None:
        """Holds run out: the flag, the message, the end."""
        while due := sorted((one.until, call) for call, one in self.calls.items() if one.until <= at):
            self.now, call = due[0]
            channel = self.calls[call]
            if channel.where is Whereabouts.HOLDING:
                channel.where, channel.until, channel.abandoned = Whereabouts.UP, self.now + MESSAGE_S, True
                self.flags[call] = self.now
                self.tell(call, ev.CallAbandoned(self.now, call))
            else:
                self.hang_up(call)
        self.now = at

    def ringing(self) -> list[str]:
        """Legs that somebody could pick up."""
        legs = {**self.calls, **self.seats}
        return [name for name, one in legs.items() if one.where is Whereabouts.RINGING]

    def pending(self) -> list[str]:
        """Queues with something to hear."""
        return [name for name, queue in self.queues.items() if queue]

    def lose_line(self) -> None:
        """What was on its way is lost; the shell answers for its own unanswered bridges."""
        answers = self.queues.pop("shell", deque())
        self.queues.clear()
        while self.wire:
            self.lose(self.wire.popleft())
        for answer in answers:
            bridge = isinstance(answer, ev.BridgeMade | ev.BridgeRefused)
            self.shell.append(_unanswered(answer) if bridge else answer)
        self.up = False

    def lose(self, command: do.Command) -> None:
        """A command that never arrives; of a bridge and a seat the shell knows that much."""
        match command:
            case do.Bridge(call_id=call, seat_id=seat):
                self.shell.append(ev.BridgeRefused(self.now, call, seat, Missing.UNKNOWN))
            case do.RingSeat(seat_id=seat):
                self.shell.append(ev.SeatLost(self.now, seat, "down"))

    def find_line(self) -> list[ev.Event]:
        """The line is back: the flags of the dialplan, then the list of channels."""
        self.up = True
        flags: list[ev.Event] = [ev.CallAbandoned(self.now, call) for call in self.flags]
        self.flags.clear()
        return [*flags, self.list_channels()]

    def list_channels(self) -> ev.LineSynced:
        """Every live leg, as a snapshot asked for and answered now."""
        legs = {**self.calls, **self.seats}
        return ev.LineSynced(self.now, self.now, tuple((name, one.where) for name, one in legs.items()))


def _unanswered(answer: ev.Event) -> ev.Event:
    assert isinstance(answer, ev.BridgeMade | ev.BridgeRefused)
    return ev.BridgeRefused(answer.at, answer.call_id, answer.seat_id, Missing.UNKNOWN)
