"""Leads shown to an agent before they are dialed: each is claimed for one, and dialed, skipped or given back."""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import agent as ag
from dialer.core import calls, facts
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import wishes as wi
from dialer.core.agent import Agent, State
from dialer.core.floor import Floor, Shown
from dialer.core.settings import FollowUp

REST_S = 5.0
"""How long the memory is left alone after it had no lead to show."""


def offer(floor: Floor) -> None:
    """Claim a lead for every ready agent who has none in front of them; give back what nobody looks at."""
    for agent_id, shown in list(floor.previews.items()):
        agent = floor.roster.get(agent_id)
        if agent is None or agent.state is not State.PREVIEW or agent.call_id != shown.new.call_id:
            del floor.previews[agent_id]
            _give_back(floor, shown.new, FollowUp("pending", floor.now, "shown, not dialed"))
    if floor.settings.dialing != "preview" or floor.now < floor.preview_after:
        return
    ready = [one for one in floor.roster if one.free and one.id not in floor.previewing]
    if not ready or floor.blocker():
        return
    for agent in ready:
        floor.previewing.add(agent.id)
        floor.emit(do.ClaimPreview(agent.id))


def on_claimed(floor: Floor, event: wi.PreviewClaimed) -> None:
    """Show it, if the agent is still ready for it."""
    floor.previewing.discard(event.agent_id)
    agent, new = floor.roster.get(event.agent_id), event.call
    if new is None:
        floor.preview_after = event.at + REST_S
        floor.claim_why = event.why
        floor.timers.set("preview", "", floor.preview_after)
    elif agent is None or not agent.free:
        _give_back(floor, new, FollowUp("pending", event.at, "shown to nobody"))
    else:
        shown = Shown(new, event.at + floor.settings.preview_s)
        floor.previews[agent.id] = shown
        floor.put_agent(replace(ag.enter(agent, State.PREVIEW, event.at), call_id=new.call_id))
        floor.timers.set("preview", agent.id, shown.ends_at)
        floor.record(facts.shown("preview_shown", new, agent.id, event.at))


def on_accepted(floor: Floor, event: wi.PreviewAccepted) -> None:
    """Dial it for this agent."""
    taken = _taken(floor, event.agent_id)
    if taken is None:
        return
    agent, shown = taken
    floor.put_agent(replace(ag.enter(agent, State.DIALING, event.at), call_id=None, by_hand=True))
    calls.dial(floor, shown.new, event.at, reserved=agent.id)


def on_refused(floor: Floor, event: wi.PreviewRefused) -> None:
    """It may not be dialed any more: back to the list, and the agent is ready for the next."""
    taken = _taken(floor, event.agent_id)
    if taken is not None:
        _next(floor, taken[0])
        rest_s = floor.settings.skip_rest_s
        _give_back(floor, taken[1].new, FollowUp("waiting", event.at + rest_s, event.why))


def on_skipped(floor: Floor, event: wi.PreviewSkipped) -> None:
    """Back to the list with the reason, and the next one."""
    taken = _taken(floor, event.agent_id)
    if taken is not None:
        _skip(floor, *taken, event.reason)


def on_time(floor: Floor, agent_id: str) -> None:
    """The time of a shown lead is over, or the memory may be asked again."""
    shown = floor.previews.get(agent_id)
    if shown is None:
        return
    match floor.settings.preview_on_timeout:
        case "dial":
            floor.emit(do.JudgePreview(agent_id))
        case "skip":
            taken = _taken(floor, agent_id)
            if taken is not None:
                _skip(floor, *taken, "no answer from the agent")
        case _:
            taken = _taken(floor, agent_id)
            if taken is not None:
                away = ag.enter(taken[0], State.AWAY, floor.now, "a shown lead was not answered")
                floor.put_agent(replace(away, call_id=None, wants_ready=False))
                _give_back(floor, taken[1].new, FollowUp("pending", floor.now, "shown, not dialed"))


def _taken(floor: Floor, agent_id: str) -> tuple[Agent, Shown] | None:
    agent, shown = floor.roster.get(agent_id), floor.previews.get(agent_id)
    if agent is None or shown is None or agent.call_id != shown.new.call_id:
        return None
    del floor.previews[agent_id]
    floor.timers.clear("preview", agent_id)
    return agent, shown


def _skip(floor: Floor, agent: Agent, shown: Shown, reason: str) -> None:
    floor.record(facts.shown("preview_skipped", shown.new, agent.id, floor.now, reason))
    _next(floor, agent)
    until = floor.now + floor.settings.skip_rest_s
    _give_back(floor, shown.new, FollowUp("waiting", until, f"skipped: {reason}"))


def _next(floor: Floor, agent: Agent) -> None:
    floor.put_agent(replace(agent, call_id=None, state=State.READY, since=agent.ready_since, reason=""))


def _give_back(floor: Floor, new: ev.NewCall, follow: FollowUp) -> None:
    known = new.known
    if known.callback_at is not None:
        follow = replace_promise(follow, known.callback_at, known.callback_owner)
    floor.given[new.call_id] = follow
    calls.refuse(floor, new, floor.now, follow.reason)


def replace_promise(follow: FollowUp, at: float, owner: str | None) -> FollowUp:
    """A promised call stays promised."""
    return FollowUp("waiting", max(at, follow.next_at or at), follow.reason, for_agent=owner, callback_at=at)
