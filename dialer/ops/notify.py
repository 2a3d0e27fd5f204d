"""What systemd is told of a service of Type=notify: ready, reloading, stopping, a status line, and the heartbeat."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """Tells the socket systemd names; without one it does nothing. Never raises and never waits."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._path = environment.get("NOTIFY_SOCKET", "")
        self._feed_every_s = _watchdog_s(environment) / 3
        self._fed_at = float("-inf")
        self._status = ""

    @classmethod
    def from_process(cls) -> Notifier:
        """As this process was started; children are not to speak for it."""
        notifier = cls(os.environ)
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
            os.environ.pop(name, None)
        return notifier

    def ready(self, status: str) -> None:
        """Started, or done with a reload."""
        self._tell("READY=1", f"STATUS={_plain(status)}")
        self._status = status

    def reloading(self) -> None:
        """The configuration is being read."""
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self, status: str) -> None:
        """On the way out."""
        self._tell("STOPPING=1", f"STATUS={_plain(status)}")

    def status(self, status: str) -> None:
        """The line `systemctl status` shows; told when it changed."""
        if status != self._status:
            self._status = status
            self._tell(f"STATUS={_plain(status)}")

    def feed(self) -> None:
        """The watchdog, as often as it wants; without one, nothing."""
        now = time.monotonic()
        if self._feed_every_s and now - self._fed_at >= self._feed_every_s:
            self._fed_at = now
            self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if not self._path:
            return
        # An abstract socket is written with @ and begins with a NUL.
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.sendto("\n".join(lines).encode(), address)


def _watchdog_s(environment: Mapping[str, str]) -> float:
    if environment.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    written = environment.get("WATCHDOG_USEC", "")
    return int(written) / 1e6 if written.isdecimal() else 0.0


def _plain(text: str) -> str:
    return " ".join(text.split())[:200]
