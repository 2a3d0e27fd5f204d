"""What an agent may do with a conversation: hold, give away, bring somebody in, leave, record, end it.

Each wish is granted or refused by what the floor knows now; the facts of the switch then change the state.
"""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import by_hand, facts, legs, offers, parties, seats
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import wishes as wi
from dialer.core.agent import State
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.core.party import Party

# Wishes.


def on_hang_up(floor: Floor, event: wi.HangUpAsked) -> None:
    """End the conversation: the person first, and with the person whoever was brought in."""
    found = legs.of(floor, event.agent_id)
    if found is not None:
        floor.emit(do.HangUp(found[1].id))
        return
    agent = floor.roster.get(event.agent_id)
    if agent is not None and agent.state is State.DIALING:
        by_hand.cancel(floor, agent)
    else:
        _stop_helping(floor, event.agent_id, event.at)


def _stop_helping(floor: Floor, agent_id: str, at: float) -> None:
    party = legs.helping(floor, agent_id)
    call = None if party is None else floor.calls.get(party.call_id)
    if call is not None:
        parties.drop(floor, call, at)


def on_hold(floor: Floor, event: wi.HoldAsked) -> None:
    """Music for the person, the agent's leg into its own hold."""
    found = legs.of(floor, event.agent_id)
    if found is None or found[1].parking or found[1].parked_at is not None or found[1].party_id is not None:
        return
    _, call = found
    floor.calls[call.id] = replace(call, parking=True)
    legs.keep_apart(floor, call)
    floor.emit(do.Park(call.id))


def on_unhold(floor: Floor, event: wi.UnholdAsked) -> None:
    """Back to the person; with a party the agent talks to, all three."""
    found = legs.of(floor, event.agent_id)
    if found is None or found[1].parked_at is None or found[0].seat_id is None:
        return
    call = found[1]
    party = floor.parties.get(call.party_id) if call.party_id else None
    if party is not None and party.joined_at is not None:
        parties.together(floor, call, party)
    else:
        floor.calls[call.id] = call = replace(call, regroup=True)
        legs.meet_again(floor, call)


def on_transfer(floor: Floor, event: wi.TransferAsked) -> None:
    """Lock the other agent, and bridge the person to that seat: the first agent's leg falls into its hold."""
    found, target = legs.of(floor, event.agent_id), floor.roster.get(event.to_agent)
    if found is None or target is None or not target.free or target.seat_id is None:
        return
    call = found[1]
    if call.party_id is not None or legs.moving_to(floor, call) is not None or call.confer or call.parking:
        return
    floor.put_agent(ag.connect(target, call.id, event.at))
    floor.calls[call.id] = replace(call, regroup=False, moving_to=target.id, trouble="")
    legs.keep_apart(floor, call)
    floor.emit(do.Bridge(call.id, target.seat_id))


def on_party_asked(floor: Floor, event: wi.PartyAsked) -> None:
    """Call somebody outside, while the agent stays with the person."""
    found = legs.of(floor, event.agent_id)
    if found is None or found[1].party_id is not None or legs.moving_to(floor, found[1]) is not None:
        return
    parties.ask(floor, found[1], event.party_id, event.purpose, event.at)


def on_agent_added(floor: Floor, event: wi.AgentAdded) -> None:
    """Lock the other agent and bring all three together."""
    found, target = legs.of(floor, event.agent_id), floor.roster.get(event.to_agent)
    if found is None or target is None or not target.free or target.seat_id is None:
        return
    agent, call = found
    if call.party_id is not None or legs.moving_to(floor, call) is not None or agent.seat_id is None:
        return
    seat_id = target.seat_id
    floor.put_agent(ag.connect(target, call.id, event.at))
    party = Party(seat_id, call.id, wi.Purpose.ADD, event.at, to_agent=target.id)
    floor.parties[seat_id] = party
    floor.calls[call.id] = call = replace(call, party_id=seat_id, trouble="")
    floor.timers.set("party", seat_id, event.at + parties.JOIN_S)
    parties.together(floor, call, party)


def on_dropped(floor: Floor, event: wi.PartyDropped) -> None:
    """The third goes, and the agent stays with the person."""
    found = legs.of(floor, event.agent_id)
    if found is not None:
        parties.drop(floor, found[1], event.at)


def on_leave(floor: Floor, event: wi.LeaveAsked) -> None:
    """Person and third go on without the agent."""
    found = legs.of(floor, event.agent_id)
    if found is None:
        _stop_helping(floor, event.agent_id, event.at)
        return
    party = floor.parties.get(found[1].party_id or "")
    if party is None or party.joined_at is None:
        return
    agent, call = found
    if call.parked_at is not None and party.to_agent is None:
        parties.hand_over(floor, party)
        return
    if agent.seat_id is not None:
        floor.emit(do.TakeBack(agent.seat_id))
    if party.to_agent is None:
        legs.pass_on(floor, call, event.at)
    else:
        legs.give(floor, call, party.to_agent, party.id, event.at)
        legs.regroup(floor, call.id)


# Facts.


def on_move_failed(floor: Floor, event: wi.MoveFailed) -> None:
    """Nothing moved, or nobody knows: the switch's list of channels tells where the person is."""
    call = floor.calls.get(event.call_id)
    if call is not None:
        floor.calls[call.id] = replace(call, parking=False, regroup=False, trouble=event.why)
        floor.audit("a call was not moved")


def on_bridge_made(floor: Floor, event: ev.BridgeMade) -> bool:
    """Whether this was a transfer's bridge; then the other agent has the person."""
    call = floor.calls.get(event.call_id)
    target = None if call is None else legs.moving_to(floor, call)
    if call is None or target is None or target.seat_id != event.seat_id:
        return False
    legs.give(floor, call, target.id, event.seat_id, event.at)
    return True


def on_seat_held(floor: Floor, event: ev.SeatHeld) -> None:
    """The leg is in its hold: perhaps the person waits to be bridged again."""
    seats.on_held(floor, event)
    agent = floor.roster.at_seat(event.seat_id)
    call = floor.calls.get(agent.call_id) if agent is not None and agent.call_id else None
    if call is not None:
        legs.meet_again(floor, call)


def on_seat_bridged(floor: Floor, event: ev.SeatBridged) -> None:
    """The leg of an agent left its hold: of one to whom a person is given, or who is brought in."""
    party = floor.parties.get(event.seat_id)
    if party is not None and party.joined_at is None:
        helper = floor.roster.at_seat(event.seat_id)
        if helper is not None and helper.call_id == party.call_id:
            floor.put_agent(
                replace(ag.talk(helper, event.at), last_call_id=helper.last_call_id, disposed=True)
            )
        parties.on_met(floor, wi.PartyMet(event.at, event.seat_id))
        return
    agent = floor.roster.at_seat(event.seat_id)
    call = floor.calls.get(agent.call_id) if agent is not None and agent.call_id else None
    if call is not None and agent is not None and legs.moving_to(floor, call) is agent:
        legs.give(floor, call, agent.id, event.seat_id, event.at)


def on_seat_lost(floor: Floor, event: ev.SeatLost) -> None:
    """An agent's phone is gone: what the dialplan cannot know of the conversation is settled here first."""
    agent = floor.roster.at_seat(event.seat_id)
    if agent is None:
        return
    party = floor.parties.get(event.seat_id)
    if party is not None:
        floor.parties.pop(party.id, None)
        floor.timers.clear("party", party.id)
        call = floor.calls.get(party.call_id)
        if call is not None:
            floor.calls[call.id] = replace(call, party_id=None, trouble="the other agent's phone was gone")
        floor.record(facts.party("party_gone", party, event.at, event.why))
        seats.on_lost(floor, event)
        return
    found = legs.of(floor, agent.id)
    if found is not None:
        _left_alone(floor, found[1], event.at)
    elif agent.by_hand:
        by_hand.cancel(floor, agent)
    seats.on_lost(floor, event)


def _left_alone(floor: Floor, call: Call, at: float) -> None:
    third = floor.parties.get(call.party_id) if call.party_id else None
    in_three = third is not None and third.joined_at is not None and call.parked_at is None
    if third is not None and in_three and third.to_agent is not None:
        legs.give(floor, call, third.to_agent, third.id, at)
        legs.regroup(floor, call.id)
    elif in_three:
        legs.pass_on(floor, call, at)
    else:
        parties.drop(floor, call, at)
        if call.parked_at is not None or call.parking:
            rescued = floor.settings.agent_drop == "rescue"
            floor.emit(do.Rescue(call.id) if rescued else do.HangUp(call.id))


def on_bridge_refused(floor: Floor, event: ev.BridgeRefused) -> None:
    """A transfer or the end of a hold did not come about: the agent keeps the person, and is told why."""
    call = floor.calls.get(event.call_id)
    if call is not None and call.talk_from is not None and event.missing is not ev.Missing.CALL:
        target = legs.moving_to(floor, call)
        if event.missing is ev.Missing.UNKNOWN:
            floor.audit("a bridge was not answered")
            return
        if target is not None and target.seat_id == event.seat_id:
            trouble = "the other agent's phone is gone; the person is still with you"
            floor.calls[call.id] = call = replace(call, moving_to=None, trouble=trouble)
            if call.parked_at is None:
                legs.settle_leg(floor, call)
    offers.on_bridge_refused(floor, event)
