"""A campaign's floor: one pure machine over all its agents and calls.

`step(event)` takes a fact and returns the commands it calls for; `pace(now)` asks pacing and returns the
commands of its decision. No clock, no randomness, no I/O: the same events give the same commands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from dialer.core import (
    by_hand,
    calls,
    commands,
    conversation,
    facts,
    lanes,
    offers,
    pace,
    parties,
    preview,
    reconcile,
    seats,
    tapes,
    wishes,
    wrapup,
)
from dialer.core import events as ev
from dialer.core.agent import Agent, State
from dialer.core.call import Call, Phase, unlock
from dialer.core.facts import Fact
from dialer.core.flight import Calls
from dialer.core.roster import Roster
from dialer.core.settings import CLAIM_REST_S, FloorSettings, FollowUp
from dialer.core.timers import Timers
from dialer.core.trunks import TrunkPool
from pacing import Budget, Engine
from pacing import Event as Learning


class Floor:
    """All state of one campaign's floor; the modules beside this one hold the rules that change it."""

    def __init__(self, settings: FloorSettings, engine: Engine, trunks: TrunkPool, node: str) -> None:
        self.settings = settings
        self.engine = engine
        self.lanes = lanes.FloorLanes(engine)
        self.trunks = trunks
        self.node = node
        self.roster = Roster()
        self.calls = Calls()
        self.waiting: dict[str, float] = {}
        self.wrapping: dict[str, tuple[str, Call]] = {}
        self.given: dict[str, FollowUp] = {}
        self.promised: dict[str, str] = {}
        self.parties: dict[str, parties.Party] = {}
        self.previews: dict[str, preview.Shown] = {}
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
        self.why = pace.Explanation()
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

    # What the shell calls.

    def step(self, event: ev.Event) -> list[commands.Command]:
        """Take one fact; return what is to be done about it, in order."""
        self.now = max(self.now, event.at)
        handle = _HANDLERS.get(type(event))
        if handle is None:
            raise TypeError(f"a floor does not know {type(event).__name__}")
        handle(self, event)
        if self.waiting:
            offers.offer(self)
        if self.previews or self.settings.dialing == "preview":
            preview.offer(self)
        return self._take()

    def pace(self, now: float) -> list[commands.Command]:
        """Ask pacing how many calls to place now, and which ringing ones to release."""
        self.now = max(self.now, now)
        self.needs_pacing = False
        pace.decide(self)
        return self._take()

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

    # What the rules use.

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
        wrapup.arm(self, agent)
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

    def _take(self) -> list[commands.Command]:
        out, self._out = self._out, []
        self._audited = False
        return out


def _on_time(floor: Floor, _: ev.Event) -> None:
    while (due := floor.timers.pop_due(floor.now)) is not None:
        kind, key = due
        if kind == "call":
            calls.on_overdue(floor, key)
        elif kind == "party":
            parties.on_overdue(floor, key)
        elif kind == "preview":
            preview.on_time(floor, key)
        else:
            seats.on_timer(floor, kind, key)
    if floor.pace_at <= floor.now:
        floor.needs_pacing = True
        floor.pace_at = float("inf")  # asked for; waking again before the answer would only spin


def _on_run_state(floor: Floor, event: ev.RunStateSet) -> None:
    if floor.run_state is event.state:
        return
    floor.run_state = event.state
    floor.empty_until = 0.0
    floor.needs_pacing = True
    floor.record(facts.campaign_state(floor.settings.campaign_id, event.state.value, event.at))


def _on_forbidden(floor: Floor, event: ev.DialingForbidden) -> None:
    if event.why:
        floor.forbidden[event.source] = event.why
    else:
        floor.forbidden.pop(event.source, None)
    floor.needs_pacing = True


def _on_budget(floor: Floor, event: ev.BudgetTold) -> None:
    floor.answered, floor.abandoned = event.answered, event.abandoned
    floor.abandon_limit, floor.expected = event.limit, event.expected
    floor.ledger = event.ledger
    floor.doubtful = event.doubtful


def _on_bridge_made(floor: Floor, event: ev.BridgeMade) -> None:
    if not conversation.on_bridge_made(floor, event):
        calls.on_call(floor, event)


def _on_seat_bridged(floor: Floor, event: ev.SeatBridged) -> None:
    seats.on_bridged(floor, event)
    conversation.on_seat_bridged(floor, event)


_HANDLERS: dict[type[ev.Event], Callable[[Floor, Any], None]] = {
    ev.TimePassed: _on_time,
    ev.RunStateSet: _on_run_state,
    ev.DialingForbidden: _on_forbidden,
    ev.BudgetTold: _on_budget,
    ev.LeadsClaimed: calls.on_claimed,
    ev.LanesTold: lanes.on_told,
    ev.SkillsSet: lanes.on_skills,
    ev.LeadsChanged: calls.on_leads_changed,
    ev.CallArrived: calls.on_arrived,
    ev.LineLost: reconcile.on_lost,
    ev.LineSynced: reconcile.on_synced,
    ev.BridgeRefused: conversation.on_bridge_refused,
    **dict.fromkeys(
        (
            ev.CallRang,
            ev.CallAnswered,
            ev.CallHeld,
            ev.CallBridged,
            ev.MachineJudged,
            ev.GreetingBegan,
            ev.GreetingEnded,
            ev.CallAbandoned,
            ev.CallOptedOut,
            ev.DialFailed,
            ev.DialRefused,
            ev.CallHungUp,
            ev.CallLost,
            wishes.CallParked,
        ),
        calls.on_call,
    ),
    ev.BridgeMade: _on_bridge_made,
    ev.SeatHeld: conversation.on_seat_held,
    ev.SeatBridged: _on_seat_bridged,
    ev.SeatLost: conversation.on_seat_lost,
    wishes.HangUpAsked: conversation.on_hang_up,
    wishes.HoldAsked: conversation.on_hold,
    wishes.UnholdAsked: conversation.on_unhold,
    wishes.TransferAsked: conversation.on_transfer,
    wishes.PartyAsked: conversation.on_party_asked,
    wishes.AgentAdded: conversation.on_agent_added,
    wishes.PartyDropped: conversation.on_dropped,
    wishes.LeaveAsked: conversation.on_leave,
    wishes.RecordAsked: tapes.on_record,
    wishes.MoveFailed: conversation.on_move_failed,
    wishes.PreviewClaimed: preview.on_claimed,
    wishes.PreviewAccepted: preview.on_accepted,
    wishes.PreviewRefused: preview.on_refused,
    wishes.PreviewSkipped: preview.on_skipped,
    wishes.ReserveAsked: by_hand.on_reserve,
    wishes.ReserveLifted: by_hand.on_lifted,
    wishes.DialAsked: by_hand.on_dial,
    wishes.PartyFound: parties.on_found,
    wishes.PartyRang: parties.on_rang,
    wishes.PartyWaited: parties.on_waited,
    wishes.PartyMet: parties.on_met,
    wishes.PartyGone: parties.on_gone,
    ev.SeatRenewed: seats.on_renewed,
    ev.AgentLoggedIn: seats.on_logged_in,
    ev.AgentLoggedOut: seats.on_logged_out,
    ev.AgentWentReady: seats.on_went_ready,
    ev.AgentPaused: seats.on_paused,
    ev.IntervalChosen: seats.on_interval,
    ev.DispositionGiven: seats.on_disposition,
}
