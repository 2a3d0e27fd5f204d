"""The rules of calls on a floor: dialing what was claimed, taking facts, closing attempts."""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import exchange, facts, failover, lanes, legs, parties, skills, tapes, wrapup
from dialer.core.agent import State
from dialer.core.call import Call, unlock
from dialer.core.call_rules import apply
from dialer.core.floor import Floor
from dialer.core.outcomes import ABANDONS, Outcome, result_of, verdict_on_trunk
from dialer.core.settings import CLAIM_REST_S, UNCHANGED, FollowUp
from pacing import Abandoned, Result, RingEnded

OVERDUE_RETRY_S = 15.0
"""How soon an overdue call is asked about again."""


def on_claimed(floor: Floor, event: ev.LeadsClaimed) -> None:
    """Dial what the memory handed out, over the first trunk with room."""
    floor.claiming = max(0, floor.claiming - event.asked)
    if event.lane is None:
        floor.claim_why = event.why
        if event.exhausted or event.why:
            floor.claim_after = event.at + CLAIM_REST_S
            _rest(floor, event)
    else:
        lanes.on_claimed(floor, event)
    for new in event.calls:
        if new.call_id not in floor.calls:
            dial(floor, new, event.at)
    floor.needs_pacing = True


def _rest(floor: Floor, event: ev.LeadsClaimed) -> None:
    """Leave an empty list alone until a lead falls due, by the memory or by what the memory has not heard yet."""
    if event.resume_at is not None and not floor.leads_changed:
        floor.empty_until = min(event.resume_at, floor.soonest_due, event.at + exchange.EMPTY_REST_S)
    floor.leads_changed = floor.leads_changed and floor.claiming > 0
    if floor.soonest_due <= event.at:
        floor.soonest_due = float("inf")


def on_leads_changed(floor: Floor, _: ev.LeadsChanged) -> None:
    """Ask the memory again at once; a claim on its way may have looked too early to see the change."""
    floor.empty_until = 0.0
    floor.lanes.rest_no_longer()
    floor.leads_changed = floor.claiming > 0
    floor.needs_pacing = True


def dial(floor: Floor, new: ev.NewCall, at: float, reserved: str | None = None) -> None:
    """Place the call of a claimed lead over the first trunk with room; `reserved`: for this agent, by hand."""
    why = floor.blocker()
    amd = floor.settings.amd and reserved is None  # an agent is there to hear who answers
    trunk = None if why else floor.trunks.take(floor.settings.trunks, new.call_id, at)
    call = Call(
        id=new.call_id,
        key=floor.next_key(),
        lead_id=new.lead_id,
        claimed_at=at,
        attempts=new.attempts,
        owner=new.owner,
        p_answer=new.p_answer,
        other_numbers=new.other_numbers,
        past=new.past,
        known=new.known,
        caller_id=new.caller_id,
        skills=new.skills,
        amd=amd,
        clip=tapes.clip_name(new.call_id, at) if amd and tapes.sampled(new.call_id, floor.settings) else "",
        hold_s=floor.settings.hold_s,
        trunk=trunk,
        by_hand=reserved is not None,
        reserved=reserved,
    )
    floor.calls[call.id] = call
    agent = floor.roster.get(reserved) if reserved is not None else None
    if agent is not None:
        floor.put_agent(replace(agent, call_id=call.id))
    if trunk is None:
        on_call(floor, ev.DialRefused(at, call.id, why or "no trunk has room"))
        return
    owner_id = call.known.callback_owner
    if owner_id is not None and not call.by_hand:
        owner = floor.roster.get(owner_id)
        if owner is None or skills.serves(owner, call.skills):
            floor.promised[call.id] = owner_id
    timeout_s = floor.settings.ring_timeout_s + floor.trunks.limits(trunk).post_dial_delay_s
    call = replace(call, dialed_at=at, dial_timeout_s=timeout_s)
    floor.calls[call.id] = call
    floor.timers.set("call", call.id, call.overdue_at)
    floor.dialed += 1
    floor.record(facts.dialed(call, floor.node))
    floor.emit(do.Dial(call.id, trunk))


def refuse(floor: Floor, new: ev.NewCall, at: float, why: str) -> None:
    """Give a claimed lead back undialed."""
    floor.calls[new.call_id] = Call(
        id=new.call_id,
        key=floor.next_key(),
        lead_id=new.lead_id,
        claimed_at=at,
        attempts=new.attempts,
        past=new.past,
        known=new.known,
        by_hand=True,
    )
    on_call(floor, ev.DialRefused(at, new.call_id, why))


def on_arrived(floor: Floor, event: ev.CallArrived) -> None:
    """A lead rang us: they wait as one who answered does; with nobody at work they need not."""
    if event.call_id in floor.calls:
        return
    new = event.new
    call = Call(
        id=new.call_id,
        key=floor.next_key(),
        lead_id=new.lead_id,
        claimed_at=event.came_at,
        attempts=new.attempts,
        owner=new.owner,
        other_numbers=new.other_numbers,
        past=new.past,
        known=new.known,
        skills=new.skills,
        inbound=True,
        machine=False,
        hold_s=event.hold_s,
        answered_at=event.came_at,
        held_at=event.came_at,
        heard_at=event.at,
    )
    floor.calls[call.id] = call
    floor.timers.set("call", call.id, call.overdue_at)
    floor.needs_pacing = True
    if lanes.anybody_for(floor, call.skills):
        floor.waiting[call.id] = event.came_at
    else:
        floor.emit(do.EndWait(call.id))


def on_call(floor: Floor, event: ev.CallEvent) -> None:
    """Take a fact about a call and do what it calls for."""
    before = floor.calls.get(event.call_id)
    if before is None:
        _late(floor, event)
        return
    after = apply(before, event)
    if after is before:
        return
    floor.calls[after.id] = after
    _note(floor, before, after)
    legs.noted(floor, before, after)
    if after.ended:
        if not failover.begun(floor, after):
            _finish(floor, after)
        return
    if after.gone_at is not None and after.failed_at is not None:
        _settle(floor, after)
        return
    floor.timers.set("call", after.id, after.overdue_at)
    if after.talk_from is not None and before.talk_from is None:
        _connected(floor, after)
    elif isinstance(event, ev.CallHeld) and after.held_at != before.held_at:
        _wait(floor, before, after)
    elif isinstance(event, ev.CallAbandoned):
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
        if after.amd and doubted(after, floor.doubtful):
            floor.emit(do.DoubtMachine(after.id))
    if after.greeting_end_at is not None and before.greeting_end_at is None:
        floor.record(facts.greeting(after))
    if after.verdict and not before.verdict:
        floor.record(facts.verdict(after))
    _note_person(floor, before, after)
    if after.abandoned_at is not None and before.abandoned_at is None:
        _abandon(floor, after, after.abandoned_at)
    if after.opted_out and not before.opted_out:
        floor.record(facts.opted_out(after.id, floor.now))


def doubted(call: Call, spans: tuple[tuple[int, int], ...]) -> bool:
    """Whether it was answered after a length of ringing at which the detection takes too many people for machines."""
    if call.rang_at is None or call.answered_at is None:
        return False
    rang_s = call.answered_at - call.rang_at
    return any(begin <= rang_s < end for begin, end in spans)


def _note_person(floor: Floor, before: Call, after: Call) -> None:
    """A person answered, or a machine: known at answer without detection, at the verdict or the end with it."""
    if after.answered_at is None or _judged(before) or not _judged(after):
        return
    if after.machine:
        floor.record(facts.machine(after))
    elif not after.by_hand:
        floor.answered += 1
    _learn_ring(floor, after, after.answered_at, Result.MACHINE if after.machine else Result.ANSWERED)


def _judged(call: Call) -> bool:
    if call.answered_at is None:
        return False
    return not call.amd or call.machine is not None or call.abandoned_at is not None or call.ended


def _learn_ring(floor: Floor, call: Call, at: float, result: Result) -> None:
    if call.by_hand:
        return
    age_s = max(0.0, at - (call.dialed_at or call.claimed_at))
    floor.learn(RingEnded(at, age_s, result), call)


def _abandon(floor: Floor, call: Call, at: float) -> None:
    if call.inbound:
        return  # they rang us: no ledger of abandonment counts it, and pacing learns nothing
    if not call.by_hand:
        floor.abandoned += 1
        floor.learn(Abandoned(at), call)
    floor.record(facts.abandoned(call.id, at, gave_up=call.gave_up))


def _wait(floor: Floor, before: Call, call: Call) -> None:
    """The customer is in a hold and wants an agent; back from a conversation, the offers start anew."""
    if before.agent_id is not None:
        call = replace(unlock(call), offers=0, moving_to=None)
        floor.calls[call.id] = call
        parties.over(floor, before, call.held_at or floor.now)
        _part(floor, before, call.held_at or floor.now)
    if call.abandoned_at is None or call.rescue:
        floor.waiting[call.id] = call.held_at or floor.now


def _connected(floor: Floor, call: Call) -> None:
    floor.waiting.pop(call.id, None)
    agent = floor.roster.get(call.agent_id) if call.agent_id else None
    if agent is not None and agent.call_id == call.id:
        floor.calls[call.id] = call = replace(call, talked_with=agent.id)
        wrapup.close(floor, agent, floor.now, code=None)
        floor.lanes.met(call, agent)
        floor.put_agent(ag.talk(agent, call.talk_from or floor.now))
    floor.record(facts.bridged(call))
    if call.tape_on and call.tape:
        floor.record(facts.recording("recording_started", call, call.talk_from or floor.now))


def on_overdue(floor: Floor, call_id: str) -> None:
    """A call has been silent for too long: close it if it never had a channel, else ask the switch."""
    call = floor.calls.get(call_id)
    if call is None:
        return
    if call.gone_at is not None:
        _settle(floor, call)
        return
    if call.failed:
        on_call(floor, ev.CallLost(floor.now, call_id))
        return
    floor.timers.set("call", call_id, floor.now + OVERDUE_RETRY_S)
    floor.audit(f"a call has been {call.phase.value} for too long")


def _settle(floor: Floor, call: Call) -> None:
    over = failover.settled(floor, call)
    if over is not None:
        _finish(floor, over)


def _part(floor: Floor, call: Call, at: float) -> None:
    """Free the agent who was locked for this call, if it still is."""
    agent = floor.roster.get(call.agent_id or call.reserved or "")
    if agent is None or agent.call_id != call.id:
        return
    if agent.state is State.TALKING:
        wrapup.begin(floor, wrapup.end_conversation(floor, agent, call, at), at)
    else:
        wrapup.give_back(floor, agent, at)


def _finish(floor: Floor, call: Call) -> None:
    """Close the attempt: trunk, agent, pacing, books."""
    at = call.hung_up_at or floor.now
    outcome = call.outcome
    floor.timers.clear("call", call.id)
    floor.waiting.pop(call.id, None)
    floor.promised.pop(call.id, None)
    del floor.calls[call.id]
    floor.outcomes[outcome.value] += 1
    if call.trunk is not None:
        rang = call.rang_at is not None
        floor.trunks.give_back(call.trunk, call.id, at, verdict_on_trunk(outcome, rang=rang), rang=rang)
    if call.refused is not None and call.dialed_at is not None and not call.by_hand:
        floor.claim_after, floor.claim_why = at + CLAIM_REST_S, call.refused
    if outcome in ABANDONS and call.abandoned_at is None:
        _abandon(floor, replace(call, gave_up=outcome is Outcome.GAVE_UP), at)
    if call.answered_at is None and call.dialed_at is not None and call.refused is None:
        _learn_ring(floor, call, at, result_of(outcome))
    parties.over(floor, call, at)
    _part(floor, call, at)
    agent_id = call.talked_with or (call.agent_id if call.bridged_at is not None else None)
    follow = _follow_up(floor, call, outcome, at)
    floor.lead_returns(follow)
    floor.record(facts.ended(call, outcome, follow, agent_id))
    floor.needs_pacing = True


def _follow_up(floor: Floor, call: Call, outcome: Outcome, at: float) -> FollowUp:
    """A conversation's lead waits for the word about it; every other lead is decided by its outcome.

    Whoever rang us in vain is as they were before.
    """
    rules = floor.settings.rules
    owed = floor.wrapping.get(call.id)
    if owed is not None:
        floor.wrapping[call.id] = (owed[0], call)
        return FollowUp("wrap_up")
    given = floor.given.pop(call.id, None)
    if given is not None:
        return given
    if outcome is Outcome.MISSED:
        return UNCHANGED
    if outcome is Outcome.CONNECTED:
        return rules.after_disposition(None, call.attempts, at, None, None)
    return rules.after_outcome(
        outcome,
        call.attempts,
        at,
        other_numbers=call.other_numbers,
        past=call.past,
        known=call.known,
    )
