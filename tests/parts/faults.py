"""A TCP proxy that does to a connection what networks do: delay, throttle, split, go silent, cut.

Works for any protocol over TCP (manager port, database, broker). Settings may be changed at any time and
hold for every connection, also those already open.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

READ_BYTES = 65536
_SLICE_S = 0.02


@dataclass(slots=True)
class Faults:
    """What the proxy does to the bytes of both directions."""

    delay_s: float = 0.0
    bytes_per_s: float = 0.0  # 0: as fast as it can
    split_bytes: int = 0  # 0: as they come; 1: each byte in a packet of its own


@dataclass
class FaultProxy:
    """Listens on `port` of loopback and passes on to the upstream, with faults."""

    upstream: tuple[str, int]
    faults: Faults = field(default_factory=Faults)
    port: int = 0
    connections: int = 0
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._flowing.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def go_silent(self) -> None:
        """Half-open: both sockets stay, no byte passes, nobody is told."""
        self._flowing.clear()

    def speak_again(self) -> None:
        """End the silence; what was held back passes."""
        self._flowing.set()

    def cut(self) -> None:
        """Reset every connection at both ends."""
        for writer in self._open:
            writer.transport.abort()

    async def refuse(self) -> None:
        """Cut, and listen no more until `accept`."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()

    async def accept(self) -> None:
        """Listen again on the same port."""
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def close(self) -> None:
        await self.refuse()
        serving = list(self._serving)
        for task in serving:
            task.cancel()
        if serving:
            await asyncio.wait(serving)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        self._open.add(writer)
        self.connections += 1
        try:
            await self._join(reader, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            self._open.discard(writer)
            self._serving.discard(task)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self.upstream)
        self._open.add(up_writer)
        loop = asyncio.get_running_loop()
        pumps = {
            loop.create_task(self._pump(reader, up_writer), name="proxy-up"),
            loop.create_task(self._pump(up_reader, writer), name="proxy-down"),
        }
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.wait(pumps)
            up_writer.transport.abort()
            self._open.discard(up_writer)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(READ_BYTES):
                if self.faults.delay_s:
                    await asyncio.sleep(self.faults.delay_s)
                for piece in self._pieces(data):
                    await self._flowing.wait()
                    writer.write(piece)
                    await writer.drain()
                    if self.faults.bytes_per_s:
                        await asyncio.sleep(len(piece) / self.faults.bytes_per_s)
                    elif self.faults.split_bytes:
                        await asyncio.sleep(0)
        except ConnectionError:
            return

    def _pieces(self, data: bytes) -> list[bytes]:
        size = self.faults.split_bytes or len(data)
        if self.faults.bytes_per_s:
            size = min(size, max(1, int(self.faults.bytes_per_s * _SLICE_S)))
        return [data[at : at + size] for at in range(0, len(data), size)]


@asynccontextmanager
async def fault_proxy(host: str, port: int) -> AsyncIterator[FaultProxy]:
    """Run a proxy in front of host:port; every connection is ended afterwards."""
    proxy = FaultProxy((host, port))
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()
