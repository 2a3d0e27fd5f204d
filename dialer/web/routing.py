"""Routes under /api/v1: documented refusals, and a line in the audit log for each change, which none can forget."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

import storage
from dialer.access import Who
from dialer.runtime.tasks import outside
from dialer.web.errors import ErrorAnswer
from dialer.web.fence import SAFE
from dialer.web.house import address_of, house_of

log = structlog.get_logger(__name__)

AUDIT_TIMEOUT_S = 10.0
_SECRET = ("password", "key", "token")
LONGEST = 4_000

REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorAnswer, "description": text}
    for status, text in {
        401: "Not signed in.",
        403: "Not allowed: role, scope, CSRF header or origin.",
        404: "No such thing.",
        409: "Not now: the floor's state forbids it.",
        413: "Too large.",
        422: "Not understood.",
        429: "Too many tries.",
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
        if not self.methods or self.methods <= SAFE:
            return handler

        async def audited(request: Request) -> Response:
            change = change_of(request)
            response = await handler(request)
            if response.status_code < 400 and not change.skip:
                await self._audit(request, change)
            return response

        return audited

    async def _audit(self, request: Request, change: Change) -> None:
        house = house_of(request)
        who: Who | None = getattr(request.state, "who", None)
        target = change.target or "/".join(str(one) for one in request.path_params.values())
        after = change.after if change.after is not None else await _body(request)
        action = f"{request.method} {self.path_format}".removeprefix("/api/v1")
        row = storage.AuditRow(
            house.control.dialer.clock.utc(),
            "nobody" if who is None else who.name,
            address_of(request),
            action,
            target[:200],
            _json(change.before),
            _json(after),
        )
        log.info("changed", actor=row.actor, address=row.address, action=action, target=row.target)
        await outside("audit", storage.audit.add(house.control.dialer.db, row), AUDIT_TIMEOUT_S)


async def _body(request: Request) -> Any:
    """What was sent, without secrets."""
    try:
        sent = json.loads(await request.body() or b"null")
    except ValueError:
        return None
    if isinstance(sent, dict):
        return {key: "..." if any(word in key for word in _SECRET) else value for key, value in sent.items()}
    return sent


def _json(value: Any) -> str:
    text = json.dumps(value, default=str, ensure_ascii=True)
    return text if len(text) <= LONGEST else json.dumps(text[:LONGEST])


def router(prefix: str, tag: str) -> APIRouter:
    """A group of routes."""
    return APIRouter(prefix=f"/api/v1{prefix}", tags=[tag], route_class=AuditedRoute, responses=REFUSALS)
