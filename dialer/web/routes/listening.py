"""Supervisors who listen to agents: on their own phone, by the campaign's rule, each use in the audit log."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Request

from dialer.access import Who
from dialer.runtime.listening import REFUSED
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import House, address_of, house_of
from dialer.web.routing import change_of, router
from dialer.web.texts import Body, PathId, PathUser, Plain, UserName

routes = router("/listening", "listening")

TheHouse = Annotated[House, Depends(house_of)]
Looks = Annotated[Who, needs("supervisor", "listening:read")]
Listens = Annotated[Who, needs("supervisor", "listening:write")]


class Wish(Body):
    """How to listen, and for programs and admins whose phone is to ring: theirs who sign in by that name."""

    mode: Literal["listen", "whisper", "barge"] = "listen"
    user: UserName | None = None


@routes.get("")
async def listeners(_: Looks, house: TheHouse) -> list[Plain]:
    """Who listens to whom now."""
    return await house.control.listeners()


@routes.put("/{agent}")
async def listen(request: Request, agent: PathId, asked: Wish, who: Listens, house: TheHouse) -> Plain:
    """Ring the phone once and hear this agent; while it listens: change the mode, or go on to this agent."""
    change_of(request).skip = True  # the use case writes more than this request knows, and refusals too
    try:
        user = _whose(who, asked.user)
    except WebError as error:
        said = {"user": asked.user, "mode": asked.mode, "why": error.id}
        await house.control.dialer.listening.note(who.name, address_of(request), REFUSED, agent, said)
        raise
    return await house.control.listen(agent, user, asked.mode, who.name, address_of(request))


@routes.delete("/{user}")
async def stop(request: Request, user: PathUser, who: Listens, house: TheHouse) -> Plain:
    """Hang this user's listening phone up; supervisors their own."""
    change_of(request).skip = True
    return await house.control.stop_listening(_whose(who, user), who.name)


def _whose(who: Who, user: str | None) -> str:
    """Supervisors use their own phone; admins may name whose, and programs, which have none, must."""
    program = who.scopes is not None
    if program and user is None:
        raise WebError("bad_request", "a key has no phone; say whose is to ring: user", field="user")
    if user is not None and user != who.name and not who.at_least("admin"):
        raise WebError("forbidden", "you listen on your own phone only; an admin may name another's")
    return user or who.name
