"""Signing in and out, who I am, my own settings of the pages, and the first admin's link."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Depends, Request, Response

import storage
from dialer.access import Who
from dialer.runtime.tasks import outside
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import COOKIE, House, address_of, house_of
from dialer.web.routing import change_of, router
from dialer.web.texts import Answer, Body, Plain, Secret, UserName

routes = router("/session", "session")
me = router("/me", "session")
setup = router("/setup", "session")

MOST_PREFERENCES = 16 * 1024
DATABASE_TIMEOUT_S = 10.0


class SignIn(Body):
    """A person's name and password."""

    user: UserName
    password: Secret


class SetUp(Body):
    """The first admin: the link's token, and the name and password to be."""

    token: Secret
    user: UserName
    password: Secret


class Me(Answer):
    """Who is signed in; `csrf` goes into the header X-CSRF of every change made with the cookie."""

    user: str
    role: str
    agent_id: str | None
    csrf: str


def _me(who: Who) -> Me:
    return Me(user=who.name, role=who.role, agent_id=who.agent_id, csrf=who.csrf)


def set_cookie(response: Response, house: House, secret: str, *, secure: bool) -> None:
    """Give the browser its session."""
    response.set_cookie(
        COOKIE,
        secret,
        httponly=True,
        samesite="strict",
        secure=secure or house.web.secure_cookie,
        path="/",
    )


@routes.post("", status_code=201)
async def sign_in(
    request: Request, response: Response, asked: SignIn, house: Annotated[House, Depends(house_of)]
) -> Me:
    """Sign in; the answer sets the cookie `cadence_session`."""
    secret, who = await house.identity.sign_in(asked.user, asked.password, address_of(request))
    set_cookie(response, house, secret, secure=request.url.scheme == "https")
    request.state.who = who
    change_of(request).target = who.name
    return _me(who)


@setup.post("", status_code=201)
async def set_up(
    request: Request, response: Response, asked: SetUp, house: Annotated[House, Depends(house_of)]
) -> Me:
    """Make the first admin by the link that `dialer run` printed; it works once."""
    secret, who = await house.identity.set_up(asked.token, asked.user, asked.password, address_of(request))
    set_cookie(response, house, secret, secure=request.url.scheme == "https")
    request.state.who = who
    change_of(request).target = who.name
    return _me(who)


@routes.delete("", status_code=204)
async def sign_out(
    request: Request,
    response: Response,
    who: Annotated[Who, needs("agent", "board:read")],
    house: Annotated[House, Depends(house_of)],
) -> None:
    """Sign out: the session ends here and now."""
    change_of(request).target = who.name
    await house.identity.sign_out(request.cookies.get(COOKIE, ""))
    response.delete_cookie(COOKIE, path="/")


@me.get("")
async def who_am_i(who: Annotated[Who, needs("agent", "board:read")]) -> Me:
    """Who is signed in."""
    return _me(who)


@me.get("/preferences")
async def preferences(
    who: Annotated[Who, needs("agent", "board:read")], house: Annotated[House, Depends(house_of)]
) -> Plain:
    """One's own settings of the pages, as last put."""
    reading = storage.users.preferences(house.control.dialer.db, who.name)
    found: dict[str, Any] = json.loads(await outside("database", reading, DATABASE_TIMEOUT_S))
    return found


@me.put("/preferences")
async def put_preferences(
    request: Request,
    wanted: Plain,
    who: Annotated[Who, needs("agent", "board:write")],
    house: Annotated[House, Depends(house_of)],
) -> Plain:
    """Keep one's own settings of the pages: any JSON object up to 16 KiB."""
    text = json.dumps(wanted)
    if len(text) > MOST_PREFERENCES:
        raise WebError("too_large", f"preferences have at most {MOST_PREFERENCES} bytes")
    change_of(request).skip = True
    keeping = storage.users.set_preferences(house.control.dialer.db, who.name, text)
    await outside("database", keeping, DATABASE_TIMEOUT_S)
    return wanted
