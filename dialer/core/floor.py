"""All that is known of one campaign's floor, and the few ways in which it changes and speaks."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from msgspec import Struct

from dialer.core import commands, facts
from dialer.core import events as ev
from dialer.core.agent import Agent, State
from dialer.core.call import Call, Phase, unlock
from dialer.core.facts import Fact
from dialer.core.flight import Calls
from dialer.core.lane import FloorLanes
from dialer.core.party import Party
from dialer.core.roster import Roster
from dialer.core.settings import CLAIM_REST_S, FloorSettings, FollowUp
from dialer.core.timers import Timers
from dialer.core.trunks import TrunkPool
from pacing import Budget, Decision, LaneEngine
from pacing import Event as Learning

STOPPED_WHY = {
    ev.RunState.STOPPED: "the campaign is not started",
    ev.RunState.PAUSED: "the campaign is paused",
    ev.RunState.DRAINING: "the campaign is draining: no new calls, conversations go on",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What pacing does now and why, or why it does not dial; `decision` is None when it was not asked."""

    at: float = 0.0
    text: str = "not asked yet"
    dialing: bool = False
    asked_for: int = 0
    decision: Decision | None = None


class Shown(Struct, frozen=True):
    """A lead in front of an agent until `ends_at`."""

    new: ev.NewCall
    ends_at: float


class Floor:
    """All state of one campaign's floor; the machine steps it by the rules of the modules beside."""

    def __init__(self, settings: FloorSettings, engine: LaneEngine, trunks: TrunkPool, node: str) -> None:
        self.settings = settings
        self.engine = engine.whole
        self.lanes = FloorLanes(engine)
        self.trunks = trunks
        self.node = node
        self.roster = Roster()
        self.calls = Calls()
        self.waiting: dict[str, float] = {}
        self.wrapping: dict[str, tuple[str, Call]] = {}
        self.given: dict[str, FollowUp] = {}
        self.promised: dict[str, str] = {}
        self.parties: dict[str, Party] = {}
        self.previews: dict[str, Shown] = {}
        self.previewing: set[str] = set()
        self.preview_after = 0.0
        self.timers = Timers()
        self.run_state = ev.RunState.STOPPED
        self.now = 0.0
        self.synced_at: float | None = None
        self.line_why = "the line to Asterisk has not been up yet"
        self.forbidden: dict[str, str] = {}
        self.claiming = 0
        self.claim_after = 0.0
        self.claim_why = ""
        self.empty_until = 0.0
        self.soonest_due = float("inf")
        self.leads_changed = False
        self.pace_at = 0.0
        self.block = -1
        self.why = Explanation()
        self.answered = 0.0
        self.abandoned = 0.0
        self.expected = 0.0
        self.abandon_limit = settings.abandon_limit
        self.ledger = ""
        self.doubtful: tuple[tuple[int, int], ...] = ()
        self.dialed = 0
        self.outcomes: Counter[str] = Counter()
        self.needs_pacing = True
        self._next_key = 1
        self._out: list[commands.Command] = []
        self._audited = False
        self._told: dict[str, tuple[State, str | None, str]] = {}

    @property
    def wake_at(self) -> float:
        """When `TimePassed` is wanted at the latest; infinity if never."""
        return min(self.timers.next_at(), self.pace_at)

    @property
    def idle(self) -> bool:
        """No call in flight, waiting or being claimed: only conversations are on."""
        return not self.claiming and all(call.phase is Phase.TALKING for call in self.calls.values())

    @property
    def quiet(self) -> bool:
        """No call at all and no disposition outstanding."""
        outstanding = self.wrapping or self.roster.count(State.WRAPUP)
        return not self.calls and not self.claiming and not outstanding

    def budget(self) -> Budget:
        """Abandonment so far, for pacing."""
        return Budget(
            answered=self.answered,
            abandoned=self.abandoned,
            limit=self.abandon_limit,
            expected=max(self.answered, self.expected),
        )

    def emit(self, command: commands.Command) -> None:
        """Ask the shell for something, after what was asked before."""
        self._out.append(command)

    def learn(self, event: Learning, call: Call | None = None) -> None:
        """Let pacing learn from what happened, to this call if to one."""
        self.engine.learn(event)
        self.lanes.learn(event, call)

    def audit(self, why: str) -> None:
        """Ask the switch for its channels, once a step; while the line is down its return will tell."""
        if self.synced_at is not None and not self._audited:
            self._audited = True
            self.emit(commands.AuditChannels(why))

    def record(self, fact: Fact) -> None:
        """Write a fact to the journal."""
        self._out.append(commands.Record(fact))

    def next_key(self) -> int:
        """A small number for pacing's arrays, unique on this floor."""
        self._next_key += 1
        return self._next_key - 1

    def spare_keys(self, last: int) -> None:
        """Give no key up to `last` any more: calls or agents that are put back have them."""
        self._next_key = max(self._next_key, last + 1)

    def put_agent(self, agent: Agent, *, durable: bool = True) -> None:
        """Take an agent's new state and set its timers; a state that differs from the last told is recorded."""
        self.roster.put(agent)
        self._arm(agent)
        self.needs_pacing = True
        told = (agent.state, agent.seat_id, agent.reason)
        if agent.state is not State.CONNECTING and self._told.get(agent.id) != told:
            self._told[agent.id] = told
            if durable:
                self.record(facts.agent_state(agent, self.settings.campaign_id))

    def lead_returns(self, follow: FollowUp) -> None:
        """A lead goes back to the list: there is one to claim when it falls due and the memory has heard of it."""
        if follow.lead_state in ("pending", "waiting"):
            due = max(follow.next_at or 0.0, self.now + CLAIM_REST_S)
            self.soonest_due = min(self.soonest_due, due)
            self.empty_until = min(self.empty_until, due)
            self.lanes.rest_no_longer(due)

    def wait_again(self, call: Call) -> None:
        """The offered agent is gone: back among the waiting, in the old place."""
        self.calls[call.id] = unlock(call)
        if call.held_at is not None and (call.abandoned_at is None or call.rescue):
            self.waiting[call.id] = call.held_at

    def owes_word(self, agent: Agent) -> bool:
        """The agent has not yet said what came of the last conversation, and may still."""
        owed = self.wrapping.get(agent.last_call_id or "")
        return owed is not None and owed[0] == agent.id

    def blocker(self) -> str:
        """Why no call may be placed whatever pacing thinks; empty if none."""
        if self.run_state is not ev.RunState.RUNNING:
            return STOPPED_WHY[self.run_state]
        for why in self.forbidden.values():
            return why
        if self.synced_at is None:
            return f"the state of Asterisk is not known: {self.line_why}"
        if self.roster.working == 0:
            return "no agent is on the floor and at work"
        return ""

    def hold_of(self, call: Call) -> float:
        """How long the dialplan lets this caller wait."""
        if call.rescue:
            return self.settings.rescue_s
        return self.settings.hold_s if call.hold_s is None else call.hold_s

    def take(self) -> list[commands.Command]:
        """What the shell is asked for since it was last taken, in order."""
        out, self._out = self._out, []
        self._audited = False
        return out

    def _arm(self, agent: Agent) -> None:
        """Wake when this agent's wrap-up or interval runs out, or when silence about the agent is suspicious."""
        never = float("inf")
        wraps = agent.state is State.WRAPUP or self.owes_word(agent)
        wrap_up_at = agent.wrap_up_ends_at(self.settings.wrap_up_max_s) if wraps else never
        self.timers.set("wrap_up", agent.id, wrap_up_at)
        self.timers.set(
            "interval", agent.id, agent.interval_ends_at if agent.state is State.INTERVAL else never
        )
        self.timers.set("agent", agent.id, agent.overdue_at)
