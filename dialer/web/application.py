"""The application: routes, refusals, pages, and the fence around them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from dialer.version import VERSION
from dialer.web import errors, pages, routes, watch
from dialer.web.fence import Fence
from dialer.web.house import House
from dialer.web.routes import desk

DESCRIPTION = """\
The use cases of a running dialer. Sign in by `POST /api/v1/session` (a cookie), or send a key made by an admin as
`Authorization: Bearer cad_...`. Changes made with the cookie carry the header `X-CSRF` of `GET /api/v1/me`.
Every refusal is `{"error": {"id", "message", "field"?}}` with a stable id."""


def application(house: House | None = None) -> FastAPI:
    """The ASGI application; without a house it only describes itself."""
    app = FastAPI(
        title="Cadence",
        version="1",
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    errors.install(app)
    for one in routes.routers():
        app.include_router(one)
    app.include_router(desk.routes)
    watch.install(app)
    pages.install(app)
    if house is not None:
        app.state.house = house
        app.add_middleware(Fence, web=house.web)
    return app


def document() -> dict[str, Any]:
    """The OpenAPI document, the same for every daemon of this version."""
    return application().openapi()


__all__ = ["VERSION", "application", "document"]
