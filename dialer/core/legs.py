"""Where the person's and the agents' legs of a conversation are, and who has the person.

What agents wish and what the switch tells both end here: together, apart, given to another, let go.
"""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import commands as do
from dialer.core import facts, wrapup
from dialer.core.agent import Agent, State
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.core.party import Party
from pacing import TalkEnded


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


def helping(floor: Floor, agent_id: str) -> Party | None:
    """The party that this agent is in another agent's conversation."""
    agent = floor.roster.get(agent_id)
    return None if agent is None or agent.seat_id is None else floor.parties.get(agent.seat_id)


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


def noted(floor: Floor, before: Call, after: Call) -> None:
    """A hold began or ended, or the conversation did: into the journal."""
    if after.parked_at is not None and before.parked_at is None:
        keep_apart(floor, after)
        meet_again(floor, after)
        floor.record(facts.parked("call_held", after, after.parked_at))
    elif before.parked_at is not None and after.parked_at is None and not after.ended:
        floor.record(facts.parked("call_unheld", after, floor.now))
        settle_leg(floor, after)


def settle_leg(floor: Floor, call: Call) -> None:
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


def give(floor: Floor, call: Call, agent_id: str, seat_id: str, at: float) -> None:
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


def release_helper(floor: Floor, call: Call, party: Party, at: float) -> None:
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
