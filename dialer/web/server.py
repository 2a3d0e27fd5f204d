"""The website in the daemon's own loop: opened, served and closed by the daemon, which keeps its signals."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import structlog
import uvicorn

import config
from dialer.access import Identity
from dialer.board import Board
from dialer.control import Control
from dialer.runtime.tasks import Tasks
from dialer.web.application import application
from dialer.web.desk import Desks
from dialer.web.house import House
from dialer.web.hub import Hub

log = structlog.get_logger(__name__)

CLOSE_TIMEOUT_S = 5
"""How long answers under way may take when the daemon ends; open streams are told to end first."""

PING_S = 20.0
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on


class CannotListen(Exception):
    """The address cannot be listened on: says why and what to change."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers and without its ten wakes a second."""

    def __init__(self, settings: uvicorn.Config) -> None:
        super().__init__(settings)
        self.stop = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The daemon's signals are its own."""
        yield

    async def main_loop(self) -> None:
        """Serve until told to stop."""
        self.server_state.default_headers = list(self.config.encoded_headers)
        await self.stop.wait()


class Website:
    """Pages and API of one dialer; `open` returns when they answer."""

    def __init__(self, control: Control, web: config.Web) -> None:
        dialer = control.dialer
        self.web = web
        self.board = Board(dialer)
        self.hub = Hub(self.board, dialer.clock, dialer.ids.boot)
        self.identity = Identity(
            dialer.db,
            dialer.clock,
            idle_s=web.session_idle_s,
            max_s=web.session_max_s,
            requests_per_s=web.requests_per_s,
        )
        control.on_rights_changed.append(self.identity.forget)
        house = House(control, web, self.identity, self.board, self.hub)
        self.desks = Desks(house)
        self.app = application(house)
        self.app.state.desks = self.desks
        self.address = ""
        self._speed = dialer.clock.speed  # browsers live at a person's pace, also where the loop does not
        self._tasks = Tasks()
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen; raises CannotListen."""
        sock = self._listen()
        self.address = shown_address(self.web, *sock.getsockname()[:2])
        self._server = _Server(self._config())
        self._serving = self._tasks.start("website", self._server.serve(sockets=[sock]))
        self._tasks.start("count who was reached", self.board.load())
        self.hub.start()
        self.desks.start()
        log.info("website_open", address=self.address)

    async def close(self) -> None:
        """End streams, let answers under way finish for a moment, and close."""
        await self.desks.close()
        await self.hub.close()
        self.board.close()
        if self._server is not None and self._serving is not None:
            self._server.stop.set()
            self._server.force_exit = False
            await asyncio.wait([self._serving], timeout=CLOSE_TIMEOUT_S + 2)
        await self._tasks.close()

    async def setup_link(self) -> str | None:
        """The first admin's one-time link while there is no admin; None afterwards."""
        key = await self.identity.setup_key()
        return None if key is None else f"{self.address}/setup#{key}"

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.web.host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((self.web.host, self.web.port))
        except OSError as error:
            sock.close()
            raise CannotListen(
                f"cannot listen on {self.web.host}:{self.web.port}: {error.strerror or error}; change web.port"
            ) from None
        sock.setblocking(False)
        return sock

    def _config(self) -> uvicorn.Config:
        web = self.web
        settings = uvicorn.Config(
            self.app,
            lifespan="off",
            loop="none",
            http="h11",
            ws="websockets-sansio",
            ws_max_size=64 * 1024,
            ws_ping_interval=PING_S * self._speed,
            ws_ping_timeout=PING_S * self._speed,
            timeout_keep_alive=int(30 * self._speed),
            timeout_graceful_shutdown=CLOSE_TIMEOUT_S,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=bool(web.trusted_proxies),
            forwarded_allow_ips=list(web.trusted_proxies),
            limit_concurrency=2_000,
            h11_max_incomplete_event_size=32 * 1024,
        )
        settings.load()
        if web.tls_cert is not None and web.tls_key is not None:
            settings.ssl = _tls(web.tls_cert, web.tls_key)
        return settings


def shown_address(web: config.Web, host: str, port: int) -> str:
    """How people reach it: by the first name they were promised, where it listens on all addresses."""
    if host in EVERYWHERE and web.allowed_hosts:
        host = web.allowed_hosts[0]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if web.tls_cert else 'http'}://{shown}:{port}"


def _tls(cert: Path, key: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise CannotListen(f"cannot use the certificate {cert} with {key}: {error}") from None
    return context
