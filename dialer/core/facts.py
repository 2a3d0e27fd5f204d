"""What the journal is told: one dict a fact, ids and instants only; the books are its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dialer.core.agent import Agent
from dialer.core.call import Call
from dialer.core.outcomes import Outcome
from dialer.core.settings import FollowUp

if TYPE_CHECKING:
    from dialer.core.events import NewCall
    from dialer.core.party import Party

Fact = dict[str, Any]

NONE_GIVEN = "none"
"""The disposition of a conversation about which the agent said nothing."""


def dialed(call: Call, node: str) -> Fact:
    """The call left for the switch."""
    return {
        "fact": "attempt_dialed",
        "attempt": call.id,
        "at": call.dialed_at,
        "node": node,
        "trunk": call.trunk,
        "caller_id": call.caller_id,
        "agent": call.reserved,
    }


def rerouted(call: Call, refused: str, cause: int | None, tech_cause: int | None) -> Fact:
    """A trunk refused the call, and it left over another."""
    return {
        "fact": "attempt_rerouted",
        "attempt": call.id,
        "at": call.dialed_at,
        "trunk": call.trunk,
        "refused": refused,
        "cause": cause,
        "tech_cause": tech_cause,
    }


def rang(call: Call) -> Fact:
    """The far end rings."""
    return {"fact": "attempt_rang", "attempt": call.id, "at": call.rang_at}


def answered(call: Call) -> Fact:
    """Somebody or something picked up."""
    return {"fact": "attempt_answered", "attempt": call.id, "at": call.answered_at}


def machine(call: Call) -> Fact:
    """An answering machine, by detection."""
    return {
        "fact": "attempt_machine",
        "attempt": call.id,
        "at": call.answered_at,
        "cause": call.machine_cause,
    }


def verdict(call: Call) -> Fact:
    """What the detection said, machine or not, and the file of what it heard where that is recorded."""
    return {
        "fact": "attempt_verdict",
        "attempt": call.id,
        "at": call.heard_at,
        "status": call.verdict,
        "cause": call.machine_cause,
        "clip": call.clip,
    }


def greeting(call: Call) -> Fact:
    """The person's greeting is over: ledgers that count from there begin here."""
    return {"fact": "attempt_greeting", "attempt": call.id, "at": call.greeting_end_at}


def bridged(call: Call) -> Fact:
    """Customer and agent are together."""
    return {"fact": "attempt_bridged", "attempt": call.id, "at": call.talk_from, "agent": call.agent_id}


def abandoned(attempt: str, at: float, *, gave_up: bool) -> Fact:
    """A person found nobody in time, or gave up waiting."""
    return {"fact": "attempt_abandoned", "attempt": attempt, "at": at, "gave_up": gave_up}


def opted_out(attempt: str, at: float) -> Fact:
    """The person asked not to be called again."""
    return {"fact": "attempt_opted_out", "attempt": attempt, "at": at}


def ended(call: Call, outcome: Outcome, follow_up: FollowUp, agent_id: str | None) -> Fact:
    """The attempt is closed, and what becomes of its lead."""
    waited_until = call.bridged_at or call.hung_up_at
    wait_s = None
    if call.answered_at is not None and waited_until is not None:
        wait_s = max(0.0, waited_until - call.answered_at)
    return {
        "fact": "attempt_ended",
        "attempt": call.id,
        "at": call.hung_up_at,
        "outcome": outcome.value,
        "cause": call.cause,
        "tech_cause": call.tech_cause,
        "talk_s": call.talk_s,
        "parked_s": call.parked_s,
        "wait_s": wait_s,
        "agent": agent_id,
        "undialed": call.refused is not None and call.dialed_at is not None,
        "callback_owner": follow_up.for_agent,
        **_lead(follow_up),
    }


def parked(name: str, call: Call, at: float) -> Fact:
    """The person was put on hold, or taken off it."""
    return {"fact": name, "attempt": call.id, "at": at, "agent": call.agent_id}


def passed(call: Call, to_agent: str | None, at: float) -> Fact:
    """The agent is out of the conversation: another has it, or (None) the person goes on with a third party."""
    return {
        "fact": "attempt_passed",
        "attempt": call.id,
        "at": at,
        "agent": to_agent,
        "from_agent": call.agent_id,
        "talk_s": call.talk_s + (0.0 if call.talk_from is None else max(0.0, at - call.talk_from)),
        "party": call.party_id,
    }


def party(name: str, one: Party, at: float, why: str = "") -> Fact:
    """A third was called into a conversation, joined, or is gone."""
    return {
        "fact": name,
        "attempt": one.call_id,
        "party": one.id,
        "at": at,
        "purpose": one.purpose.value,
        "to_agent": one.to_agent,
        "trunk": one.trunk,
        "why": why,
    }


def shown(name: str, new: NewCall, agent_id: str, at: float, reason: str = "") -> Fact:
    """A lead was shown to an agent, or passed over by one."""
    return {"fact": name, "attempt": new.call_id, "at": at, "agent": agent_id, "reason": reason}


def recording(name: str, call: Call, at: float) -> Fact:
    """A recording began, paused, went on or ended."""
    return {"fact": name, "attempt": call.id, "at": at, "file": call.tape, "agent": call.agent_id}


def disposition(
    attempt: str,
    agent_id: str,
    at: float,
    code: str | None,
    follow_up: FollowUp,
    amount_cents: int | None = None,
) -> Fact:
    """What the agent says came of it, and what it was worth; code None when wrap-up ran out without a word."""
    fact: Fact = {
        "fact": "disposition",
        "attempt": attempt,
        "agent": agent_id,
        "at": at,
        "code": code or NONE_GIVEN,
        "list": follow_up.dnc_list,
        "callback_owner": follow_up.for_agent,
        **_lead(follow_up),
    }
    if amount_cents is not None:
        fact["amount_cents"] = amount_cents
    return fact


def lead_settled(attempt: str, agent_id: str, at: float, follow_up: FollowUp) -> Fact:
    """What becomes of a lead by the word of an agent who gave the person away: the last one said nothing."""
    return {
        "fact": "lead_settled",
        "attempt": attempt,
        "agent": agent_id,
        "at": at,
        "callback_owner": follow_up.for_agent,
        **_lead(follow_up),
    }


def agent_state(agent: Agent, campaign_id: str) -> Fact:
    """An agent's durable state, from which a restarted daemon goes on."""
    return {
        "fact": "agent_state",
        "agent": agent.id,
        "at": agent.since,
        "state": agent.state.value,
        "reason": agent.reason,
        "campaign": campaign_id,
        "seat": agent.seat_id,
        "last_end": None if agent.last_end == float("-inf") else agent.last_end,
        "attempt": agent.call_id,
    }


def agent_interval(agent: Agent, at: float) -> Fact:
    """The agent's own call interval changed."""
    return {"fact": "agent_interval", "agent": agent.id, "at": at, "interval_s": agent.interval_s}


def campaign_state(campaign_id: str, state: str, at: float) -> Fact:
    """The operator started, paused, drained or stopped the campaign."""
    return {"fact": "campaign_state", "campaign": campaign_id, "at": at, "state": state}


def control_block(campaign_id: str, began_at: float, one_line: bool) -> Fact:
    """A block of ten minutes began: whether it dials one line per agent, to have a comparison."""
    return {"fact": "control_block", "campaign": campaign_id, "at": began_at, "one_line": one_line}


def _lead(follow_up: FollowUp) -> Fact:
    fact: Fact = {
        "lead_state": follow_up.lead_state or None,
        "next_at": follow_up.next_at,
        "reason": follow_up.reason,
    }
    if follow_up.callback_at is not None:
        fact["callback_at"] = follow_up.callback_at
    if follow_up.rest_number_until is not None:
        fact["rest_number_until"] = follow_up.rest_number_until
    if follow_up.close_number:
        fact["close_number"] = follow_up.close_number
    return fact
