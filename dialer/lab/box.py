"""One Asterisk of the lab: its directory, its process, its CLI."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from dialer.lab.errors import AsteriskDied, LabError
from dialer.lab.install import AsteriskInstall
from dialer.lab.wire import Line

BOOT_TIMEOUT_S: Final = 120.0
STOP_TIMEOUT_S: Final = 3.0
_POLL_S: Final = 0.03
# Looked for by modules that complain or refuse without; their defaults are right.
_EMPTY: Final = (
    "acl", "amd", "ccss", "cel", "codecs", "pjproject", "pjsip_notify", "queuerules",
    "sorcery", "stasis", "udptl", "cdr", "features", "musiconhold",
)  # fmt: skip


class Box:
    """One Asterisk with private directories under `home` (its own view) = `outside` (ours)."""

    def __init__(
        self, install: AsteriskInstall, name: str, home: Path, outside: Path, *, ami_port: int, secret: str
    ) -> None:
        self.name = name
        self.home = home
        self.outside = outside
        self.ami_port = ami_port
        self.secret = secret
        self._install = install
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The running Asterisk's process id; None while it is down."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def prepare(self, files: Mapping[str, str]) -> None:
        """Make the directories, write the configuration, share sounds and documentation."""
        for part in ("etc", "var", "spool", "run", "log", "log/cdr-custom", "data/sounds"):
            (self.outside / part).mkdir(parents=True, exist_ok=True)
        shared = self._install.data_dir
        _link(self.outside / "data/documentation", shared / "documentation")
        _link(self.outside / "data/sounds/en", shared / "sounds/en")
        for name in _EMPTY:
            files = {f"{name}.conf": "", **files}
        for file_name, text in files.items():
            (self.outside / "etc" / file_name).write_text(text)
        self.own()

    def own(self) -> None:
        """Give every file to the user Asterisk runs as."""
        if os.geteuid() != 0:
            return
        for path in (self.outside, *self.outside.rglob("*")):
            os.chown(path, self._install.uid, self._install.gid, follow_symlinks=False)

    def spawn(self) -> None:
        """Start the process. It ends with the thread that calls this, even if that is killed."""
        if self.pid is not None:
            raise LabError(f"{self.name} runs already")
        with (self.outside / "log/console").open("ab") as console:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": str(self.home)},
                cwd="/",
                start_new_session=True,
            )

    async def booted(self) -> None:
        """Wait until it is fully booted. Raises AsteriskDied with what it said last."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + BOOT_TIMEOUT_S
        while True:
            if self.pid is None:
                raise AsteriskDied(f"{self.name} ended by itself: {self.last_words()}")
            try:
                async with self.line(events=True) as line:
                    await line.wait_for(lambda m: m["Event"] == "FullyBooted", BOOT_TIMEOUT_S)
                    return
            except LabError:
                if loop.time() > deadline:
                    raise AsteriskDied(f"{self.name} does not come up: {self.last_words()}") from None
                await asyncio.sleep(_POLL_S)

    async def start(self) -> None:
        """Start it and wait until it is up."""
        self.spawn()
        await self.booted()

    def kill(self) -> None:
        """End it at once and without warning (SIGKILL), as a crash would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End it in order: calls are hung up, records written."""
        self._end(signal.SIGTERM)

    async def restart(self) -> None:
        """Kill it and start it again with the same files and AstDB."""
        self.kill()
        await self.start()

    def line(self, *, events: bool = False) -> Line:
        """An AMI session as the user `test`, to be entered as a context manager."""
        return Line(self.ami_port, "test", self.secret, events=events)

    async def cli(self, command: str) -> str:
        """What the CLI prints for `command`."""
        async with self.line() as line:
            return await line.command(command)

    async def channels(self) -> list[str]:
        """The names of all channels it has now, also of those AMI does not list."""
        said = await self.cli("core show channels concise")
        return [row.split("!")[0] for row in said.splitlines() if "!" in row]

    def last_words(self) -> str:
        """The end of its logs."""
        text = ""
        for name in ("log/console", "log/messages"):
            path = self.outside / name
            if path.exists():
                text += path.read_text(errors="replace")[-1500:]
        return text.strip() or "nothing"

    def _command(self) -> list[str]:
        install = self._install
        asterisk = [install.binary, "-C", str(self.home / "etc/asterisk.conf"), "-f"]
        as_user = (
            [f"--reuid={install.uid}", f"--regid={install.gid}", "--clear-groups"]
            if os.geteuid() == 0
            else []
        )
        # Changing the user clears the wish to die with the parent, so setpriv does both, in this order.
        limited = ["setpriv", *as_user, "--pdeathsig", "KILL", *asterisk]
        return limited if install.root is None else ["chroot", str(install.root), *limited]

    def _end(self, how: signal.Signals) -> None:
        process = self._process
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None


def _link(at: Path, to: Path) -> None:
    if not at.is_symlink():
        at.symlink_to(to)
