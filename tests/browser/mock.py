"""A server of invented figures behind the real pages: for states that a real floor shows too rarely to wait for.

`python -m tests.browser.mock [agents]` serves it on port 8099 to look at; log in as anyone.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from dialer.web import pages
from tests.browser import invented, invented_recordings, invented_report, scene

STATIC = Path(__file__).parents[2] / "dialer" / "web" / "static"
CSP = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; object-src 'none'"
TICK_S = 0.5


class Mock:
    """What the pages are told; a test changes it from its own thread."""

    def __init__(
        self, agents: int = 28, several: bool = True, moving: bool = True, churn: float = 0.04
    ) -> None:
        self.board = invented.snapshot(time.time(), agents, several=several)
        self.desk = scene.desk(time.time())
        self.role = "supervisor"
        self.signed_in = True
        self.moving = moving
        self.churn = churn
        self.silent = False
        self.preferences: dict[str, Any] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.words: list[tuple[int, str]] = []
        self.heard: list[dict[str, Any]] = []
        self.desk_error: dict[str, Any] | None = None
        self.refuse: dict[str, Any] | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self._desks: set[asyncio.Queue[str]] = set()
        self._lines: set[WebSocket] = set()
        self._dice = random.Random(5)
        self.url = ""

    # What tests do.

    def tell(self, **changes: Any) -> None:
        """Change the desk and send it."""
        assert self.loop is not None
        self.desk |= {**changes, "seq": self.desk["seq"] + 1, "at": time.time()}
        text = json.dumps(self.desk)
        for queue in self._desks:
            self.loop.call_soon_threadsafe(queue.put_nowait, text)

    def agent(self, state: str, **more: Any) -> dict[str, Any]:
        """The desk's agent in another state since now."""
        return {
            **self.desk["agent"],
            "reason": "",
            "ready_at": None,
            "state": state,
            "since": time.time(),
            **more,
        }

    def hang_up_desks(self) -> None:
        """Cut every desk's line once, as a server that restarts does."""
        assert self.loop is not None
        lines = list(self._lines)
        done = asyncio.run_coroutine_threadsafe(_close(lines), self.loop)
        done.result(60)

    # Routes.

    async def me(self, _: Request) -> Response:
        if not self.signed_in:
            return JSONResponse({"error": {"id": "not_signed_in", "message": "log in"}}, 401)
        return JSONResponse({"user": "wei", "role": self.role, "agent_id": "lin", "csrf": "x"})

    async def session(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.signed_in = False
            return Response(status_code=204)
        body = await request.json()
        if body["password"] != "right horse":
            return JSONResponse(
                {"error": {"id": "login_failed", "message": "User or password is wrong."}}, 401
            )
        self.signed_in = True
        return await self.me(request)

    async def get_board(self, _: Request) -> Response:
        return JSONResponse(self.board)

    async def history(self, _: Request) -> Response:
        return JSONResponse(invented.history(time.time()))

    async def report(self, request: Request) -> Response:
        self.asked.append(("GET", "/reports", dict(request.query_params)))
        return JSONResponse(invented_report.answer())

    async def recordings(self, request: Request) -> Response:
        number, part = request.path_params.get("number"), request.path_params.get("part")
        if number is None:
            return JSONResponse(invented_recordings.listed(time.time()))
        if part is None:
            return JSONResponse(invented_recordings.opened(number, time.time()))
        sound = invented_recordings.sound(invented_recordings.one(number, 0)["length_s"])
        start = int(request.headers.get("range", "bytes=0-")[6:].split("-")[0])
        part = {"content-range": f"bytes {start}-{len(sound) - 1}/{len(sound)}", "accept-ranges": "bytes"}
        return Response(sound[start:], 206, part, media_type="audio/wav")

    async def machines(self, request: Request) -> Response:
        if "number" in request.path_params:
            self.words.append((request.path_params["number"], (await request.json())["said"]))
            return JSONResponse({})
        if request.url.path.endswith("/next"):
            number = 37 + len({number for number, _ in self.words})
            return JSONResponse({"clip": {"id": number, "length_s": 9.2}})
        return JSONResponse(invented_recordings.machines(len(self.words)))

    async def prefs(self, request: Request) -> Response:
        if request.method == "PUT":
            self.preferences = await request.json()
        return JSONResponse(self.preferences)

    async def events(self, _: Request) -> Response:
        return StreamingResponse(self._stream(), media_type="text/event-stream")

    async def _stream(self) -> AsyncIterator[str]:
        while self.silent:
            await asyncio.sleep(TICK_S)
        self.board["at"] = time.time()
        yield f"event: snapshot\nid: 1\ndata: {json.dumps(self.board)}\n\n"
        while True:
            await asyncio.sleep(TICK_S)
            if self.silent:
                continue
            at = time.time()
            self.board["at"] = at
            patch = invented.change(self.board, at, self._dice, self.churn) if self.moving else {"at": at}
            yield f"event: delta\nid: 2\ndata: {json.dumps(patch)}\n\n"

    async def steer(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(scene.ADMIN.get(request.path_params["rest"], {}))
        body = await request.body()
        self.asked.append((request.method, request.url.path, json.loads(body) if body else None))
        if self.refuse:
            return JSONResponse({"error": self.refuse}, 409)
        return JSONResponse({})

    async def desk_socket(self, socket: WebSocket) -> None:
        await socket.accept()
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._desks.add(queue)
        self._lines.add(socket)
        await socket.send_text(json.dumps(self.desk | {"at": time.time()}))

        async def send() -> None:
            while True:
                await socket.send_text(await queue.get())

        sending = asyncio.get_running_loop().create_task(send())
        try:
            while True:
                wish = json.loads(await socket.receive_text())
                self.heard.append(wish)
                answer = {"type": "error", **self.desk_error} if self.desk_error else {"type": "done"}
                await socket.send_text(json.dumps({**answer, "re": wish["n"]}))
        except WebSocketDisconnect:
            pass
        finally:
            self._desks.discard(queue)
            self._lines.discard(socket)
            sending.cancel()

    def app(self) -> Starlette:
        def page(path: str) -> Route:
            return Route(path, lambda _: HTMLResponse(pages.shell(pages.PAGES[path])))

        api = [
            Route("/api/v1/me", self.me),
            Route("/api/v1/session", self.session, methods=["POST", "DELETE"]),
            Route("/api/v1/me/preferences", self.prefs, methods=["GET", "PUT"]),
            Route("/api/v1/reports", self.report),
            Route("/api/v1/campaigns", lambda _: JSONResponse(invented_recordings.CAMPAIGNS)),
            Route("/api/v1/agents", lambda _: JSONResponse(invented_recordings.NAMES)),
            Route("/api/v1/recordings", self.recordings),
            Route("/api/v1/recordings/{number:int}", self.recordings),
            Route("/api/v1/recordings/{number:int}/{part}", self.recordings),
            Route("/api/v1/machines", self.machines),
            Route("/api/v1/machines/next", self.machines),
            Route("/api/v1/machines/{number:int}/review", self.machines, methods=["POST"]),
            Route("/api/v1/board", self.get_board),
            Route("/api/v1/board/events", self.events),
            Route("/api/v1/board/history", self.history),
            WebSocketRoute("/api/v1/desk", self.desk_socket),
            Route("/api/v1/{rest:path}", self.steer, methods=["GET", "POST", "PATCH", "PUT", "DELETE"]),
        ]
        return Starlette(
            routes=[*api, *map(page, pages.PAGES), Mount("/static", StaticFiles(directory=STATIC))]
        )


async def _close(lines: list[WebSocket]) -> None:
    for line in lines:
        await line.close(1012)


def with_policy(app: Any) -> Any:
    """The real server's content-security policy on every answer."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", CSP.encode())]
            await send(message)

        await app(scope, receive, sending if scope["type"] == "http" else send)

    return wrapped


@contextlib.contextmanager
def serving(mock: Mock, port: int = 0) -> Iterator[Mock]:
    """The mock on a port of its own, in a thread."""
    config = uvicorn.Config(
        with_policy(mock.app()),
        host="127.0.0.1",
        port=port,
        log_level="critical",
        timeout_graceful_shutdown=0,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    ready = threading.Event()

    async def main() -> None:
        mock.loop = asyncio.get_running_loop()
        serve = asyncio.get_running_loop().create_task(server.serve())
        while not server.started and not serve.done():
            await asyncio.sleep(0.01)
        ready.set()
        await serve

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="mock", daemon=True)
    thread.start()
    assert ready.wait(120)
    mock.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield mock
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(60)


if __name__ == "__main__":
    with serving(Mock(int(sys.argv[1]) if len(sys.argv) > 1 else 28), 8099) as running:
        print(running.url)
        threading.Event().wait()
