"""The rules of seats and agents on a floor: log-in, ready, pause, wrap-up, interval, a phone that drops."""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import facts, wrapup
from dialer.core.agent import Agent, SeatState, State
from dialer.core.floor import Floor

STILL_UNSETTLED_S = 15.0
"""How soon the switch is asked again about an agent in doubt."""


def on_held(floor: Floor, event: ev.SeatHeld) -> None:
    """The leg is in its hold: log-in is complete, or the customer has left the agent."""
    agent = floor.roster.at_seat(event.seat_id)
    if agent is None or agent.seat is SeatState.HELD:
        return
    held = ag.seated(agent, SeatState.HELD, event.at)
    if agent.state is State.RINGING:
        wrapup.settle(floor, replace(held, reason="logged in"), event.at)
    elif agent.state is State.AWAY and agent.wants_ready:
        wrapup.settle(floor, held, event.at)
    else:
        floor.put_agent(held)


def on_bridged(floor: Floor, event: ev.SeatBridged) -> None:
    """The leg left its hold: nobody else may be bridged to it."""
    agent = floor.roster.at_seat(event.seat_id)
    if agent is not None and agent.seat is SeatState.HELD:
        floor.put_agent(ag.seated(agent, SeatState.BUSY, event.at))


def on_lost(floor: Floor, event: ev.SeatLost) -> None:
    """The phone dropped, or was never answered."""
    agent = floor.roster.at_seat(event.seat_id)
    if agent is not None:
        wrapup.drop(floor, agent, event.at, event.why)


def on_renewed(floor: Floor, event: ev.SeatRenewed) -> None:
    """Ring the dropped phone once more; the agent stays away unless they said ready meanwhile."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or agent.seat is not SeatState.NONE or agent.state is not State.AWAY:
        return
    floor.put_agent(replace(ag.seated(agent, SeatState.RINGING, event.at), seat_id=event.seat_id))
    floor.emit(do.RingSeat(agent.id, event.seat_id))


def on_logged_in(floor: Floor, event: ev.AgentLoggedIn) -> None:
    """Ring the agent's phone; a second log-in of a seated agent only takes back a wish to leave."""
    agent = floor.roster.get(event.agent_id)
    if agent is None:
        agent = Agent(event.agent_id, floor.next_key(), floor.settings.bounded(event.interval_s))
    if agent.seat is not SeatState.NONE:
        if agent.leaving:
            floor.put_agent(replace(agent, leaving=False, pausing=None, wants_ready=event.ready))
        return
    agent = replace(
        ag.seated(ag.enter(agent, State.RINGING, event.at), SeatState.RINGING, event.at),
        seat_id=event.seat_id,
        interval_s=floor.settings.bounded(event.interval_s),
        skills=tuple(sorted(set(event.skills))),
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
    agent = replace(agent, leaving=True)
    if agent.state in (State.CONNECTING, State.TALKING, State.DIALING):
        floor.put_agent(agent)
    elif agent.state is State.WRAPUP:
        wrapup.end(floor, agent, event.at, code=None)
    else:
        wrapup.leave(floor, agent, event.at)


def on_went_ready(floor: Floor, event: ev.AgentWentReady) -> None:
    """Take calls from now on; in an interval, `skip_interval` ends it."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or agent.state is State.OUT:
        return
    agent = replace(agent, wants_ready=True, pausing=None, leaving=False)
    skips = event.skip_interval and agent.state is State.INTERVAL
    if (agent.state is State.AWAY and agent.seat in (SeatState.HELD, SeatState.BUSY)) or skips:
        wrapup.settle(floor, agent, event.at, skip_interval=event.skip_interval)
    elif agent.state is State.AWAY and agent.seat is SeatState.NONE:
        floor.put_agent(replace(agent, redials=0))
        floor.emit(do.RenewSeat(agent.id))
    else:
        floor.put_agent(agent)


def on_paused(floor: Floor, event: ev.AgentPaused) -> None:
    """No further call: at once where none is on, else after it and its wrap-up."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or agent.state is State.OUT:
        return
    if agent.state in (State.READY, State.INTERVAL, State.PREVIEW):
        away = ag.enter(agent, State.AWAY, event.at, event.reason)
        floor.put_agent(replace(away, wants_ready=False, call_id=None))
    elif agent.state in (State.RINGING, State.AWAY):
        floor.put_agent(replace(agent, wants_ready=False))
    else:
        floor.put_agent(replace(agent, pausing=event.reason))


def on_interval(floor: Floor, event: ev.IntervalChosen) -> None:
    """The own call interval, within the campaign's bounds; a running one moves with it."""
    agent = floor.roster.get(event.agent_id)
    if agent is None:
        return
    agent = replace(agent, interval_s=floor.settings.bounded(event.interval_s))
    floor.record(facts.agent_interval(agent, event.at))
    too_early = agent.state is State.READY and agent.interval_ends_at > event.at
    over = agent.state is State.INTERVAL and agent.interval_ends_at <= event.at
    if too_early or over:
        agent = ag.become_available(agent, event.at)
    floor.put_agent(agent)


def on_disposition(floor: Floor, event: ev.DispositionGiven) -> None:
    """What came of the conversation: during it, in wrap-up, or after the phone dropped out of it."""
    agent = floor.roster.get(event.agent_id)
    if agent is None or not floor.settings.rules.knows(event.code):
        return
    talking = agent.call_id if agent.state is State.TALKING else None
    if event.call_id not in (None, talking or agent.last_call_id):
        return
    mine = agent.id if event.callback_mine else None
    if talking is not None:
        _dispose(floor, agent, talking, event, mine)
    elif agent.state is State.WRAPUP:
        wrapup.end(floor, agent, event.at, event.code, event.callback_at, mine, event.amount_cents)
    else:
        wrapup.close(floor, agent, event.at, event.code, event.callback_at, mine, event.amount_cents)


def _dispose(
    floor: Floor, agent: Agent, call_id: str, event: ev.DispositionGiven, callback_for: str | None
) -> None:
    """A disposition during the conversation: the lead is decided when the call ends."""
    call = floor.calls.get(call_id)
    if call is None:
        return
    follow = floor.settings.rules.after_disposition(
        event.code,
        call.attempts,
        event.at,
        event.callback_at,
        callback_for,
        other_numbers=call.other_numbers,
        past=call.past,
        known=call.known,
    )
    floor.given[call_id] = follow
    floor.record(facts.disposition(call_id, agent.id, event.at, event.code, follow, event.amount_cents))
    floor.put_agent(replace(agent, disposed=True))


def on_timer(floor: Floor, kind: str, agent_id: str) -> None:
    """Wrap-up or interval has run out, or an agent has been in doubt for too long."""
    agent = floor.roster.get(agent_id)
    if agent is None:
        return
    if kind == "agent":
        floor.timers.set("agent", agent_id, floor.now + STILL_UNSETTLED_S)
        floor.audit(f"an agent has been in doubt for too long ({agent.state.value})")
    elif kind == "wrap_up" and agent.state is State.WRAPUP:
        wrapup.end(floor, agent, floor.now, code=None)
    elif kind == "wrap_up":
        wrapup.close(floor, agent, floor.now, code=None)
    elif kind == "interval" and agent.state is State.INTERVAL:
        wrapup.settle(floor, agent, floor.now)
