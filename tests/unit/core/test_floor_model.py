"""Any shift at all: random people, phones, order of events and broken lines, against a model of the switch."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import currently_in_test_context, settings
from hypothesis import event as note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import invariants
from dialer.core.agent import State
from dialer.core.machine import FloorMachine
from dialer.core.settings import FloorSettings
from dialer.core.skills import serves, skills_of
from dialer.core.trunks import TrunkPool
from pacing import Engine, LaneEngine, Settings
from tests.parts.playbook import PlainRules, trunk
from tests.parts.switch_model import SwitchModel

AGENTS = ("anna", "bert", "carl")
NAMES = st.sampled_from(AGENTS)
INTERVALS = st.sampled_from([0.0, 3.0, 30.0])
SELDOM = st.integers(0, 5).map(lambda n: n == 4)
PICK = st.integers(0, 1000)
CHANNELS = 6
SKILLS = {"anna": ("cantonese", "life"), "bert": ("life",), "carl": ()}
LANES = ("", "cantonese", "life", "shanghainese")


def new_floor() -> FloorMachine:
    """A small floor whose trunk can be exhausted."""
    limits = FloorSettings("sales", ("alpha", "beta"), PlainRules(), wrap_up_max_s=20.0, failover=True)
    pool = TrunkPool(
        (
            trunk(max_channels=CHANNELS, calls_per_second=20.0),
            trunk("beta", max_channels=2, calls_per_second=5.0),
        )
    )
    return FloorMachine(limits, LaneEngine(Engine(Settings(mode="ratio", ratio=2.0), seed=7)), pool, "pbx")


class Shift(RuleBasedStateMachine):
    """Events of one channel keep their order; those of different channels do not."""

    def __init__(self) -> None:
        super().__init__()
        self.floor = new_floor()
        self.switch = SwitchModel()
        self.inputs: list[ev.Event | float] = []
        self.outputs: list[list[do.Command]] = []
        self.facts: list[dict[str, Any]] = []
        self.claimed: list[str] = []
        self.audit_due = False
        self.listed: ev.LineSynced | None = None
        self.seats = 0
        self.leads = 0
        self.lossless = True
        self.slow = False
        self.sync()
        self.feed(ev.RunStateSet(self.switch.now, ev.RunState.RUNNING))

    @initialize(rescue=st.booleans(), interval=INTERVALS, ready=st.integers(1, 3), slow=st.booleans())
    def the_shift_begins(self, rescue: bool, interval: float, ready: int, slow: bool) -> None:
        self.switch.rescue = rescue
        for n, name in enumerate(AGENTS):
            self.logs_in(name, interval, n < ready)
            self.switch.answer(f"s-1-1-{n + 1}-{name}")
        self.hear_all()
        self.work_goes_on()
        self.slow = slow

    # Acts of people.

    @rule(name=NAMES, interval=INTERVALS, ready=st.booleans())
    def logs_in(self, name: str, interval: float, ready: bool) -> None:
        seat, skills = self.new_seat(name), SKILLS[name]
        self.feed(ev.AgentLoggedIn(self.switch.now, name, seat, interval, ready=ready, skills=skills))

    @rule(name=NAMES, skip=st.booleans())
    def is_ready(self, name: str, skip: bool) -> None:
        self.feed(ev.AgentWentReady(self.switch.now, name, skip_interval=skip))

    @rule(name=NAMES, really=SELDOM)
    def pauses(self, name: str, really: bool) -> None:
        went = (
            ev.AgentPaused(self.switch.now, name, "lunch")
            if really
            else ev.AgentWentReady(self.switch.now, name)
        )
        self.feed(went)

    @rule(name=NAMES, really=SELDOM)
    def logs_out(self, name: str, really: bool) -> None:
        if really:
            self.feed(ev.AgentLoggedOut(self.switch.now, name))

    @rule(name=NAMES, code=st.sampled_from(["sale", "no", "bad"]))
    def says(self, name: str, code: str) -> None:
        self.feed(ev.DispositionGiven(self.switch.now, name, code))

    @rule(name=NAMES, skills=st.sets(st.sampled_from(["cantonese", "life"])), really=SELDOM)
    def learns(self, name: str, skills: set[str], really: bool) -> None:
        if really:
            self.feed(ev.SkillsSet(self.switch.now, name, tuple(skills)))

    @rule(lanes=st.sets(st.sampled_from(LANES)))
    def list_asks_for(self, lanes: set[str]) -> None:
        self.feed(ev.LanesTold(self.switch.now, tuple((lane, 10) for lane in sorted(lanes))))

    @rule(name=NAMES, interval=INTERVALS)
    def chooses_interval(self, name: str, interval: float) -> None:
        self.feed(ev.IntervalChosen(self.switch.now, name, interval))

    @rule(pick=PICK)
    @precondition(lambda self: self.switch.ringing())
    def somebody_picks_up(self, pick: int) -> None:
        legs = self.switch.ringing()
        self.switch.answer(legs[pick % len(legs)])

    @rule(pick=PICK)
    @precondition(lambda self: self.switch.calls)
    def far_end_rings(self, pick: int) -> None:
        self.switch.ring(list(self.switch.calls)[pick % len(self.switch.calls)])

    @rule(pick=PICK, cause=st.sampled_from((17, 34)))
    @precondition(lambda self: self.switch.calls)
    def customer_hangs_up(self, pick: int, cause: int) -> None:
        self.switch.hang_up(list(self.switch.calls)[pick % len(self.switch.calls)], cause)

    @rule(pick=PICK, answer_first=st.booleans())
    @precondition(lambda self: self.switch.up and self.unrung())
    def a_trunk_refuses(self, pick: int, answer_first: bool) -> None:
        """Before anything rang; both words are heard, in either order."""
        call_id = self.unrung()[pick % len(self.unrung())]
        self.switch.hang_up(call_id, 34)
        words = [f"originate {call_id}", call_id]
        for queue in words if answer_first else reversed(words):
            self.hear_channel(queue)
        if self.again() and currently_in_test_context():
            note("a refused call was dialed again")

    def unrung(self) -> list[str]:
        """Calls of which the switch and the floor know nothing yet but that they were dialed."""
        known = ((name, self.floor.calls.get(name)) for name in self.switch.ringing())
        return [name for name, call in known if call is not None and call.rang_at is None]

    def again(self) -> list[dict[str, Any]]:
        return [fact for fact in self.facts if fact["fact"] == "attempt_rerouted"]

    @rule(pick=PICK, really=SELDOM)
    @precondition(lambda self: self.switch.seats)
    def phone_drops(self, pick: int, really: bool) -> None:
        if not really:
            return
        self.switch.hang_up(list(self.switch.seats)[pick % len(self.switch.seats)])

    @rule(state=st.sampled_from(list(ev.RunState)), really=SELDOM)
    def operator_decides(self, state: ev.RunState, really: bool) -> None:
        self.feed(ev.RunStateSet(self.switch.now, state if really else ev.RunState.RUNNING))

    @rule()
    def work_goes_on(self) -> None:
        """Pacing asks, the memory answers, and somewhere a phone is picked up."""
        self.pace()
        self.act_all()
        while self.switch.shell:
            self.feed(replace(self.switch.shell.popleft(), at=self.switch.now))
        self.act_all()
        if self.switch.ringing():
            self.switch.answer(self.switch.ringing()[0])

    @rule(pick=PICK, drops=st.booleans(), first=st.booleans())
    @precondition(lambda self: self.switch.ringing() and self.switch.up)
    def somebody_goes_as_they_meet(self, pick: int, drops: bool, first: bool) -> None:
        """A caller is offered an agent, and one of the two is gone before the bridge is made."""
        slow, self.slow = self.slow, True
        legs = self.switch.ringing()
        call_id = legs[pick % len(legs)]
        self.switch.answer(call_id)
        self.hear_channel(call_id)
        for command in [one for one in self.switch.wire if isinstance(one, do.Bridge)]:
            gone = command.seat_id if drops else command.call_id
            self.switch.hang_up(gone)
            if first:
                self.hear_channel(gone)
        self.slow = slow
        self.act_all()

    def hear_channel(self, name: str) -> None:
        while self.switch.queues.get(name):
            self.feed(replace(self.switch.queues[name].popleft(), at=self.switch.now))

    @rule()
    @precondition(lambda self: self.switch.wire)
    def the_switch_acts(self) -> None:
        self.switch.act()

    @rule()
    @precondition(lambda self: self.switch.pending())
    def everything_is_heard(self) -> None:
        self.hear_all()

    # The line, the clock and the shell.

    @rule(pick=PICK, twice=st.booleans())
    @precondition(lambda self: self.switch.pending())
    def something_is_heard(self, pick: int, twice: bool) -> None:
        self.hear(pick, twice=twice)

    @rule(seconds=st.sampled_from([0.05, 0.5, 2.0, 5.0, 30.0]))
    def time_passes(self, seconds: float) -> None:
        self.pass_to(self.switch.now + seconds)

    @rule()
    def pacing_is_asked(self) -> None:
        self.pace()

    @rule(really=SELDOM)
    @precondition(lambda self: self.switch.up)
    def line_breaks(self, really: bool) -> None:
        if not really:
            return
        self.switch.lose_line()
        self.listed = None
        self.lossless = False
        self.feed(ev.LineLost(self.switch.now, "reset"))

    @rule()
    @precondition(lambda self: self.switch.up and self.listed is None)
    def channels_are_listed(self) -> None:
        self.take_list()

    @rule()
    @precondition(lambda self: self.switch.up and self.listed is not None)
    def the_list_is_heard(self) -> None:
        self.hear_list()

    @rule()
    @precondition(lambda self: not self.switch.up)
    def line_comes_back(self) -> None:
        self.sync()

    # What holds at every instant.

    @invariant()
    def locks_agree(self) -> None:
        held = Counter(agent.call_id for agent in self.floor.roster if agent.call_id is not None)
        assert all(count == 1 for count in held.values()), held
        for agent in self.floor.roster:
            assert (agent.call_id is not None) == (agent.state in (State.CONNECTING, State.TALKING)), agent
            if agent.call_id is not None:
                assert self.floor.calls[agent.call_id].agent_id == agent.id
        for call_id in self.floor.waiting:
            assert self.floor.calls[call_id].agent_id is None

    @invariant()
    def no_slot_is_lost(self) -> None:
        for trunk_ in self.floor.trunks.report(self.switch.now):
            live = sum(1 for call in self.floor.calls.values() if call.trunk == trunk_.name)
            assert trunk_.channels == live <= trunk_.max_channels

    @invariant()
    def what_the_daemon_watches_holds(self) -> None:
        assert invariants.violations(self.floor) == ()
        assert invariants.leaked(self.floor.trunks, [self.floor]) == ()

    @invariant()
    def nobody_is_stolen_from_a_conversation(self) -> None:
        assert not self.switch.stolen

    @invariant()
    def an_attempt_ends_once(self) -> None:
        ended = Counter(fact["attempt"] for fact in self.facts if fact["fact"] == "attempt_ended")
        assert all(count == 1 for count in ended.values())
        assert set(ended) == set(self.claimed) - set(self.floor.calls)

    def teardown(self) -> None:
        if not self.claimed and not self.facts:
            return
        self.settle()
        floor = self.floor
        assert not floor.calls
        assert not floor.waiting
        assert not floor.given
        assert not floor.claiming
        assert floor.quiet
        at_rest = (State.OUT, State.AWAY, State.READY, State.INTERVAL)
        assert all(agent.state in at_rest for agent in floor.roster), list(floor.roster)
        assert all(agent.free for agent in floor.roster if agent.state is State.READY)
        self.an_attempt_ends_once()
        assert self.nothing_private()
        if self.lossless:
            self.books_are_true()
        self.same_again()

    def books_are_true(self) -> None:
        outcome = {fact["attempt"]: fact["outcome"] for fact in self.facts if fact["fact"] == "attempt_ended"}
        counted = {fact["attempt"] for fact in self.facts if fact["fact"] == "attempt_abandoned"}
        for call_id, truth in self.switch.past.items():
            if truth.bridged and not truth.abandoned:
                assert outcome[call_id] == "connected", (call_id, truth)
            assert (call_id in counted) == (truth.answered and (truth.abandoned or not truth.bridged))

    def nothing_private(self) -> bool:
        ids = ("attempt", "seat")
        words = [
            str(v) for fact in self.facts for k, v in fact.items() if isinstance(v, str) and k not in ids
        ]
        return not any(re.search(r"\d{6}", word) for word in words)

    def same_again(self) -> None:
        floor = new_floor()
        for given, commands in zip(self.inputs, self.outputs, strict=True):
            assert (floor.pace(given) if isinstance(given, float) else floor.step(given)) == commands

    # How it is played.

    def new_seat(self, name: str) -> str:
        self.seats += 1
        return f"s-1-1-{self.seats}-{name}"

    def feed(self, event: ev.Event) -> None:
        if isinstance(event, ev.LeadsClaimed):
            self.claimed += [new.call_id for new in event.calls]
        self.inputs.append(event)
        self.run(self.floor.step(event))

    def pace(self) -> None:
        self.inputs.append(self.switch.now)
        commands = self.floor.pace(self.switch.now)
        for command in commands:
            if isinstance(command, do.ClaimLeads | do.ClaimLane):
                decision = self.floor.why.decision
                assert decision is not None
                assert 0 < command.n <= decision.dial
        self.run(commands)

    def run(self, commands: list[do.Command]) -> None:
        self.outputs.append(commands)
        now = self.switch.now
        for command in commands:
            match command:
                case do.Record(fact=fact):
                    self.facts.append(fact)
                case do.Bridge(call_id=call, seat_id=seat):
                    agent = self.floor.roster.at_seat(seat)
                    assert agent is not None
                    assert serves(agent, self.floor.calls[call].skills), (agent, call)
                    self.switch.wire.append(command)
                case do.ClaimLeads(n=n):
                    self.switch.shell.append(self.claim(n))
                case do.ClaimLane(n=n, lane=lane):
                    self.switch.shell.append(self.claim(n, lane))
                case do.RenewSeat(agent_id=name):
                    self.switch.shell.append(ev.SeatRenewed(now, name, self.new_seat(name)))
                case do.AuditChannels():
                    self.audit_due = True
                case _:
                    self.switch.wire.append(command)
        if not self.slow:
            self.act_all()

    def act_all(self) -> None:
        while self.switch.wire:
            self.switch.act()

    def claim(self, n: int, lane: str | None = None) -> ev.LeadsClaimed:
        """Every fourth claim finds one lead fewer than asked."""
        first = self.leads
        found = n - 1 if first % 4 == 3 else n
        self.leads += found
        owner = "anna" if first % 3 == 0 else None
        asked = skills_of(lane or "")
        calls = tuple(ev.NewCall(f"c-1-1-{k}", k, 1, owner, skills=asked) for k in range(first, self.leads))
        return ev.LeadsClaimed(self.switch.now, n, calls, found < n, lane=lane)

    def hear(self, pick: int, *, twice: bool = False) -> None:
        pending = self.switch.pending()
        event = replace(self.switch.queues[pending[pick % len(pending)]].popleft(), at=self.switch.now)
        self.feed(event)
        if twice and not isinstance(event, ev.LeadsClaimed | ev.SeatRenewed):
            self.feed(event)

    def hear_all(self) -> None:
        while self.switch.wire or self.switch.pending():
            self.act_all()
            if self.switch.pending():
                self.hear(0)

    def sync(self) -> None:
        for event in self.switch.find_line():
            self.feed(event)

    def audit(self) -> None:
        self.take_list()
        self.hear_list()

    def take_list(self) -> None:
        """What was told before the list is heard before it: one stream."""
        self.hear_all()
        self.audit_due = False
        self.listed = self.switch.list_channels()

    def hear_list(self) -> None:
        listed, self.listed = self.listed, None
        if listed is not None:
            self.feed(replace(listed, at=self.switch.now))

    def pass_to(self, at: float) -> None:
        while True:
            until = min((one.until for one in self.switch.calls.values()), default=float("inf"))
            due = min(self.floor.timers.next_at(), until)
            if due > at:
                break
            self.switch.pass_to(max(due, self.switch.now))
            self.feed(ev.TimePassed(self.switch.now))
        self.switch.pass_to(at)

    def settle(self) -> None:
        """Everybody goes home: all calls end, every word is heard, and the clocks run out."""
        self.feed(ev.RunStateSet(self.switch.now, ev.RunState.STOPPED))
        if not self.switch.up:
            self.sync()
        for _ in range(8):
            self.hear_all()
            for leg in [*self.switch.calls, *self.switch.ringing()]:
                self.switch.hang_up(leg)
            self.hear_all()
            self.pass_to(self.switch.now + 31.0)
            self.audit()


@pytest.mark.parametrize("answer_first", [True, False])
def test_the_model_plays_a_refused_call_that_is_dialed_again(answer_first: bool) -> None:
    """What chance seldom comes to is played once for certain, with all that holds at every instant."""
    shift = Shift()
    shift.the_shift_begins(rescue=False, interval=0.0, ready=3, slow=False)
    while not shift.unrung():
        shift.work_goes_on()
        shift.everything_is_heard()
    shift.time_passes(0.5)  # until the other trunk may start a call again
    (refused, *_) = shift.unrung()
    shift.a_trunk_refuses(0, answer_first)
    (again,) = shift.again()
    assert (again["attempt"], again["trunk"], again["refused"]) == (refused, "beta", "alpha")
    assert refused in shift.unrung()
    shift.locks_agree()
    shift.no_slot_is_lost()
    shift.what_the_daemon_watches_holds()
    shift.teardown()


class Chaos(Shift):
    """Nothing keeps its order, much is lost: still nobody is stuck and no attempt is left open."""

    @rule(pick=PICK)
    @precondition(lambda self: self.switch.pending())
    def something_is_lost(self, pick: int) -> None:
        pending = [name for name in self.switch.pending() if name != "shell"]
        if pending:
            self.switch.queues[pending[pick % len(pending)]].popleft()
            self.lossless = False

    @rule(pick=PICK)
    @precondition(lambda self: self.switch.pending())
    def something_is_heard_late(self, pick: int) -> None:
        pending = [name for name in self.switch.pending() if name != "shell"]
        if pending:
            self.switch.queues[pending[pick % len(pending)]].rotate(-1)
            self.lossless = False

    @rule(pick=PICK)
    @precondition(lambda self: self.inputs)
    def something_is_heard_again(self, pick: int) -> None:
        old = self.inputs[pick % len(self.inputs)]
        if isinstance(old, ev.CallEvent | ev.SeatEvent):
            self.lossless = False
            self.feed(replace(old, at=self.switch.now))

    def nobody_is_stolen_from_a_conversation(self) -> None:
        """With a false picture of the switch it cannot be promised."""


TestShift = Shift.TestCase
TestShift.settings = settings(max_examples=40, stateful_step_count=50)
TestChaos = Chaos.TestCase
TestChaos.settings = settings(max_examples=30, stateful_step_count=50)
