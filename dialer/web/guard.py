"""Who may: every route names the role and the scope it needs, and nothing else lets a request in."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from dialer.access import Who
from dialer.web.errors import WebError
from dialer.web.fence import SAFE
from dialer.web.house import COOKIE, house_of

CSRF_HEADER = "x-csrf"

SCOPES = tuple(
    f"{area}:{may}"
    for area in (
        "board",
        "campaigns",
        "agents",
        "leads",
        "callbacks",
        "calls",
        "recordings",
        "listening",
        "dnc",
        "reports",
        "users",
        "system",
        "privacy",
    )
    for may in ("read", "write")
)

_cookie = APIKeyCookie(name=COOKIE, scheme_name="session", auto_error=False)
_bearer = HTTPBearer(scheme_name="token", auto_error=False)


class Needs:
    """What a route needs: at least this role, and for programs' keys this scope."""

    def __init__(self, role: str, scope: str) -> None:
        self.role = role
        self.scope = scope

    async def __call__(
        self,
        connection: HTTPConnection,
        session: Annotated[str | None, Security(_cookie)] = None,
        token: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)] = None,
    ) -> Who:
        """Who asks; raises WebError."""
        who = await identify(connection, session, None if token is None else token.credentials)
        if not who.at_least(self.role):
            raise WebError("forbidden", f"this needs the role {self.role}; an admin can give it")
        if not who.may(self.scope):
            raise WebError("scope", f"this key lacks the scope {self.scope}; make a new key that has it")
        return who


async def identify(connection: HTTPConnection, session: str | None, token: str | None) -> Who:
    """Who asks, by key or by cookie, also kept in the connection's state; raises WebError."""
    identity = house_of(connection).identity
    if token is not None:
        who = connection.state.who = await identity.by_token(token)
    elif session:
        who = connection.state.who = await identity.by_session(session)
        if who is not None:
            _check_csrf(connection.scope, connection.headers, who)
    else:
        who = None
    if who is None:
        raise WebError("not_signed_in", "sign in first, or send a valid key as: Authorization: Bearer ...")
    identity.pace(who)
    return who


def _check_csrf(scope: Mapping[str, Any], headers: Mapping[str, str], who: Who) -> None:
    """A cookie alone, which a browser sends by itself, changes nothing."""
    if scope["type"] == "http" and scope["method"] not in SAFE:
        given = headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(given.encode(errors="replace"), who.csrf.encode()):
            raise WebError("csrf", "send the csrf of GET /api/v1/me as header X-CSRF; reload the page")


def needs(role: str, scope: str) -> Any:
    """A route's dependency: `who: Annotated[Who, needs("supervisor", "board:read")]`."""
    return Depends(Needs(role, scope))
