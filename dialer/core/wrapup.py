"""After-call work: from the end of a conversation to the word about it, and what the agent does then."""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import commands as do
from dialer.core import facts
from dialer.core.agent import Agent, State
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.core.outcomes import Outcome
from dialer.core.settings import FollowUp
from pacing import TalkEnded, WrapEnded

MAX_REDIALS = 1
"""How often a dropped phone is rung again by itself before the agent has to say ready or log in."""


def end_conversation(floor: Floor, agent: Agent, call: Call, at: float) -> Agent:
    """The agent's side of a conversation is over: the agent in wrap-up, for the caller to settle or to put."""
    floor.learn(TalkEnded(at, agent.key, max(0.0, at - agent.since)))
    if agent.disposed:
        floor.learn(WrapEnded(at, agent.key, 0.0))
    else:
        floor.wrapping[call.id] = (agent.id, call)
    return ag.end_talk(agent, at)


def begin(floor: Floor, agent: Agent, at: float) -> None:
    """Start wrap-up, or go straight on where the disposition was given during the conversation."""
    if agent.disposed:
        settle(floor, agent, at)
    else:
        floor.put_agent(agent)


def end(
    floor: Floor,
    agent: Agent,
    at: float,
    code: str | None,
    callback_at: float | None = None,
    callback_for: str | None = None,
    amount_cents: int | None = None,
) -> None:
    """Wrap-up is over, by a disposition or by its limit."""
    floor.learn(WrapEnded(at, agent.key, max(0.0, at - agent.last_end)))
    close(floor, agent, at, code, callback_at, callback_for, amount_cents)
    settle(floor, agent, at)


def settle(floor: Floor, agent: Agent, at: float, *, skip_interval: bool = False) -> None:
    """The agent has nothing in hand: out, away, in the own interval, or ready."""
    if agent.leaving:
        leave(floor, agent, at)
    else:
        floor.put_agent(ag.become_available(agent, at, skip_interval=skip_interval))


def give_back(floor: Floor, agent: Agent, at: float) -> None:
    """The offer came to nothing: ready again with the same place in the row, unless leaving or pausing."""
    if agent.by_hand:
        settle(floor, replace(agent, call_id=None, by_hand=False), at)
    elif agent.leaving:
        leave(floor, agent, at)
    else:
        floor.put_agent(ag.unlock(agent, at))


def leave(floor: Floor, agent: Agent, at: float) -> None:
    """Give the seat up."""
    close(floor, agent, at, code=None)
    if agent.seat_id is not None:
        floor.emit(do.HangUp(agent.seat_id))
    floor.put_agent(ag.log_out(agent, at))


def close(
    floor: Floor,
    agent: Agent,
    at: float,
    code: str | None,
    callback_at: float | None = None,
    callback_for: str | None = None,
    amount_cents: int | None = None,
) -> None:
    """Decide the lead of the agent's last conversation by what they said of it, or by nothing said."""
    call_id = agent.last_call_id
    if call_id is None or not floor.owes_word(agent):
        return
    _, call = floor.wrapping.pop(call_id)
    floor.timers.clear("wrap_up", agent.id)
    rules = floor.settings.rules
    alive = call_id in floor.calls
    if code is None and alive:
        return  # with another agent by now, or about to be: whoever talks last decides
    given = None if alive else floor.given.pop(call_id, None)
    if code is None and call.said:
        _settle_lead(floor, agent, call, given, at)
        return
    if code is None and call.outcome is not Outcome.CONNECTED:
        follow = rules.after_outcome(
            call.outcome,
            call.attempts,
            at,
            other_numbers=call.other_numbers,
            past=call.past,
            known=call.known,
        )
    else:
        follow = _by_word(floor, call, code, at, callback_at, callback_for)
    if alive and code is not None:
        floor.given[call_id] = follow
        floor.calls[call_id] = replace(floor.calls[call_id], said=code)
    floor.lead_returns(follow)
    floor.record(facts.disposition(call_id, agent.id, at, code, follow, amount_cents))


def _by_word(
    floor: Floor,
    call: Call,
    code: str | None,
    at: float,
    callback_at: float | None = None,
    callback_for: str | None = None,
) -> FollowUp:
    return floor.settings.rules.after_disposition(
        code,
        call.attempts,
        at,
        callback_at,
        callback_for,
        other_numbers=call.other_numbers,
        past=call.past,
        known=call.known,
    )


def _settle_lead(floor: Floor, agent: Agent, call: Call, given: FollowUp | None, at: float) -> None:
    """The last agent said nothing: what one before said stands. Of an earlier life its code alone is known."""
    follow = given or _by_word(floor, call, call.said, at)
    floor.lead_returns(follow)
    floor.record(facts.lead_settled(call.id, agent.id, at, follow))


def drop(floor: Floor, agent: Agent, at: float, why: str) -> None:
    """The phone is gone: the agent is away and told why; it is rung once more unless they were leaving.

    What came of an interrupted conversation may still be said until wrap-up's own limit.
    """
    was_on_floor = agent.state not in (State.RINGING, State.OUT)
    call = floor.calls.get(agent.call_id) if agent.call_id else None
    if agent.state is State.TALKING and call is not None:
        agent = end_conversation(floor, agent, call, at)
    elif agent.state is State.CONNECTING and call is not None and call.agent_id == agent.id:
        floor.wait_again(call)
    gone = ag.lose_seat(agent, at, why)
    if gone.state is State.OUT:
        close(floor, gone, at, code=None)
    redials = gone.state is State.AWAY and was_on_floor and agent.redials < MAX_REDIALS
    floor.put_agent(replace(gone, redials=agent.redials + 1) if redials else gone)
    if redials:
        floor.emit(do.RenewSeat(gone.id))
