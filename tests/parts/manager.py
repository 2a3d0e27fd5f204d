"""A bare manager client for tests: what is said goes out as it is, what comes back is kept in order."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from types import TracebackType

from ami.address import NodeAddress
from ami.wire import Decoder, Message, encode_action

PATIENCE_S = 30.0


class Manager:
    """`async with Manager(node) as manager:` is connected, and logged in unless told otherwise."""

    def __init__(self, node: NodeAddress, *, log_in: bool = True) -> None:
        self.node = node
        self.heard: list[Message] = []
        self.closed = asyncio.Event()
        self._log_in = log_in
        self._decoder = Decoder()
        self._news = asyncio.Condition()
        self._number = 0
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Manager:
        self._reader, self._writer = await asyncio.open_connection(self.node.host, self.node.port)
        self._reading = asyncio.get_running_loop().create_task(self._read(), name="manager")
        if self._log_in:
            answer = await self.log_in()
            assert answer.success, answer.get("Message")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    @property
    def banner(self) -> str | None:
        return self._decoder.banner

    def send(self, name: str, **headers: str) -> str:
        """Sends and does not wait; returns the ActionID."""
        self._number += 1
        action_id = headers.pop("ActionID", f"t{self._number}")
        self._writer.write(encode_action((("Action", name), ("ActionID", action_id), *headers.items())))
        return action_id

    def send_raw(self, data: bytes) -> None:
        self._writer.write(data)

    async def ask(self, name: str, **headers: str) -> Message:
        """The response."""
        action_id = self.send(name, **headers)
        return await self.until(lambda m: m.action_id == action_id and bool(m.response))

    async def ask_list(self, name: str, **headers: str) -> list[Message]:
        """The events of the list that answers."""
        action_id = self.send(name, **headers)
        await self.until(lambda m: m.action_id == action_id and m.get("EventList") == "Complete")
        return [m for m in self.heard if m.action_id == action_id and m.is_event and not m.get("EventList")]

    async def log_in(self, secret: str | None = None) -> Message:
        """By MD5 challenge."""
        challenge = (await self.ask("Challenge", AuthType="MD5")).get("Challenge")
        key = hashlib.md5((challenge + (secret or self.node.secret)).encode()).hexdigest()
        return await self.ask("Login", AuthType="MD5", Username=self.node.username, Key=key)

    async def until(self, match: Callable[[Message], bool], timeout_s: float = PATIENCE_S) -> Message:
        """The first message heard, or yet to come, that matches."""
        async with asyncio.timeout(timeout_s), self._news:
            while True:
                for message in self.heard:
                    if match(message):
                        return message
                if self.closed.is_set():
                    raise ConnectionError("closed")
                await self._news.wait()

    async def event(self, name: str, **headers: str) -> Message:
        """The first event of this name with these headers."""
        return await self.until(
            lambda m: m.event == name and all(m.get(key) == value for key, value in headers.items())
        )

    def events(self, name: str, **headers: str) -> list[Message]:
        """All events heard so far of this name with these headers."""
        return [
            m
            for m in self.heard
            if m.event == name and all(m.get(key) == value for key, value in headers.items())
        ]

    async def _read(self) -> None:
        try:
            while data := await self._reader.read(65536):
                async with self._news:
                    self.heard += self._decoder.feed(data)
                    self._news.notify_all()
        except ConnectionError:
            pass
        self.closed.set()
        async with self._news:
            self._news.notify_all()
