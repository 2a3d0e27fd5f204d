"""The line is back, or something is overdue: what the switch says is live corrects what we believe."""

from __future__ import annotations

from dialer.core import calls, conversation, legs, parties, seats, wishes, wrapup
from dialer.core import events as ev
from dialer.core.agent import Agent, SeatState, State
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.core.party import Party

LATE_S = 0.5
"""So long after its timer's end a hold may still be listed: the list is older than it is read."""

YOUNG_S = 2.0
"""A channel asked for this shortly before the snapshot may be missing from it and still come to be."""


def on_lost(floor: Floor, event: ev.LineLost) -> None:
    """Nothing is known any more: no new call, and no agent is offered, until the next snapshot."""
    floor.synced_at = None
    floor.line_why = event.why
    floor.needs_pacing = True


def on_synced(floor: Floor, event: ev.LineSynced) -> None:
    """Bring every call and seat in line with the switch's own list of channels.

    What was heard after the list was asked for is at least as new as the list, and stands; after a lost line
    only the list counts.
    """
    heard_before = event.asked_at if floor.synced_at is not None else float("inf")
    floor.synced_at = event.at
    floor.line_why = ""
    floor.needs_pacing = True
    live = dict(event.channels)
    for call in list(floor.calls.values()):
        if call.heard_at < heard_before:
            _check_call(floor, call, live.get(call.id), event)
    for agent in list(floor.roster):
        if agent.seat_id is not None and agent.seat_at < heard_before:
            _check_seat(floor, agent, agent.seat_id, live, event)
    for party in list(floor.parties.values()):
        _check_party(floor, party, live.get(party.id), event)


def _check_call(floor: Floor, call: Call, where: ev.Whereabouts | None, event: ev.LineSynced) -> None:
    at = event.at
    match where:
        case None if call.gone_at is None:
            if call.heard_at or (call.dialed_at or call.claimed_at) < event.asked_at - YOUNG_S:
                calls.on_call(floor, ev.CallLost(at, call.id))
        case ev.Whereabouts.RINGING:
            calls.on_call(floor, ev.CallRang(at, call.id))
        case ev.Whereabouts.UP:
            calls.on_call(floor, ev.CallAnswered(at, call.id))
        case ev.Whereabouts.TALKING:
            calls.on_call(floor, ev.CallBridged(at, call.id))
        case ev.Whereabouts.PARKED:
            calls.on_call(floor, wishes.CallParked(at, call.id))
        case ev.Whereabouts.HOLDING if call.held_at is None or call.talk_from is not None:
            calls.on_call(floor, ev.CallHeld(_held_since(floor, call, at), call.id))
        case ev.Whereabouts.HOLDING if call.agent_id is None:
            floor.wait_again(call)


def _held_since(floor: Floor, call: Call, at: float) -> float:
    """Since when somebody found in a hold may be there: since the answer, as long as the dialplan's timer allows that.

    A bridge that meets the end of that timer is an abandoned call and a conversation at once. After a detection of
    machines, or in a later hold, nobody knows; and whoever still waits past the end is not bound by it.
    """
    if call.amd or call.answered_at is None or call.bridged_at is not None:
        return at
    return call.answered_at if at < call.answered_at + floor.hold_of(call) + LATE_S else at


def _check_seat(
    floor: Floor, agent: Agent, seat_id: str, live: dict[str, ev.Whereabouts], event: ev.LineSynced
) -> None:
    where = live.get(seat_id)
    if where is None:
        if agent.seat is not SeatState.RINGING or agent.seat_at < event.asked_at - YOUNG_S:
            conversation.on_seat_lost(
                floor, ev.SeatLost(event.at, seat_id, "the phone leg is gone from Asterisk")
            )
    elif where is ev.Whereabouts.HOLDING:
        _free_connecting(floor, agent, live, event.asked_at)
        conversation.on_seat_held(floor, ev.SeatHeld(event.at, seat_id))
    elif where is ev.Whereabouts.TALKING:
        seats.on_bridged(floor, ev.SeatBridged(event.at, seat_id))
        conversation.on_seat_bridged(floor, ev.SeatBridged(event.at, seat_id))


def _free_connecting(floor: Floor, agent: Agent, live: dict[str, ev.Whereabouts], asked_at: float) -> None:
    """An agent locked for a bridge that never came about, both sides still in their holds: offer again.

    A bridge whose answer may still come is not given up, unless it has been out for too long.
    """
    if agent.state is not State.CONNECTING or agent.call_id is None:
        return
    call = floor.calls.get(agent.call_id)
    if call is None or (call.agent_id != agent.id and not _expected(call, agent)):
        wrapup.give_back(floor, agent, floor.now)
        return
    if call.agent_id != agent.id:
        if agent.since < asked_at - YOUNG_S:
            legs.given_up(floor, call, agent, floor.now)
        return
    given_up = call.unsure or agent.since < asked_at - YOUNG_S
    if given_up and live.get(call.id) is ev.Whereabouts.HOLDING:
        wrapup.give_back(floor, agent, floor.now)
        floor.wait_again(call)


def _expected(call: Call, agent: Agent) -> bool:
    """Whether the person of this call is being given to this agent, or the agent brought in."""
    return call.moving_to == agent.id or (agent.seat_id is not None and call.party_id == agent.seat_id)


def _check_party(floor: Floor, party: Party, where: ev.Whereabouts | None, event: ev.LineSynced) -> None:
    if party.to_agent is not None or max(party.asked_at, party.waited_at or 0.0) >= event.asked_at - YOUNG_S:
        return
    match where:
        case None:
            parties.on_gone(floor, wishes.PartyGone(event.at, party.id, "it is gone from Asterisk"))
        case ev.Whereabouts.HOLDING:
            parties.on_waited(floor, wishes.PartyWaited(event.at, party.id))
        case ev.Whereabouts.TALKING:
            parties.on_met(floor, wishes.PartyMet(event.at, party.id))
