"""What an agent may do with a conversation: hold, give away, bring somebody in, leave, record, end it.

Each wish is granted or refused by what the floor knows now; the facts of the switch then change the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import by_hand, facts, offers, parties, seats, wrapup
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import wishes as wi
from dialer.core.agent import Agent, State
from dialer.core.call import Call
from pacing import TalkEnded

if TYPE_CHECKING:
    from dialer.core.floor import Floor


def of(floor: Floor, agent_id: str) -> tuple[Agent, Call] | None:
    """The agent and the conversation he is in as its own agent; None where there is none."""
    agent = floor.roster.get(agent_id)
    if agent is None or agent.call_id is None or agent.state is not State.TALKING:
        return None
    call = floor.calls.get(agent.call_id)
    return None if call is None or call.agent_id != agent_id else (agent, call)


def moving_to(floor: Floor, call: Call) -> Agent | None:
    """The agent to whom the person is being given, while the switch has not answered."""
    agent = floor.roster.get(call.moving_to) if call.moving_to else None
    return (
        agent if agent is not None and agent.call_id == call.id and agent.state is State.CONNECTING else None
    )


def keep_apart(floor: Floor, call: Call) -> None:
    """The agent's leg may pass through its hold: that is no end of the conversation."""
    agent = floor.roster.get(call.agent_id) if call.agent_id else None
    if agent is not None and agent.call_id == call.id and not agent.apart:
        floor.put_agent(replace(agent, apart=True))


def regroup(floor: Floor, call_id: str) -> None:
    """Person and agent are left of a conference: out of it, and bridged as any two are."""
    call = floor.calls.get(call_id)
    if call is None or not call.confer or call.parking or call.ended or call.agent_id is None:
        return
    floor.calls[call_id] = replace(call, parking=True, regroup=True)
    floor.emit(do.Park(call_id))


def meet_again(floor: Floor, call: Call) -> None:
    """Bridge person and agent again, when both are heard in their holds: not before."""
    agent = floor.roster.get(call.agent_id) if call.agent_id else None
    if agent is None or agent.call_id != call.id or agent.seat_id is None or call.parked_at is None:
        return
    if call.regroup and agent.seat is ag.SeatState.HELD:
        floor.calls[call.id] = replace(call, regroup=False)
        floor.emit(do.Bridge(call.id, agent.seat_id, tone=False))


# Wishes.


def helping(floor: Floor, agent_id: str) -> parties.Party | None:
    """The party that this agent is in another agent's conversation."""
    agent = floor.roster.get(agent_id)
    return None if agent is None or agent.seat_id is None else floor.parties.get(agent.seat_id)


def on_hang_up(floor: Floor, event: wi.HangUpAsked) -> None:
    """End the conversation: the person first, and with the person whoever was brought in."""
    found = of(floor, event.agent_id)
    if found is not None:
        floor.emit(do.HangUp(found[1].id))
        return
    agent = floor.roster.get(event.agent_id)
    if agent is not None and agent.state is State.DIALING:
        by_hand.cancel(floor, agent)
    else:
        _stop_helping(floor, event.agent_id, event.at)


def _stop_helping(floor: Floor, agent_id: str, at: float) -> None:
    party = helping(floor, agent_id)
    call = None if party is None else floor.calls.get(party.call_id)
    if call is not None:
        parties.drop(floor, call, at)


def on_hold(floor: Floor, event: wi.HoldAsked) -> None:
    """Music for the person, the agent's leg into its own hold."""
    found = of(floor, event.agent_id)
    if found is None or found[1].parking or found[1].parked_at is not None or found[1].party_id is not None:
        return
    _, call = found
    floor.calls[call.id] = replace(call, parking=True)
    keep_apart(floor, call)
    floor.emit(do.Park(call.id))


def on_unhold(floor: Floor, event: wi.UnholdAsked) -> None:
    """Back to the person; with a party the agent talks to, all three."""
    found = of(floor, event.agent_id)
    if found is None or found[1].parked_at is None or found[0].seat_id is None:
        return
    call = found[1]
    party = floor.parties.get(call.party_id) if call.party_id else None
    if party is not None and party.joined_at is not None:
        parties.together(floor, call, party)
    else:
        floor.calls[call.id] = call = replace(call, regroup=True)
        meet_again(floor, call)


def on_transfer(floor: Floor, event: wi.TransferAsked) -> None:
    """Lock the other agent, and bridge the person to that seat: the first agent's leg falls into its hold."""
    found, target = of(floor, event.agent_id), floor.roster.get(event.to_agent)
    if found is None or target is None or not target.free or target.seat_id is None:
        return
    call = found[1]
    if call.party_id is not None or moving_to(floor, call) is not None or call.confer or call.parking:
        return
    floor.put_agent(ag.connect(target, call.id, event.at))
    floor.calls[call.id] = replace(call, regroup=False, moving_to=target.id, trouble="")
    keep_apart(floor, call)
    floor.emit(do.Bridge(call.id, target.seat_id))


def on_party_asked(floor: Floor, event: wi.PartyAsked) -> None:
    """Call somebody outside, while the agent stays with the person."""
    found = of(floor, event.agent_id)
    if found is None or found[1].party_id is not None or moving_to(floor, found[1]) is not None:
        return
    parties.ask(floor, found[1], event.party_id, event.purpose, event.at)


def on_agent_added(floor: Floor, event: wi.AgentAdded) -> None:
    """Lock the other agent and bring all three together."""
    found, target = of(floor, event.agent_id), floor.roster.get(event.to_agent)
    if found is None or target is None or not target.free or target.seat_id is None:
        return
    agent, call = found
    if call.party_id is not None or moving_to(floor, call) is not None or agent.seat_id is None:
        return
    seat_id = target.seat_id
    floor.put_agent(ag.connect(target, call.id, event.at))
    party = parties.Party(seat_id, call.id, wi.Purpose.ADD, event.at, to_agent=target.id)
    floor.parties[seat_id] = party
    floor.calls[call.id] = call = replace(call, party_id=seat_id, trouble="")
    floor.timers.set("party", seat_id, event.at + parties.JOIN_S)
    parties.together(floor, call, party)


def on_dropped(floor: Floor, event: wi.PartyDropped) -> None:
    """The third goes, and the agent stays with the person."""
    found = of(floor, event.agent_id)
    if found is not None:
        parties.drop(floor, found[1], event.at)


def on_leave(floor: Floor, event: wi.LeaveAsked) -> None:
    """Person and third go on without the agent."""
    found = of(floor, event.agent_id)
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
        pass_on(floor, call, event.at)
    else:
        _give(floor, call, party.to_agent, party.id, event.at)
        regroup(floor, call.id)


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
    target = None if call is None else moving_to(floor, call)
    if call is None or target is None or target.seat_id != event.seat_id:
        return False
    _give(floor, call, target.id, event.seat_id, event.at)
    return True


def on_seat_held(floor: Floor, event: ev.SeatHeld) -> None:
    """The leg is in its hold: perhaps the person waits to be bridged again."""
    seats.on_held(floor, event)
    agent = floor.roster.at_seat(event.seat_id)
    call = floor.calls.get(agent.call_id) if agent is not None and agent.call_id else None
    if call is not None:
        meet_again(floor, call)


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
    if call is not None and agent is not None and moving_to(floor, call) is agent:
        _give(floor, call, agent.id, event.seat_id, event.at)


def noted(floor: Floor, before: Call, after: Call) -> None:
    """A hold began or ended, or the conversation did: into the journal."""
    if after.parked_at is not None and before.parked_at is None:
        keep_apart(floor, after)
        meet_again(floor, after)
        floor.record(facts.parked("call_held", after, after.parked_at))
    elif before.parked_at is not None and after.parked_at is None and not after.ended:
        floor.record(facts.parked("call_unheld", after, floor.now))
        _settle_leg(floor, after)


def _settle_leg(floor: Floor, call: Call) -> None:
    """Agent and person are together again, and a leg in its hold is news."""
    agent = floor.roster.get(call.agent_id) if call.agent_id else None
    if agent is not None and agent.call_id == call.id and agent.apart and call.party_id is None:
        floor.put_agent(replace(agent, apart=False))


def pass_on(floor: Floor, call: Call, at: float) -> None:
    """The agent is out of it: person and third go on, and the agent's part of the conversation is over."""
    agent = floor.roster.get(call.agent_id) if call.agent_id else None
    talked_s = 0.0 if call.talk_from is None else max(0.0, at - call.talk_from)
    parked_s = 0.0 if call.parked_at is None else max(0.0, at - call.parked_at)
    passed = replace(
        call,
        agent_id=None,
        seat_id=None,
        talk_from=None,
        talk_s=call.talk_s + talked_s,
        parked_at=None,
        parked_s=call.parked_s + parked_s,
        passed_at=at,
    )
    floor.calls[call.id] = passed
    floor.timers.clear("call", call.id)
    floor.record(facts.passed(call, None, at))
    if agent is not None and agent.call_id == call.id:
        wrapup.begin(floor, wrapup.end_conversation(floor, agent, passed, at), at)


def _give(floor: Floor, call: Call, agent_id: str, seat_id: str, at: float) -> None:
    """Another agent has the person; the first one is done with them."""
    before, target = floor.roster.get(call.agent_id or ""), floor.roster.get(agent_id)
    if target is None:
        return
    floor.parties.pop(seat_id, None)
    floor.timers.clear("party", seat_id)
    parked_s = 0.0 if call.parked_at is None else max(0.0, at - call.parked_at)
    given = replace(
        call,
        agent_id=target.id,
        seat_id=seat_id,
        talked_with=target.id,
        moving_to=None,
        party_id=None,
        parking=False,
        parked_at=None,
        parked_s=call.parked_s + parked_s,
        talk_from=call.talk_from or at,
    )
    floor.calls[call.id] = given
    floor.record(facts.passed(call, target.id, at))
    if before is not None and before.call_id == call.id:
        wrapup.begin(floor, wrapup.end_conversation(floor, before, given, at), at)
    wrapup.close(floor, target, at, code=None)
    floor.put_agent(ag.talk(target, target.since if target.state is State.TALKING else at))


def release_helper(floor: Floor, call: Call, party: parties.Party, at: float) -> None:
    """The agent who was brought in is out of it, and owes no word about it."""
    floor.parties.pop(party.id, None)
    floor.timers.clear("party", party.id)
    if call.id in floor.calls and call.party_id == party.id:
        floor.calls[call.id] = replace(floor.calls[call.id], party_id=None)
    helper = floor.roster.get(party.to_agent or "")
    if helper is None or helper.call_id != party.call_id:
        return
    # Whatever was asked of the switch for this leg may still happen: it is free when it is heard in its hold.
    helper = ag.seated(helper, ag.SeatState.BUSY, at)
    if helper.state is State.TALKING:
        floor.learn(TalkEnded(at, helper.key, max(0.0, at - helper.since)))
        wrapup.begin(floor, replace(ag.end_talk(helper, at), disposed=True), at)
    else:
        wrapup.give_back(floor, helper, at)
    floor.record(facts.party("party_gone", party, at))


def given_up(floor: Floor, call: Call, agent: Agent, at: float) -> None:
    """The bridge or the joining with this other agent never came about."""
    party = floor.parties.get(agent.seat_id or "")
    if party is not None:
        release_helper(floor, call, party, at)
    else:
        floor.calls[call.id] = replace(call, moving_to=None, trouble="the other agent was not reached")
        wrapup.give_back(floor, agent, at)


def over(floor: Floor, call: Call, at: float) -> None:
    """The person is gone, or waits for another agent: whoever else was locked or called for them is let go."""
    target = moving_to(floor, call)
    if target is not None:
        wrapup.give_back(floor, target, at)
    party = floor.parties.get(call.party_id) if call.party_id else None
    if party is not None and party.to_agent is not None:
        release_helper(floor, call, party, at)  # the dialplan sends the leg back with the end of the three
    else:
        parties.drop(floor, call, at)
    if call.tape_on and call.tape and call.ended:
        floor.record(facts.recording("recording_stopped", call, at))


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
    found = of(floor, agent.id)
    if found is not None:
        _left_alone(floor, found[1], event.at)
    elif agent.by_hand:
        by_hand.cancel(floor, agent)
    seats.on_lost(floor, event)


def _left_alone(floor: Floor, call: Call, at: float) -> None:
    third = floor.parties.get(call.party_id) if call.party_id else None
    in_three = third is not None and third.joined_at is not None and call.parked_at is None
    if third is not None and in_three and third.to_agent is not None:
        _give(floor, call, third.to_agent, third.id, at)
        regroup(floor, call.id)
    elif in_three:
        pass_on(floor, call, at)
    else:
        parties.drop(floor, call, at)
        if call.parked_at is not None or call.parking:
            rescued = floor.settings.agent_drop == "rescue"
            floor.emit(do.Rescue(call.id) if rescued else do.HangUp(call.id))


def on_bridge_refused(floor: Floor, event: ev.BridgeRefused) -> None:
    """A transfer or the end of a hold did not come about: the agent keeps the person, and is told why."""
    call = floor.calls.get(event.call_id)
    if call is not None and call.talk_from is not None and event.missing is not ev.Missing.CALL:
        target = moving_to(floor, call)
        if event.missing is ev.Missing.UNKNOWN:
            floor.audit("a bridge was not answered")
            return
        if target is not None and target.seat_id == event.seat_id:
            trouble = "the other agent's phone is gone; the person is still with you"
            floor.calls[call.id] = call = replace(call, moving_to=None, trouble=trouble)
            if call.parked_at is None:
                _settle_leg(floor, call)
    offers.on_bridge_refused(floor, event)
