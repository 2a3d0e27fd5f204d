"""A small listener for those who watch: /metrics, /livez and /readyz. It reads a request line and nothing else."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

import structlog

from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

HEAD_BYTES = 8_192
READ_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 10.0
AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Page:
    """An answer."""

    body: bytes
    content_type: str = "application/json"
    status: HTTPStatus = HTTPStatus.OK

    @classmethod
    def of(cls, value: object, *, ok: bool = True) -> Page:
        """JSON; 503 where something is not well."""
        status = HTTPStatus.OK if ok else HTTPStatus.SERVICE_UNAVAILABLE
        return cls(json.dumps(value).encode() + b"\n", status=status)


Give = Callable[[], Awaitable[Page]]


class Listener:
    """Serves fixed paths until closed; whoever is slow is cut off."""

    def __init__(self, host: str, port: int, pages: dict[str, Give]) -> None:
        self._host = host
        self._port = port
        self._pages = pages
        self._server: asyncio.Server | None = None
        self._tasks = Tasks()

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None  # noqa: S101
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def open(self) -> None:
        """Listen; raises OSError where the address is taken."""
        self._server = await asyncio.start_server(self._accept, self._host, self._port, limit=HEAD_BYTES)
        log.info("metrics_served", host=self._host, port=self.port)

    async def close(self) -> None:
        """Stop; answers under way are cut."""
        if self._server is not None:
            self._server.close()
        await self._tasks.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= AT_ONCE:
            writer.close()
            return
        self._tasks.start("metrics request", self._serve(reader, writer))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            try:
                async with asyncio.timeout(READ_TIMEOUT_S):
                    head = await reader.readuntil(b"\r\n\r\n")
            except asyncio.LimitOverrunError:
                head = b""
            page = await self._page(head)
            start = f"HTTP/1.1 {page.status.value} {page.status.phrase}\r\n"
            lines = (
                f"Content-Type: {page.content_type}",
                f"Content-Length: {len(page.body)}",
                "Cache-Control: no-store",
                "X-Content-Type-Options: nosniff",
                "Connection: close",
            )
            body = b"" if head.startswith(b"HEAD ") else page.body
            writer.write(start.encode() + "\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                await writer.drain()
        writer.close()

    async def _page(self, head: bytes) -> Page:
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) != 3 or not words[2].startswith(b"HTTP/1."):
            return Page(b"", status=HTTPStatus.BAD_REQUEST)
        if words[0] not in (b"GET", b"HEAD"):
            return Page(b"", status=HTTPStatus.METHOD_NOT_ALLOWED)
        give = self._pages.get(words[1].split(b"?", 1)[0].decode("latin-1"))
        if give is None:
            return Page(b"", status=HTTPStatus.NOT_FOUND)
        try:
            return await give()
        except Exception:
            log.exception("metrics_page_failed", path=words[1][:80].decode("latin-1"))
            return Page(b"", status=HTTPStatus.INTERNAL_SERVER_ERROR)
