"""A small AMI client for the lab itself: waits for boot, moves phones, asks the CLI. The daemon's own is in ami."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from dialer.lab.errors import LabError

TIMEOUT_S = 30.0


class Message:
    """One AMI message: headers in order, the first of a name by `[name]`, "" where there is none."""

    __slots__ = ("headers",)

    def __init__(self, raw: bytes) -> None:
        lines = raw.decode(errors="replace").split("\r\n")
        pairs = (line.partition(":") for line in lines if ":" in line)
        self.headers = tuple((name, value.strip()) for name, _, value in pairs)

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a header."""
        return tuple(value for key, value in self.headers if key == name)

    def __repr__(self) -> str:
        return f"Message({dict(self.headers)})"


class Line:
    """One AMI session on loopback. Use as a context manager; keeps all events it was sent in `events`."""

    def __init__(self, port: int, username: str, secret: str, *, events: bool = False) -> None:
        self._port = port
        self._login = (("Username", username), ("Secret", secret), ("Events", "on" if events else "off"))
        self.events: list[Message] = []
        self._news = asyncio.Condition()
        self._answers: dict[str, asyncio.Queue[Message]] = {}
        self._count = 0
        self._reader_task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def __aenter__(self) -> Self:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
                await reader.readuntil(b"\r\n")
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            await self.__aexit__(None, None, None)
            raise LabError(f"no AMI on port {self._port}: {error!r}") from error
        loop = asyncio.get_running_loop()
        self._reader_task = loop.create_task(self._read(reader), name=f"lab-ami-{self._port}")
        try:
            answer = await self.ask("Login", *self._login)
            if answer["Response"] != "Success":
                raise LabError(f"AMI login refused: {answer['Message']}")
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._reader_task is not None:
            self._reader_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader_task
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(TIMEOUT_S):
                    await self._writer.wait_closed()

    async def ask(self, action: str, *headers: tuple[str, str], timeout_s: float = TIMEOUT_S) -> Message:
        """Send an action and return its response, whatever it says."""
        return (await self._ask(action, headers, timeout_s, whole_list=False))[0]

    async def ask_list(
        self, action: str, *headers: tuple[str, str], timeout_s: float = TIMEOUT_S
    ) -> list[Message]:
        """Send an action answered by a list and return the list's events; empty if it was refused."""
        return (await self._ask(action, headers, timeout_s, whole_list=True))[1:]

    async def command(self, command: str) -> str:
        """What the CLI prints for `command`."""
        answer = await self.ask("Command", ("Command", command))
        return "\n".join(answer.all("Output")) or answer["Message"]

    async def wait_for(
        self, wanted: Callable[[Message], bool], timeout_s: float = TIMEOUT_S, *, after: int = 0
    ) -> Message:
        """The first event, seen already or to come, that is `wanted`; `after` skips that many of the oldest."""
        try:
            async with asyncio.timeout(timeout_s), self._news:
                while True:
                    for event in self.events[after:]:
                        if wanted(event):
                            return event
                    after = len(self.events)
                    await self._news.wait()
        except TimeoutError:
            raise LabError(f"no such event in {timeout_s:g} s; {len(self.events)} others came") from None

    async def _ask(
        self, action: str, headers: tuple[tuple[str, str], ...], timeout_s: float, *, whole_list: bool
    ) -> list[Message]:
        if self._writer is None:
            raise LabError("the AMI session is not open")
        self._count += 1
        action_id = next((value for name, value in headers if name == "ActionID"), f"lab-{self._count}")
        answers = self._answers[action_id] = asyncio.Queue()
        rest = (header for header in headers if header[0] != "ActionID")
        lines = (("Action", action), ("ActionID", action_id), *rest)
        self._writer.write(b"".join(f"{k}: {v}\r\n".encode() for k, v in lines) + b"\r\n")
        got: list[Message] = []
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    message = await answers.get()
                    if message["EventList"] == "Complete":
                        return got
                    got.append(message)
                    if not whole_list or got[0]["Response"] == "Error":
                        return got
        except TimeoutError:
            raise LabError(f"{action} was not answered in {timeout_s:g} s") from None
        finally:
            del self._answers[action_id]

    async def _read(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            while True:
                message = Message(await reader.readuntil(b"\r\n\r\n"))
                waiting = self._answers.get(message["ActionID"])
                if waiting is not None and message["Event"] != "OriginateResponse":
                    waiting.put_nowait(message)
                elif message["Event"]:
                    async with self._news:
                        self.events.append(message)
                        self._news.notify_all()
