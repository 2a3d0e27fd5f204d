"""The recorded world met by another floor: its people are called in the same order and behave as they did.

No switch, no database, no sleeping: the pure floor and a heap of what happens next. What a person would have done
who was never asked is not in the record; `LIMITS` says what is assumed instead.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Any

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.machine import FloorMachine
from dialer.core.skills import lane_of
from dialer.replay.meter import Meter
from dialer.replay.world import Person, World

LIMITS = (
    "The same people are called in the same order and behave as they did; beyond the last one they come again.",
    "A call that was released or rang out counts as one that nobody would have answered, however long it rang.",
    "Where the record has no conversation (the person was abandoned), a conversation of another person is taken.",
    "Agents log in, pause and choose intervals when they did, and are as long in wrap-up as they were for that person.",
    "Retries, callbacks and calling windows follow the record and not the other settings.",
)

GAP_S = 0.02
CLAIM_S = 0.01
LINE_S = 0.005
SEAT_S = 1.0
MESSAGE_S = 6.0

Happening = Callable[[], None]


@dataclass(slots=True)
class _Line:
    """One channel of a customer."""

    person: Person
    state: ev.Whereabouts = ev.Whereabouts.RINGING
    seat_id: str | None = None


class Rehearsal:
    """Plays a world with one floor, from its first instant to its last."""

    def __init__(self, world: World, floor: FloorMachine) -> None:
        self.world, self.floor, self.meter = world, floor, Meter()
        self._now = world.began_at
        self._heap: list[tuple[float, int, Happening]] = []
        self._count = 0
        self._lines: dict[str, _Line] = {}
        self._seats: dict[str, str | None] = {}
        self._claimed = 0
        self._taken: Counter[str | None] = Counter()
        self._of_lane: defaultdict[str, list[Person]] = defaultdict(list)
        for one in world.people:
            self._of_lane[lane_of(one.new.skills)].append(one)
        self._seat_count = 0
        self._pacing_due = False
        self._wake_at = float("inf")
        self._talks_s = [one.talk_s for one in world.people if one.talk_s is not None] or [60.0]
        wraps_s = [one.wrap_s for one in world.people if one.wrap_s is not None]
        self._usual_wrap_s = median(wraps_s) if wraps_s else None
        self._usual_code = next((one.code for one in world.people if one.code), None)

    def run(self) -> Meter:
        """Play it through; what it came to."""
        told = sorted(self.world.told, key=lambda event: event.at)
        for event in told:
            self._at(event.at, partial(self._told, event))
        for at in self.world.synced_at:
            self._at(at, self._sync)
        while self._heap and self._heap[0][0] <= self.world.ended_at:
            self._now, _, happen = heapq.heappop(self._heap)
            happen()
        return self.meter

    # What happens.

    def _at(self, at: float, happen: Happening) -> None:
        self._count += 1
        heapq.heappush(self._heap, (max(at, self._now), self._count, happen))

    def _after(self, seconds: float, happen: Happening) -> None:
        self._at(self._now + seconds, happen)

    def _told(self, event: ev.Event) -> None:
        if isinstance(event, ev.BudgetTold) and self.floor.answered:
            # How many were abandoned is this floor's own doing; what was ahead is the world's.
            floor, expected = self.floor, event.expected
            limit = min(event.limit, floor.settings.abandon_limit)
            event = replace(
                event, answered=floor.answered, abandoned=floor.abandoned, limit=limit, expected=expected
            )
        self._feed(event)

    def _feed(self, event: ev.Event) -> None:
        self._run(self.floor.step(replace(event, at=self._now)))

    def _pace(self) -> None:
        self._pacing_due = False
        self._run(self.floor.pace(self._now))

    def _wake(self) -> None:
        if self._now < self._wake_at:
            return  # another alarm is the one that counts; to set this one again would keep both for ever
        self._wake_at = float("inf")
        if self.floor.wake_at <= self._now:
            self._feed(ev.TimePassed(self._now))
        else:
            self._set_wake()

    def _set_wake(self) -> None:
        if self.floor.wake_at < self._wake_at:
            self._wake_at = self.floor.wake_at
            self._at(self._wake_at, self._wake)

    def _run(self, commands: Sequence[do.Command]) -> None:
        for command in commands:
            match command:
                case do.Record(fact=fact):
                    self.meter.hear(fact)
                case do.ClaimLeads(n=n):
                    self._after(CLAIM_S, partial(self._claim, n, None))
                case do.ClaimLane(n=n, lane=lane):
                    self._after(CLAIM_S, partial(self._claim, n, lane))
                case do.Dial(call_id=call):
                    self._dial(call)
                case do.Bridge(call_id=call, seat_id=seat):
                    self._after(LINE_S, partial(self._bridge, call, seat))
                case do.HangUp(channel_id=channel, cause=cause):
                    self._after(LINE_S, partial(self._gone, channel, cause))
                case do.RingSeat(seat_id=seat):
                    self._seats[seat] = None
                    self._after(SEAT_S, partial(self._held, seat))
                case do.RenewSeat(agent_id=agent):
                    self._after(LINE_S, partial(self._renew, agent))
                case do.AuditChannels():
                    self._after(LINE_S, self._sync)
        if self.floor.needs_pacing and not self._pacing_due:
            self._pacing_due = True
            self._after(GAP_S, self._pace)
        self._set_wake()

    # The memory.

    def _claim(self, n: int, lane: str | None) -> None:
        people = self.world.people if lane is None else self._of_lane[lane]
        calls: list[ev.NewCall] = []
        while len(calls) < n and people and (self._taken[lane] < len(people) or not self.world.complete):
            person = people[self._taken[lane] % len(people)]
            self._taken[lane] += 1
            self._claimed += 1
            call_id = f"c-again-1-{self._claimed}"
            self._lines[call_id] = _Line(person)
            calls.append(replace(person.new, call_id=call_id, lead_id=self._claimed))
        short = len(calls) < n
        why = "the recorded list is done" if short else ""
        self._feed(ev.LeadsClaimed(self._now, n, tuple(calls), exhausted=short, why=why, lane=lane))

    # The far ends.

    def _dial(self, call: str) -> None:
        line, timeout_s = self._lines[call], self.floor.calls[call].dial_timeout_s
        one = line.person
        if one.rings_s is not None:
            self._after(one.rings_s, lambda: self._tell(call, ev.CallRang(self._now, call)))
        if one.answers_s is not None and one.answers_s < timeout_s:
            self._after(one.answers_s, lambda: self._answer(call))
        elif one.ends_s is not None and one.ends_s < timeout_s:
            self._after(one.ends_s, lambda: self._fail(call, one.reason, one.cause, one.tech_cause))
        else:
            self._after(timeout_s, lambda: self._fail(call, 3, 19, None))

    def _tell(self, call: str, event: ev.Event) -> None:
        if call in self._lines:
            self._feed(event)

    def _fail(self, call: str, reason: int, cause: int, tech_cause: int | None) -> None:
        if call in self._lines:
            self._feed(ev.DialFailed(self._now, call, reason))
            self._gone(call, cause, tech_cause)

    def _answer(self, call: str) -> None:
        line = self._lines.get(call)
        if line is None:
            return
        line.state = ev.Whereabouts.UP
        self._feed(ev.CallAnswered(self._now, call))
        if not self.floor.settings.amd:
            self._after(LINE_S, lambda: self._hold(call))
            return
        self._after(line.person.verdict_s, lambda: self._judge(call, line.person.machine))

    def _judge(self, call: str, machine: bool) -> None:
        self._tell(call, ev.MachineJudged(self._now, call, machine))
        self._after(LINE_S, (lambda: self._gone(call, 16)) if machine else (lambda: self._hold(call)))

    def _hold(self, call: str) -> None:
        line = self._lines.get(call)
        if line is None:
            return
        line.state = ev.Whereabouts.HOLDING
        self._after(float(self.floor.settings.hold_s), lambda: self._give_up(call))
        if line.person.patience_s is not None:
            self._after(line.person.patience_s, lambda: self._walk_away(call))
        self._feed(ev.CallHeld(self._now, call))

    def _give_up(self, call: str) -> None:
        line = self._lines.get(call)
        if line is not None and line.state is ev.Whereabouts.HOLDING:
            line.state = ev.Whereabouts.UP
            self._after(MESSAGE_S, lambda: self._gone(call, 16))
            self._feed(ev.CallAbandoned(self._now, call))

    def _walk_away(self, call: str) -> None:
        line = self._lines.get(call)
        if line is not None and line.state is ev.Whereabouts.HOLDING:
            self._gone(call, 16)

    # Conversations.

    def _bridge(self, call: str, seat: str) -> None:
        line = self._lines.get(call)
        if line is None or line.state is not ev.Whereabouts.HOLDING or seat not in self._seats:
            missing = ev.Missing.SEAT if seat not in self._seats else ev.Missing.CALL
            self._feed(ev.BridgeRefused(self._now, call, seat, missing))
            return
        line.state, line.seat_id, self._seats[seat] = ev.Whereabouts.TALKING, seat, call
        talk_s = line.person.talk_s
        if talk_s is None:
            talk_s = self._talks_s[self._claimed % len(self._talks_s)]
        self._after(talk_s, lambda: self._gone(call, 16))
        self._feed(ev.CallBridged(self._now, call))
        self._feed(ev.SeatBridged(self._now, seat))
        self._feed(ev.BridgeMade(self._now, call, seat))

    def _gone(self, channel: str, cause: int, tech_cause: int | None = None) -> None:
        if channel in self._seats:
            call = self._seats.pop(channel)
            self._feed(ev.SeatLost(self._now, channel, "hung up"))
            if call is not None:
                self._gone(call, cause)
            return
        line = self._lines.pop(channel, None)
        if line is None:
            return
        seat, agent = line.seat_id, self.floor.roster.at_seat(line.seat_id or "")
        self._feed(ev.CallHungUp(self._now, channel, cause, tech_cause))
        if seat is not None and seat in self._seats:
            self._seats[seat] = None
            self._held(seat)
            wrap_s = self._usual_wrap_s if line.person.wrap_s is None else line.person.wrap_s
            code = line.person.code or self._usual_code
            if agent is not None and wrap_s is not None and code is not None:
                given = ev.DispositionGiven(self._now, agent.id, code, channel)
                self._after(wrap_s, lambda: self._feed(given))

    def _held(self, seat: str) -> None:
        if seat in self._seats:
            self._feed(ev.SeatHeld(self._now, seat))

    def _renew(self, agent: str) -> None:
        self._seat_count += 1
        self._feed(ev.SeatRenewed(self._now, agent, f"s-again-1-{self._seat_count}-{agent}"))

    def _sync(self) -> None:
        live: list[tuple[str, ev.Whereabouts]] = [(call, line.state) for call, line in self._lines.items()]
        for seat, call in self._seats.items():
            live.append((seat, ev.Whereabouts.HOLDING if call is None else ev.Whereabouts.TALKING))
        self._feed(ev.LineSynced(self._now, self._now, tuple(live)))


def rehearsed(world: World, floor: FloorMachine) -> dict[str, Any]:
    """The figures of this world with this floor."""
    floor.run_state = ev.RunState(world.start["run_state"])
    return Rehearsal(world, floor).run().figures()
