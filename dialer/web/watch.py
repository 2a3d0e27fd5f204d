"""For those who watch the daemon: /livez and /readyz for anybody, /metrics and /-/reload by key or session."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dialer.access import Who
from dialer.ops import health
from dialer.ops.metrics import CONTENT_TYPE
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.routing import AuditedRoute
from dialer.web.texts import Plain

TheHouse = Annotated[House, Depends(house_of)]

# Operators' conventions, not part of the API: the document does not hold them.
routes = APIRouter(route_class=AuditedRoute, include_in_schema=False)


def install(app: FastAPI) -> None:
    """Serve them."""
    app.router.routes.append(Route("/livez", _alive, methods=["GET"]))
    app.router.routes.append(Route("/readyz", _ready, methods=["GET"]))
    app.include_router(routes)


async def _alive(_: Request) -> Response:
    return JSONResponse({"ok": True})


async def _ready(request: Request) -> Response:
    """Which parts are well; why one is not is told to those who are signed in, and on the metrics listener."""
    found = await health.ready(house_of(request).control)
    parts = {part.name: part.ok for part in found.parts}
    return JSONResponse({"ok": found.ok, "parts": parts}, status_code=200 if found.ok else 503)


@routes.get("/metrics")
async def metrics(_: Annotated[Who, needs("supervisor", "system:read")], house: TheHouse) -> Response:
    """All figures, for Prometheus with a key of scope system:read."""
    return Response(house.control.surfaces["metrics"].render(), media_type=CONTENT_TYPE)


@routes.post("/-/reload")
async def reload(_: Annotated[Who, needs("admin", "system:write")], house: TheHouse) -> Plain:
    """Read the configuration anew: all of it is taken over, or nothing and why."""
    return await house.control.reload()
