"""The daemon as an operator runs it: a process of its own, steered by its control socket and by signals."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import config
from dialer.app import socket_path
from dialer.ops import socket as control_socket


class Daemon:
    """`dialer run` on a configuration. `log` is where its log goes."""

    def __init__(self, settings: config.Settings, file: Path) -> None:
        self.settings = settings
        self.file = file
        self.log = file.parent / "dialer.log"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(
        self,
        timeout_s: float = 120.0,
        *,
        wait_for_nodes: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Run it and wait until it answers."""
        self.spawn(environment)
        await self.answers(timeout_s, wait_for_nodes=wait_for_nodes)

    def spawn(self, environment: Mapping[str, str] | None = None) -> None:
        """Run it."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "dialer", "run", "--config", str(self.file), "--log-json"],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
            )

    async def answers(self, timeout_s: float = 120.0, *, wait_for_nodes: bool = True) -> None:
        """Wait until it answers, and its nodes are up."""
        assert self._process is not None
        async with asyncio.timeout(timeout_s):
            while True:
                if self._process.poll() is not None:
                    raise AssertionError(f"the daemon ended: {self.log.read_text()[-2000:]}")
                try:
                    rows = await self.ask("campaigns")
                except control_socket.NotRunning:
                    rows = []
                if rows and (not wait_for_nodes or all(row["node_up"] for row in rows)):
                    return
                await asyncio.sleep(0.05)

    async def ask(self, verb: str, **args: Any) -> Any:
        """Ask over the control socket."""
        return await asyncio.to_thread(control_socket.ask, socket_path(self.settings), verb, **args)

    @property
    def pid(self) -> int:
        """The id of the process that was started last."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def terminate(self, timeout_s: float = 120.0) -> int:
        """SIGTERM, and its exit status."""
        self.signal(signal.SIGTERM)
        return await self.ended(timeout_s)

    async def ended(self, timeout_s: float = 120.0) -> int:
        """Wait for its end; its exit status."""
        assert self._process is not None
        return await asyncio.to_thread(self._process.wait, timeout_s)

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def close(self) -> None:
        """End it, however it is."""
        if self.running:
            self.kill()
