"""Agents: who they are, what they do, and what they or their supervisor ask. Agents act for themselves only."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field

from dialer.access import Who
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.routing import change_of, router
from dialer.web.texts import Body, Id, Line, Name, PathId, Plain

routes = router("/agents", "agents")
targets = router("/targets", "agents")

TheHouse = Annotated[House, Depends(house_of)]
Supervises = Annotated[Who, needs("supervisor", "agents:read")]
Changes = Annotated[Who, needs("supervisor", "agents:write")]
Acts = Annotated[Who, needs("agent", "agents:write")]
Seconds = Annotated[float, Field(ge=0, le=3600)]
Phone = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z][A-Za-z0-9]*/[A-Za-z0-9@.:_+/-]+$")]


class NewAgent(Body):
    """An agent, and the phone as Asterisk dials it."""

    id: Id
    phone: Phone
    name: Name | None = None
    campaign: Id | None = None
    interval_s: Seconds | None = None


class ChangedAgent(Body):
    """What is to change; what is left out stays. `skills`: all that the agent has from now on."""

    name: Name | None = None
    phone: Phone | None = None
    campaign: Id | None = None
    interval_s: Seconds | None = None
    skills: Annotated[list[Id], Field(max_length=50)] | None = None


class LogIn(Body):
    """Which campaign (none: the agent's own), and whether ready at once."""

    campaign: Id | None = None
    ready: bool = False


class Ready(Body):
    """Whether to take a call before the own interval is over."""

    skip_interval: bool = False


class Pause(Body):
    """Why; one of the configured reasons, or nothing."""

    reason: Line = ""


class Interval(Body):
    """The own call interval."""

    interval_s: Seconds


def _own(who: Who, agent: str) -> None:
    """Agents act for themselves; supervisors for all."""
    if not who.at_least("supervisor") and who.agent_id != agent:
        raise WebError("forbidden", "an agent acts for themselves only; ask a supervisor")


@routes.get("")
async def list_agents(_: Supervises, house: TheHouse) -> list[Plain]:
    """Every agent, and what they do now."""
    return await house.control.agents()


@routes.get("/{agent}")
async def one_agent(
    agent: PathId, who: Annotated[Who, needs("agent", "agents:read")], house: TheHouse
) -> Plain:
    """One agent now."""
    _own(who, agent)
    return await house.control.agent(agent)


@routes.post("", status_code=201)
async def add_agent(request: Request, asked: NewAgent, _: Changes, house: TheHouse) -> Plain:
    """Add an agent."""
    if asked.id in house.control.dialer.agents:
        raise WebError("agent_known", f"there is an agent {asked.id} already; change it instead")
    change_of(request).target = asked.id
    return await house.control.add_agent(
        asked.id, asked.phone, asked.name or "", asked.campaign, asked.interval_s
    )


@routes.patch("/{agent}")
async def change_agent(
    request: Request, agent: PathId, asked: ChangedAgent, _: Changes, house: TheHouse
) -> Plain:
    """Change name, phone, interval, skills or campaign; a move waits for the end of a conversation."""
    change_of(request).before = await house.control.agent(agent)
    changed = (asked.name, asked.phone, asked.campaign, asked.interval_s, asked.skills)
    return await house.control.change_agent(agent, *changed)


@routes.post("/{agent}/login")
async def log_in(agent: PathId, asked: LogIn, who: Acts, house: TheHouse) -> Plain:
    """Ring the phone once and keep the line."""
    _own(who, agent)
    return await house.control.log_in(agent, asked.campaign, asked.ready)


@routes.post("/{agent}/logout")
async def log_out(agent: PathId, who: Acts, house: TheHouse) -> Plain:
    """Give the line up; a conversation is finished first."""
    _own(who, agent)
    return await house.control.log_out(agent)


@routes.post("/{agent}/ready")
async def ready(agent: PathId, asked: Ready, who: Acts, house: TheHouse) -> Plain:
    """Take calls from now on."""
    _own(who, agent)
    return await house.control.ready(agent, asked.skip_interval)


@routes.post("/{agent}/pause")
async def pause(agent: PathId, asked: Pause, who: Acts, house: TheHouse) -> Plain:
    """No further call; a conversation and its wrap-up are finished first."""
    _own(who, agent)
    return await house.control.pause(agent, asked.reason)


@routes.post("/{agent}/interval")
async def interval(agent: PathId, asked: Interval, who: Acts, house: TheHouse) -> Plain:
    """The own call interval, within the campaign's bounds."""
    _own(who, agent)
    return await house.control.set_interval(agent, asked.interval_s)


@targets.get("")
async def list_targets(
    who: Annotated[Who, needs("agent", "agents:read")],
    house: TheHouse,
    agent: Annotated[str | None, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = None,
) -> list[Plain]:
    """How the activity targets of today stand, those behind first; agents see their own."""
    if not who.at_least("supervisor"):
        if who.agent_id is None:
            raise WebError("forbidden", "your user has no desk; an admin can give it one")
        agent = who.agent_id
    return await house.control.targets(agent)
