"""A campaign's floor as one pure machine over all its agents and calls.

`step(event)` takes a fact and returns the commands it calls for; `pace(now)` asks pacing and returns the
commands of its decision. No clock, no randomness, no I/O: the same events give the same commands.
"""

from __future__ import annotations

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
)
from dialer.core import events as ev
from dialer.core.floor import Floor


class FloorMachine(Floor):
    """A floor that is stepped by facts and paced by the clock."""

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
        return self.take()

    def pace(self, now: float) -> list[commands.Command]:
        """Ask pacing how many calls to place now, and which ringing ones to release."""
        self.now = max(self.now, now)
        self.needs_pacing = False
        pace.decide(self)
        return self.take()


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
    wishes.TapeFound: tapes.on_found,
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
