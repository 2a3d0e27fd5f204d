"""Calls that an agent asks for: the agent is kept free of others, and the call is that agent's alone."""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import calls, exchange, wrapup
from dialer.core import commands as do
from dialer.core import wishes as wi
from dialer.core.agent import Agent, SeatState, State
from dialer.core.call import release
from dialer.core.floor import Floor

IDLE = (State.READY, State.AWAY, State.INTERVAL)
"""States out of which an agent may dial by hand."""


def may(agent: Agent | None) -> bool:
    """Whether this agent may dial by hand now."""
    return (
        agent is not None and agent.state in IDLE and agent.seat is SeatState.HELD and agent.call_id is None
    )


def on_reserve(floor: Floor, event: wi.ReserveAsked) -> None:
    """Nobody is offered to this agent from now on."""
    agent = floor.roster.get(event.agent_id)
    if agent is not None and may(agent):
        floor.put_agent(replace(ag.enter(agent, State.DIALING, event.at, agent.reason), by_hand=True))


def on_lifted(floor: Floor, event: wi.ReserveLifted) -> None:
    """No call came of it: back to where the agent was."""
    agent = floor.roster.get(event.agent_id)
    if agent is not None and agent.state is State.DIALING and agent.call_id is None:
        wrapup.give_back(floor, agent, event.at)


def on_dial(floor: Floor, event: wi.DialAsked) -> None:
    """Dial the lead for the agent; one who is gone meanwhile leaves a call that is refused, and a lead as it was."""
    agent = floor.roster.get(event.agent_id)
    if event.call.call_id in floor.calls:
        return
    if agent is None or agent.state is not State.DIALING or agent.call_id is not None:
        calls.refuse(floor, event.call, event.at, "the agent is not there any more")
        return
    calls.dial(floor, event.call, event.at, reserved=agent.id)


def cancel(floor: Floor, agent: Agent) -> None:
    """The agent wants it no more, or the phone is gone: what rings is ended; who answered may talk to anybody."""
    call = floor.calls.get(agent.call_id or "")
    if call is None or call.reserved != agent.id or call.talk_from is not None:
        return
    if call.answered_at is None:
        floor.calls[call.id] = release(call)
        floor.emit(do.HangUp(call.id, exchange.RELEASE_CAUSE))
    else:
        floor.calls[call.id] = replace(call, reserved=None)
