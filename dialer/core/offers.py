"""Who gets whom: waiting callers and free agents, and what a refused bridge does to both."""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import call as ca
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import lanes, skills, tapes, wrapup
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.core.settings import MAX_OFFERS, OFFER_MARGIN_S


def offer(floor: Floor) -> None:
    """Offer free agents to waiting callers while the dialplan leaves time, first to whom it leaves least.

    Among callers of one kind that is the one who has waited longest; who rang us has more time than who was called.
    """
    if floor.synced_at is None:
        return
    for call_id, held_at in sorted(floor.waiting.items(), key=lambda one: _until(floor, *one)):
        call = floor.calls[call_id]
        if floor.now > held_at + floor.hold_of(call) - OFFER_MARGIN_S or call.offers >= MAX_OFFERS:
            continue
        agent = _agent_for(floor, call)
        if agent is None or agent.seat_id is None:
            if lanes.in_force(floor):
                continue  # nobody for this one; somebody may be there for the next
            return
        del floor.waiting[call_id]
        call = ca.lock(call, agent.id, agent.seat_id)
        record, settings = "", floor.settings
        always = settings.recording == "always" and tapes.picked(call_id, settings.recording_share)
        if always and not call.tape_on:
            record = tapes.tape_name(call, floor.now)
            call = replace(call, tape=record, tape_on=True)
        floor.calls[call_id] = call
        floor.put_agent(ag.connect(agent, call_id, floor.now))
        floor.emit(do.Bridge(call_id, agent.seat_id, record))


def _until(floor: Floor, call_id: str, held_at: float) -> float:
    return held_at + floor.hold_of(floor.calls[call_id])


def _agent_for(floor: Floor, call: Call) -> ag.Agent | None:
    """The lead's own agent, else the longest-ready one who has no promised call on the way."""
    if call.reserved is not None:
        reserved = floor.roster.get(call.reserved)
        if reserved is not None and reserved.call_id == call.id and reserved.seat is ag.SeatState.HELD:
            return reserved
    if call.owner is not None:
        owner = floor.roster.get(call.owner)
        if owner is not None and owner.free and skills.serves(owner, call.skills):
            return owner
    kept = {agent_id for call_id, agent_id in floor.promised.items() if call_id != call.id}
    if lanes.in_force(floor):
        return _skilled_for(floor, call, kept)
    if not kept:
        return floor.roster.longest_ready()
    others = [one for one in floor.roster if one.free and one.id not in kept]
    # A caller who is there now goes before one who may answer.
    return min(others, key=lambda one: (one.ready_since, one.id), default=floor.roster.longest_ready())


def _skilled_for(floor: Floor, call: Call, kept: set[str]) -> ag.Agent | None:
    """Of the free agents with the skills one who is of use in the fewest lanes, the longest-ready of those."""
    free = [one for one in floor.roster if one.free and skills.serves(one, call.skills)]
    others = [one for one in free if one.id not in kept]
    wide = {has: lanes.breadth(floor, has) for has in {one.skills for one in free}}
    return min(others or free, key=lambda one: (wide[one.skills], one.ready_since, one.id), default=None)


def on_bridge_refused(floor: Floor, event: ev.BridgeRefused) -> None:
    """The bridge did not come about: free the agent or mark the phone gone; the next is offered at once.

    A word about an offer that was overtaken (the phone had dropped, another agent has the caller) is old news.
    """
    call = floor.calls.get(event.call_id)
    agent = floor.roster.at_seat(event.seat_id)
    ours = call is not None and call.seat_id == event.seat_id
    if call is not None and ours and call.talk_from is not None:
        return
    if event.missing is ev.Missing.UNKNOWN:
        if call is not None and ours:
            floor.calls[call.id] = replace(call, unsure=True)
        floor.audit("a bridge was not answered")
        return
    if event.missing is ev.Missing.SEAT and agent is not None:
        wrapup.drop(floor, agent, event.at, "the phone was gone when a caller was offered")
    elif agent is not None and agent.call_id == event.call_id:
        wrapup.give_back(floor, agent, event.at)
    call = floor.calls.get(event.call_id)
    if call is None or call.seat_id != event.seat_id:
        return
    if event.missing is ev.Missing.SEAT:
        floor.wait_again(call)
    else:
        floor.calls[call.id] = ca.unlock(call)
