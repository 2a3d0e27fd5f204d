"""The rules of seats and agents on a floor: log-in, ready, pause, wrap-up, interval, a phone that drops."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dialer.core import agent as ag
from dialer.core import calls, facts, wrapup
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.agent import Agent, SeatState, State
from pacing import WrapEnded

if TYPE_CHECKING:
    from dialer.core.floor import Floor

MAX_REDIALS = 1
"""How often a dropped phone is rung again by itself before the agent has to log in anew."""


def on_held(floor: Floor, event: ev.SeatHeld) -> None:
    """The leg is in its hold: log-in is complete, or the customer has left the agent."""
    agent = floor.roster.at_seat(event.seat_id)
    if agent is None or agent.seat is SeatState.HELD:
        return
    held = replace(agent, seat=SeatState.HELD)
    if agent.state is State.RINGING or (agent.state is State.AWAY and agent.wants_ready):
        reason = "logged in" if agent.state is State.RINGING else agent.reason
        held = ag.become_available(replace(held, reason=reason), event.at)
        wrapup.arm(floor, held)
    floor.put_agent(held)
    if held.free:
        calls.offer(floor)


def on_bridged(floor: Floor, event: ev.SeatBridged) -> None:
    """The leg left its hold: nobody else may be bridged to it."""
    agent = floor.roster.at_seat(event.seat_id)
    if agent is not None and agent.seat is SeatState.HELD:
        floor.put_agent(replace(agent, seat=SeatState.BUSY))


def on_lost(floor: Floor, event: ev.SeatLost) -> None:
    """The phone dropped: the agent is away and told why; the phone is rung once more unless they left."""
    agent = floor.roster.at_seat(event.seat_id)
    if agent is None:
        return
    was_on_floor = agent.state not in (State.RINGING, State.OUT)
    call = floor.calls.get(agent.call_id) if agent.call_id else None
    if call is not None and agent.state is State.TALKING:
        wrapup.end_conversation(floor, agent, call, event.at)
        agent = floor.roster.get(agent.id) or agent
    elif agent.state is State.WRAPUP:
        wrapup.close(floor, agent, event.at, code=None)
    elif call is not None:
        floor.calls[call.id] = replace(call, agent_id=None)
        floor.waiting = {call.id: call.held_at or event.at, **floor.waiting}
    wrapup.disarm(floor, agent)
    gone = ag.lose_seat(agent, event.at, event.why)
    if gone.state is State.AWAY and was_on_floor and agent.redials < MAX_REDIALS:
        gone = replace(gone, redials=agent.redials + 1)
        floor.emit(do.RenewSeat(gone.id))
    floor.put_agent(gone)
    calls.offer(floor)


def on_renewed(floor: Floor, event: ev.SeatRenewed) -> None:
    """Ring the dropped phone once more; the agent stays away unless they said ready meanwhile."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or agent.seat is not SeatState.NONE or agent.state is not State.AWAY:
        return
    ringing = replace(agent, seat=SeatState.RINGING, seat_id=event.seat_id)
    floor.put_agent(ringing)
    floor.emit(do.RingSeat(agent.id, event.seat_id))


def on_logged_in(floor: Floor, event: ev.AgentLoggedIn) -> None:
    """Ring the agent's phone; a second log-in of a seated agent changes nothing but the interval."""
    agent = floor.roster.get(event.agent_id)
    if agent is None:
        agent = Agent(event.agent_id, floor.next_key(), event.interval_s)
    if agent.seat is not SeatState.NONE:
        return
    agent = replace(
        ag.enter(agent, State.RINGING, event.at),
        seat=SeatState.RINGING,
        seat_id=event.seat_id,
        interval_s=event.interval_s,
        wants_ready=event.ready,
        pausing=None,
        leaving=False,
        redials=0,
    )
    floor.put_agent(agent)
    floor.emit(do.RingSeat(agent.id, event.seat_id))


def on_logged_out(floor: Floor, event: ev.AgentLoggedOut) -> None:
    """Give the seat up now, or after the conversation."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or agent.state is State.OUT:
        return
    if agent.state in (State.CONNECTING, State.TALKING):
        floor.put_agent(replace(agent, leaving=True, pausing="logging out"))
        return
    if agent.state is State.WRAPUP:
        _end_wrap_up(floor, agent, event.at, code=None)
    _leave(floor, floor.roster.get(agent.id) or agent, event.at)


def _leave(floor: Floor, agent: Agent, at: float) -> None:
    wrapup.disarm(floor, agent)
    if agent.seat_id is not None:
        floor.emit(do.HangUp(agent.seat_id))
    out = replace(ag.enter(agent, State.OUT, at, "logged out"), seat=SeatState.NONE, seat_id=None)
    floor.put_agent(replace(out, wants_ready=False, leaving=False, pausing=None))


def on_went_ready(floor: Floor, event: ev.AgentWentReady) -> None:
    """Take calls from now on; in an interval, `skip_interval` ends it."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or agent.state is State.OUT:
        return
    agent = replace(agent, wants_ready=True, pausing=None, leaving=False)
    skips = event.skip_interval and agent.state is State.INTERVAL
    if (agent.state is State.AWAY and agent.seat is SeatState.HELD) or skips:
        agent = ag.become_available(agent, event.at, skip_interval=event.skip_interval)
        wrapup.arm(floor, agent)
    elif agent.state is State.AWAY and agent.seat is SeatState.NONE:
        agent = replace(agent, redials=0)
        floor.emit(do.RenewSeat(agent.id))
    floor.put_agent(agent)
    if agent.free:
        calls.offer(floor)


def on_paused(floor: Floor, event: ev.AgentPaused) -> None:
    """No further call: at once where none is on, else after it and its wrap-up."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or agent.state in (State.OUT, State.AWAY):
        return
    if agent.state in (State.READY, State.INTERVAL):
        wrapup.disarm(floor, agent)
        away = ag.enter(agent, State.AWAY, event.at, event.reason)
        floor.put_agent(replace(away, wants_ready=False))
    elif agent.state is State.RINGING:
        floor.put_agent(replace(agent, wants_ready=False))
    else:
        floor.put_agent(replace(agent, pausing=event.reason))


def on_interval(floor: Floor, event: ev.IntervalChosen) -> None:
    """The own call interval, within the campaign's bounds; a running one moves with it."""
    agent = floor.roster.get(event.agent_id)
    if agent is None:
        return
    bounds = floor.settings
    chosen = min(max(event.interval_s, bounds.interval_min_s), bounds.interval_max_s)
    agent = replace(agent, interval_s=chosen)
    if (agent.state is State.READY and agent.interval_ends_at > event.at) or (
        agent.state is State.INTERVAL and agent.interval_ends_at <= event.at
    ):
        agent = ag.become_available(agent, event.at)
    floor.put_agent(agent)
    floor.record(facts.agent_interval(agent, event.at))
    wrapup.arm(floor, agent)
    if agent.free:
        calls.offer(floor)


def on_disposition(floor: Floor, event: ev.DispositionGiven) -> None:
    """What came of the conversation: during it, in wrap-up, or late for the agent's last call."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or not floor.settings.rules.knows(event.code):
        return
    mine = agent.id if event.callback_mine else None
    if agent.state is State.TALKING and agent.call_id is not None:
        call = floor.calls[agent.call_id]
        rules = floor.settings.rules
        follow = rules.after_disposition(event.code, call.attempts, event.at, event.callback_at, mine)
        floor.given[call.id] = follow
        floor.record(facts.disposition(call.id, agent.id, event.at, event.code, follow))
        floor.put_agent(replace(agent, disposed=True))
    elif agent.state is State.WRAPUP:
        _end_wrap_up(floor, agent, event.at, event.code, event.callback_at, mine)
    elif agent.state is State.AWAY:  # the phone dropped in the conversation: the word about it still counts
        wrapup.close(floor, agent, event.at, event.code, event.callback_at, mine)


def on_timer(floor: Floor, kind: str, agent_id: str) -> None:
    """Wrap-up or interval has run out."""
    agent = floor.roster.get(agent_id)
    if agent is None:
        return
    if kind == "wrap_up" and agent.state is State.WRAPUP:
        _end_wrap_up(floor, agent, floor.now, code=None)
    elif kind == "interval" and agent.state is State.INTERVAL:
        after = ag.become_available(agent, floor.now)
        floor.put_agent(after)
        wrapup.arm(floor, after)
        calls.offer(floor)


def _end_wrap_up(
    floor: Floor,
    agent: Agent,
    at: float,
    code: str | None,
    callback_at: float | None = None,
    callback_for: str | None = None,
) -> None:
    floor.engine.learn(WrapEnded(at, agent.key, max(0.0, at - agent.last_end)))
    wrapup.close(floor, agent, at, code, callback_at, callback_for)
    if agent.leaving:
        _leave(floor, agent, at)
        return
    after = ag.become_available(agent, at)
    floor.put_agent(after)
    wrapup.arm(floor, after)
    calls.offer(floor)
