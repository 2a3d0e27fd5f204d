"""The pages: one shell for all, each with its own module and styles; all data comes by the API."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from dialer.web.house import COOKIE, house_of

FOLDER = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class Page:
    """What a page loads besides what all do: its module, and its styles in their order."""

    module: str
    styles: tuple[str, ...]


PAGES: Mapping[str, Page] = {
    "/": Page("board/main.js", ("vendor/uplot.css", "style/board.css")),
    "/agent": Page("desk/main.js", ("style/desk.css",)),
    "/login": Page("login.js", ("style/forms.css",)),
    "/setup": Page("setup.js", ("style/forms.css",)),
    "/admin": Page("admin/main.js", ("style/forms.css",)),
    "/reports": Page("reports/main.js", ("style/forms.css", "style/reports.css")),
    "/recordings": Page("recordings/main.js", ("style/forms.css", "style/recordings.css")),
    "/machines": Page("machines/main.js", ("style/forms.css", "style/machines.css")),
}
_SHELL = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Cadence</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
{styles}
<script src="/static/lib/first.js"></script>
<script type="module" src="/static/{module}"></script>
</head>
<body><div id="page"></div><noscript>Cadence needs JavaScript.</noscript></body>
</html>
"""
OPEN = ("/login", "/setup")


def install(app: FastAPI) -> None:
    """Serve the pages and what they load."""
    for path in PAGES:
        app.router.routes.append(Route(path, _page(path), methods=["GET"]))
    app.router.routes.append(Mount("/static", StaticFiles(directory=FOLDER, check_dir=False)))


def shell(page: Page) -> str:
    """The document of a page; nothing in it depends on who asks."""
    styles = ("style/base.css", *page.styles)
    links = "\n".join(f'<link rel="stylesheet" href="/static/{style}">' for style in styles)
    return _SHELL.format(styles=links, module=page.module)


def _page(path: str) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    document = shell(PAGES[path])

    async def page(request: Request) -> Response:
        if path not in OPEN:
            secret = request.cookies.get(COOKIE, "")
            who = await house_of(request).identity.by_session(secret) if secret else None
            if who is None:
                return RedirectResponse("/login", 303)
        return HTMLResponse(document, headers={"cache-control": "no-cache"})

    return page
