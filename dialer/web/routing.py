"""Routes under /api/v1: documented refusals, and a line in the audit log for each change, which none can forget.

So has each change that was refused at the door, and each look at what is heard or held of people.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from dialer.access import Refused, Who
from dialer.web import refused
from dialer.web.errors import ErrorAnswer, WebError
from dialer.web.fence import SAFE
from dialer.web.house import address_of, house_of

_SECRET = ("password", "key", "token")
_SENSITIVE = ("/recordings", "/machines", "/listening", "/privacy", "/audit")
"""Of these a refused look is noted as well."""

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": text}
    for status, text in {
        401: "Not signed in.",
        403: "Not allowed: role, scope, CSRF header or origin.",
        404: "No such thing.",
        409: "Not now: the floor's state forbids it.",
        413: "Too large.",
        422: "Not understood.",
        429: "Too many tries, or requests.",
        503: "A part is away: database, line.",
    }.items()
}


@dataclass(slots=True)
class Change:
    """What the audit log is told of a change; a route fills in what it knows."""

    target: str = ""
    before: Any = None
    after: Any = None
    skip: bool = False


def change_of(request: Request) -> Change:
    """The audit entry of this request, to be filled in."""
    found = getattr(request.state, "change", None)
    if found is None:
        found = request.state.change = Change()
    assert isinstance(found, Change)  # noqa: S101
    return found


class AuditedRoute(APIRoute):
    """A route whose successful changes are in the audit log before they are acknowledged."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with the log around it."""
        handler = super().get_route_handler()
        looks = not self.methods or self.methods <= SAFE
        path = self.path_format.removeprefix("/api/v1")
        if looks and not path.startswith(_SENSITIVE):
            return handler

        async def audited(request: Request) -> Response:
            change = change_of(request)
            try:
                response = await handler(request)
            except (WebError, Refused) as error:
                await refused.note(request, path, error)
                raise
            if not looks and response.status_code < 400 and not change.skip:
                await self._audit(request, change)
            return response

        return audited

    async def _audit(self, request: Request, change: Change) -> None:
        house = house_of(request)
        who: Who | None = getattr(request.state, "who", None)
        target = change.target or "/".join(str(one) for one in request.path_params.values())
        after = change.after if change.after is not None else await _body(request)
        action = f"{request.method} {self.path_format.removeprefix('/api/v1')}"
        actor = "nobody" if who is None else who.name
        await house.control.note_change(actor, address_of(request), action, target, change.before, after)


async def _body(request: Request) -> Any:
    """What was sent, without secrets."""
    try:
        sent = json.loads(await request.body() or b"null")
    except ValueError:
        return None
    if isinstance(sent, dict):
        return {key: "..." if any(word in key for word in _SECRET) else value for key, value in sent.items()}
    return sent


def router(prefix: str, tag: str) -> APIRouter:
    """A group of routes."""
    return APIRouter(prefix=f"/api/v1{prefix}", tags=[tag], route_class=AuditedRoute, responses=REFUSALS)
