"""What systemd would hear: the socket a service of Type=notify speaks to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.parts.virtual_time import eventually


class Heard:
    """Messages as they came, one list of lines each."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self.messages: list[dict[str, str]] = []

    def take(self) -> None:
        """Read what is there."""
        while True:
            try:
                data = self._line.recv(65_536)
            except BlockingIOError:
                return
            pairs = (part.partition("=") for part in data.decode().split("\n"))
            self.messages.append({name: value for name, _, value in pairs})

    def count(self, name: str) -> int:
        """Messages that told this."""
        self.take()
        return sum(name in message for message in self.messages)

    async def until(self, name: str, times: int = 1, within_s: float = 60) -> dict[str, str]:
        """The message that told it, the n-th time."""
        await eventually(lambda: self.count(name) >= times, within_s=within_s, step_s=0.02)
        await asyncio.sleep(0)
        return [message for message in self.messages if name in message][times - 1]


@contextmanager
def hearing(folder: Path) -> Iterator[tuple[Path, Heard]]:
    """The socket's path, and what comes in."""
    path = folder / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(path))
        line.setblocking(False)
        yield path, Heard(line)
