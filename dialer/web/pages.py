"""The pages: static shells from the package; all data comes by the API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dialer.web.errors import answer
from dialer.web.house import COOKIE, house_of

FOLDER = Path(__file__).parent / "static"
PAGES = {
    "/": "index.html",
    "/agent": "agent.html",
    "/login": "login.html",
    "/setup": "setup.html",
    "/admin": "admin.html",
    "/reports": "reports.html",
    "/recordings": "recordings.html",
    "/machines": "machines.html",
}
OPEN = ("/login", "/setup")


def install(app: FastAPI) -> None:
    """Serve the pages and what they load."""
    for path, name in PAGES.items():
        app.router.routes.append(Route(path, _page(path, name), methods=["GET"]))
    app.router.routes.append(Mount("/static", StaticFiles(directory=FOLDER, check_dir=False)))


def _page(path: str, name: str) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def page(request: Request) -> Response:
        if path not in OPEN:
            secret = request.cookies.get(COOKIE, "")
            who = await house_of(request).identity.by_session(secret) if secret else None
            if who is None:
                return RedirectResponse("/login", 303)
        file = FOLDER / name
        if not file.is_file():
            return answer("not_found", f"the page {name} is not part of this build")
        return FileResponse(file, headers={"cache-control": "no-cache"})

    return page
