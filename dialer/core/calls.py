"""The rules of calls on a floor: dialing what was claimed, offering agents, closing attempts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dialer.core import agent as ag
from dialer.core import call as ca
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import facts, wrapup
from dialer.core.call import Call
from dialer.core.outcomes import ABANDONS, TRUNK_FAULTS, Outcome, result_of
from dialer.core.settings import MAX_OFFERS, OFFER_MARGIN_S, FollowUp
from pacing import Abandoned, Result, RingEnded

if TYPE_CHECKING:
    from dialer.core.floor import Floor

OVERDUE_RETRY_S = 15.0
"""How soon an overdue call is asked about again."""

CLAIM_REST_S = 1.0
"""How long the memory is left alone after it had no lead to give."""


def on_claimed(floor: Floor, event: ev.LeadsClaimed) -> None:
    """Dial what the memory handed out, over the first trunk with room."""
    floor.claiming = max(0, floor.claiming - event.asked)
    floor.claim_why = event.why
    if event.exhausted or event.why:
        floor.claim_after = event.at + CLAIM_REST_S
    for new in event.calls:
        _dial(floor, new, event.at)
    floor.needs_pacing = True


def _dial(floor: Floor, new: ev.NewCall, at: float) -> None:
    trunk = floor.trunks.take(floor.settings.trunks, new.call_id, at)
    call = Call(
        id=new.call_id,
        key=floor.next_key(),
        lead_id=new.lead_id,
        claimed_at=at,
        attempts=new.attempts,
        owner=new.owner,
        p_answer=new.p_answer,
        amd=floor.settings.amd,
        trunk=trunk,
    )
    if trunk is None:
        call = ca.apply(call, ev.DialRefused(at, call.id, "no trunk has room"))
        floor.calls[call.id] = call
        _finish(floor, call)
        return
    timeout_s = floor.settings.ring_timeout_s + floor.trunks.limits(trunk).post_dial_delay_s
    call = replace(call, dialed_at=at, dial_timeout_s=timeout_s)
    floor.calls[call.id] = call
    floor.timers.set("call", call.id, call.overdue_at)
    floor.record(facts.dialed(call, floor.node))
    floor.emit(do.Dial(call.id, trunk))


def on_call(floor: Floor, event: ev.CallEvent) -> None:
    """Take a fact about a call and do what it calls for."""
    before = floor.calls.get(event.call_id)
    if before is None:
        _late(floor, event)
        return
    after = ca.apply(before, event)
    if after is before:
        return
    floor.calls[after.id] = after
    _note(floor, before, after)
    if after.ended:
        _finish(floor, after)
        return
    floor.timers.set("call", after.id, after.overdue_at)
    if after.talk_from is not None and before.talk_from is None:
        _connected(floor, after)
    elif isinstance(event, ev.CallHeld) and after.held_at != before.held_at:
        _wait(floor, before, after)
    elif after.abandoned_at is not None:
        floor.waiting.pop(after.id, None)


def _late(floor: Floor, event: ev.CallEvent) -> None:
    """The dialplan's word about a closed attempt still counts."""
    if isinstance(event, ev.CallAbandoned):
        floor.record(facts.abandoned(event.call_id, event.at, gave_up=event.gave_up))
    elif isinstance(event, ev.CallOptedOut):
        floor.record(facts.opted_out(event.call_id, event.at))


def _note(floor: Floor, before: Call, after: Call) -> None:
    """Record what became known, and let pacing learn it once."""
    floor.needs_pacing = True
    if after.rang_at is not None and before.rang_at is None:
        floor.record(facts.rang(after))
    if after.answered_at is not None and before.answered_at is None:
        floor.record(facts.answered(after))
        if not after.amd:
            floor.answered += 1
            _learn_ring(floor, after, after.answered_at, Result.ANSWERED)
    if after.amd and after.machine is not None and before.machine is None:
        if after.machine:
            floor.record(facts.machine(after))
        else:
            floor.answered += 1
        _learn_ring(
            floor, after, after.answered_at or floor.now, Result.MACHINE if after.machine else Result.ANSWERED
        )
    if after.abandoned_at is not None and before.abandoned_at is None:
        _abandon(floor, after, after.abandoned_at)
    if after.opted_out and not before.opted_out:
        floor.record(facts.opted_out(after.id, floor.now))


def _learn_ring(floor: Floor, call: Call, at: float, result: Result) -> None:
    age_s = max(0.0, at - (call.dialed_at or call.claimed_at))
    floor.engine.learn(RingEnded(at, age_s, result))


def _abandon(floor: Floor, call: Call, at: float) -> None:
    floor.abandoned += 1
    floor.engine.learn(Abandoned(at))
    floor.record(facts.abandoned(call.id, at, gave_up=call.gave_up))


def _wait(floor: Floor, before: Call, call: Call) -> None:
    """The customer is in a hold: look for an agent at once."""
    if before.agent_id is not None:
        call = replace(call, agent_id=None, offers=0)
        floor.calls[call.id] = call
        _part(floor, before, call.held_at or floor.now)
    floor.waiting[call.id] = call.held_at or floor.now
    offer(floor)


def offer(floor: Floor) -> None:
    """Offer free agents to waiting callers, longest-waiting caller first, while the dialplan leaves time."""
    if floor.synced_at is None:
        return
    for call_id, held_at in list(floor.waiting.items()):
        call = floor.calls[call_id]
        hold_s = floor.settings.rescue_s if call.rescue else floor.settings.hold_s
        if floor.now > held_at + hold_s - OFFER_MARGIN_S or call.offers >= MAX_OFFERS:
            continue
        agent = _agent_for(floor, call)
        if agent is None or agent.seat_id is None:
            return
        del floor.waiting[call_id]
        floor.calls[call_id] = replace(call, agent_id=agent.id, offers=call.offers + 1)
        floor.put_agent(ag.connect(agent, call_id, floor.now))
        floor.emit(do.Bridge(call_id, agent.seat_id))


def _agent_for(floor: Floor, call: Call) -> ag.Agent | None:
    if call.owner is not None:
        owner = floor.roster.get(call.owner)
        if owner is not None and owner.free:
            return owner
    return floor.roster.longest_ready()


def _connected(floor: Floor, call: Call) -> None:
    floor.waiting.pop(call.id, None)
    floor.record(facts.bridged(call))
    agent = floor.roster.get(call.agent_id) if call.agent_id else None
    if agent is not None and agent.call_id == call.id:
        floor.wrapping.pop(agent.last_call_id or "", None)
        floor.put_agent(ag.talk(agent, call.talk_from or floor.now))


def on_bridge_refused(floor: Floor, event: ev.BridgeRefused) -> None:
    """The bridge did not come about: free the agent or mark the phone gone, and offer the next at once."""
    call = floor.calls.get(event.call_id)
    agent = floor.roster.at_seat(event.seat_id)
    if call is not None and call.talk_from is not None:
        return
    if event.missing is ev.Missing.UNKNOWN:
        floor.emit(do.AuditChannels("a bridge was not answered"))
        return
    if agent is not None and agent.call_id == event.call_id:
        if event.missing is ev.Missing.SEAT:
            floor.put_agent(ag.lose_seat(agent, event.at, "the phone was gone when a caller was offered"))
            floor.emit(do.RenewSeat(agent.id))
        else:
            floor.put_agent(ag.unlock(agent, event.at))
    if call is None:
        offer(floor)
        return
    call = replace(call, agent_id=None)
    floor.calls[call.id] = call
    if event.missing is ev.Missing.SEAT and call.held_at is not None and call.abandoned_at is None:
        waiting = {call.id: call.held_at, **floor.waiting}
        floor.waiting = waiting
    offer(floor)


def on_overdue(floor: Floor, call_id: str) -> None:
    """A call has been silent for too long: close it if it never had a channel, else ask the switch."""
    call = floor.calls.get(call_id)
    if call is None:
        return
    if call.failed_at is not None:
        on_call(floor, ev.CallLost(floor.now, call_id))
        return
    floor.timers.set("call", call_id, floor.now + OVERDUE_RETRY_S)
    floor.emit(do.AuditChannels(f"a call has been {call.phase.value} for too long"))


def _part(floor: Floor, call: Call, at: float) -> None:
    """Free the agent who was locked for this call, if it still is."""
    agent = floor.roster.get(call.agent_id) if call.agent_id else None
    if agent is None or agent.call_id != call.id:
        return
    if agent.state is ag.State.TALKING:
        wrapup.end_conversation(floor, agent, call, at)
    else:
        floor.put_agent(ag.unlock(agent, at))
    offer(floor)


def _finish(floor: Floor, call: Call) -> None:
    """Close the attempt: trunk, agent, pacing, books."""
    at = call.hung_up_at or floor.now
    outcome = call.outcome
    floor.timers.clear("call", call.id)
    floor.waiting.pop(call.id, None)
    del floor.calls[call.id]
    floor.outcomes[outcome.value] += 1
    if call.trunk is not None:
        floor.trunks.give_back(call.trunk, call.id, at, refused=outcome in TRUNK_FAULTS)
    if outcome in ABANDONS and call.abandoned_at is None:
        _abandon(floor, replace(call, gave_up=outcome is Outcome.GAVE_UP), at)
    if call.answered_at is None and call.dialed_at is not None and call.refused is None:
        _learn_ring(floor, call, at, result_of(outcome))
    _part(floor, call, at)
    floor.record(facts.ended(call, outcome, _follow_up(floor, call, outcome, at), _agent_of(floor, call)))
    floor.needs_pacing = True


def _agent_of(floor: Floor, call: Call) -> str | None:
    if call.id in floor.wrapping:
        return floor.wrapping[call.id][0]
    return call.agent_id if call.bridged_at is not None else None


def _follow_up(floor: Floor, call: Call, outcome: Outcome, at: float) -> FollowUp:
    """A conversation's lead waits for the disposition; every other lead is decided by its outcome."""
    rules = floor.settings.rules
    if (given := floor.given.pop(call.id, None)) is not None:
        return given
    if outcome is not Outcome.CONNECTED:
        return rules.after_outcome(outcome, call.attempts, at)
    wrapping = floor.wrapping.get(call.id)
    agent = None if wrapping is None else floor.roster.get(wrapping[0])
    if agent is not None and agent.state is ag.State.WRAPUP and agent.last_call_id == call.id:
        return FollowUp("wrap_up")
    return rules.after_disposition(None, call.attempts, at, None, None)
