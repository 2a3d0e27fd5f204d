"""The line is back, or something is overdue: what the switch says is live corrects what we believe."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dialer.core import agent as ag
from dialer.core import calls, seats
from dialer.core import events as ev
from dialer.core.agent import SeatState, State
from dialer.core.call import Call

if TYPE_CHECKING:
    from dialer.core.floor import Floor

YOUNG_S = 2.0
"""A channel asked for this shortly before the snapshot may be missing from it and still come to be."""


def on_lost(floor: Floor, event: ev.LineLost) -> None:
    """Nothing is known any more: no new call, and no agent is offered, until the next snapshot."""
    floor.synced_at = None
    floor.line_why = event.why
    floor.needs_pacing = True


def on_synced(floor: Floor, event: ev.LineSynced) -> None:
    """Bring every call and seat in line with the switch's own list of channels."""
    floor.synced_at = event.at
    floor.line_why = ""
    floor.needs_pacing = True
    live = dict(event.channels)
    for call in list(floor.calls.values()):
        _check_call(floor, call, live.get(call.id), event)
    for agent in list(floor.roster):
        if agent.seat_id is None:
            continue
        where = live.get(agent.seat_id)
        if where is None:
            if agent.seat is not SeatState.RINGING or agent.since < event.asked_at - YOUNG_S:
                seats.on_lost(
                    floor, ev.SeatLost(event.at, agent.seat_id, "the phone leg is gone from Asterisk")
                )
        elif where is ev.Whereabouts.HOLDING:
            _free_connecting(floor, agent.seat_id, live)
            seats.on_held(floor, ev.SeatHeld(event.at, agent.seat_id))
        elif where is ev.Whereabouts.TALKING:
            seats.on_bridged(floor, ev.SeatBridged(event.at, agent.seat_id))
    calls.offer(floor)


def _check_call(floor: Floor, call: Call, where: ev.Whereabouts | None, event: ev.LineSynced) -> None:
    at = event.at
    match where:
        case None:
            if (call.dialed_at or call.claimed_at) < event.asked_at - YOUNG_S:
                calls.on_call(floor, ev.CallLost(at, call.id))
        case ev.Whereabouts.RINGING:
            calls.on_call(floor, ev.CallRang(at, call.id))
        case ev.Whereabouts.UP:
            calls.on_call(floor, ev.CallAnswered(at, call.id))
        case ev.Whereabouts.TALKING:
            calls.on_call(floor, ev.CallBridged(at, call.id))
        case ev.Whereabouts.HOLDING:
            if call.id not in floor.waiting and call.agent_id is None:
                calls.on_call(floor, ev.CallHeld(at, call.id))


def _free_connecting(floor: Floor, seat_id: str, live: dict[str, ev.Whereabouts]) -> None:
    """An agent locked for a bridge that never came about, both sides still in their holds: offer again."""
    agent = floor.roster.at_seat(seat_id)
    if agent is None or agent.state is not State.CONNECTING or agent.call_id is None:
        return
    call = floor.calls.get(agent.call_id)
    if call is not None and live.get(call.id) is not ev.Whereabouts.HOLDING:
        return
    floor.put_agent(ag.unlock(agent, floor.now))
    if call is not None:
        floor.calls[call.id] = replace(call, agent_id=None)
        floor.waiting.setdefault(call.id, call.held_at or floor.now)
