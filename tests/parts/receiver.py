"""A receiver of webhooks on loopback that can fail in every way."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it came."""

    headers: dict[str, str]
    body: bytes
    answered: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """`manners` are used up one by one: a status, "hang", or "cut"; after them `manner` holds."""

    url: str = ""
    manner: str = "200"
    manners: deque[str] = field(default_factory=deque)
    heard: list[Heard] = field(default_factory=list)
    release: asyncio.Event = field(default_factory=asyncio.Event)

    def taken(self, event: str = "") -> list[Heard]:
        """Messages answered with success, of one type or of all."""
        return [
            one
            for one in self.heard
            if one.answered.startswith("2") and (not event or one.message["type"] == event)
        ]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                headers = {}
                while header := (await reader.readline()).strip():
                    name, _, value = header.decode().partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                manner = self.manners.popleft() if self.manners else self.manner
                self.heard.append(Heard(headers, body, manner))
                assert line.startswith(b"POST /hook ")
                if manner == "cut":
                    return
                if manner == "hang":
                    await self.release.wait()
                    return
                writer.write(f"HTTP/1.1 {manner} X\r\ncontent-length: 2\r\n\r\nok".encode())
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        receiver.release.set()
        server.close()
        await server.wait_closed()
