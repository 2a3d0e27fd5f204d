"""After-call work: from the end of a conversation to the word about it, and the timers of both clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.core import agent as ag
from dialer.core import facts
from dialer.core.agent import Agent, State
from dialer.core.call import Call
from pacing import TalkEnded

if TYPE_CHECKING:
    from dialer.core.floor import Floor


def end_conversation(floor: Floor, agent: ag.Agent, call: Call, at: float) -> None:
    """The agent's side of a conversation is over: wrap-up begins."""
    floor.engine.learn(TalkEnded(at, agent.key, max(0.0, at - agent.since)))
    floor.wrapping[call.id] = (agent.id, call)
    after = ag.end_talk(agent, at)
    floor.put_agent(after)
    arm(floor, after)


def close(
    floor: Floor,
    agent: Agent,
    at: float,
    code: str | None,
    callback_at: float | None = None,
    callback_for: str | None = None,
) -> None:
    """Decide the lead of the agent's last conversation by what they said of it, or by nothing said."""
    call_id = agent.last_call_id
    if call_id is None or call_id not in floor.wrapping:
        return
    _, call = floor.wrapping.pop(call_id)
    follow = floor.settings.rules.after_disposition(code, call.attempts, at, callback_at, callback_for)
    floor.record(facts.disposition(call_id, agent.id, at, code, follow))


def arm(floor: Floor, agent: Agent) -> None:
    """Wake when this agent's wrap-up or interval runs out."""
    disarm(floor, agent)
    if agent.state is State.WRAPUP:
        floor.timers.set("wrap_up", agent.id, agent.wrap_up_ends_at(floor.settings.wrap_up_max_s))
    elif agent.state is State.INTERVAL:
        floor.timers.set("interval", agent.id, agent.interval_ends_at)


def disarm(floor: Floor, agent: Agent) -> None:
    """This agent waits for nothing any more."""
    floor.timers.clear("wrap_up", agent.id)
    floor.timers.clear("interval", agent.id)
