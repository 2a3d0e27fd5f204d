"""A real Mosquitto of our own on a free loopback port; it can be stopped, started again and told to be strict."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.certificates import Authority, Certificate
from tests.parts.ports import free_port

SETTINGS = """
listener {port} 127.0.0.1
persistence false
log_type error
log_type warning
"""


class Broker:
    """A broker in a folder of its own. `stop` and `start` keep the port; what was retained is lost."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._authority: Authority | None = None
        self._shown: Certificate | None = None

    def start(
        self, *, user: str = "", password: str = "", topics: tuple[str, ...] = (), tls: bool = False
    ) -> None:
        """Run it, and wait until it listens; with a user it lets nobody else in, with topics it knows no others."""
        lines = [SETTINGS.format(port=self.port)]
        if os.geteuid() == 0:
            lines.append("user root\n")  # or it could not read what only root may
        if user:
            secrets = self._folder / "passwords"
            secrets.write_text(f"{user}:{password}\n")
            maker = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"
            subprocess.run([maker, "-U", str(secrets)], check=True, timeout=30)
            secrets.chmod(0o644)
            lines.append(f"allow_anonymous false\npassword_file {secrets}\n")
        else:
            lines.append("allow_anonymous true\n")
        if tls:
            assert self.certificate.exists()
            assert self._shown is not None
            lines.append(f"certfile {self._shown.chain}\nkeyfile {self._shown.key}\n")
        if topics:
            access = self._folder / "access"
            access.write_text("".join(f"topic readwrite {topic}\n" for topic in topics))
            access.chmod(0o600)
            lines.append(f"acl_file {access}\n")
        file = self._folder / "mosquitto.conf"
        file.write_text("".join(lines))
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([self._program, "-c", str(file)], stdout=log, stderr=log)
        while True:
            assert self._process.poll() is None, (self._folder / "log").read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return

    @property
    def certificate(self) -> Path:
        """The authority that vouches for it at 127.0.0.1; made when first asked for."""
        if self._authority is None:
            self._authority = Authority(self._folder)
            self._shown = self._authority.signs("127.0.0.1")
        return self._authority.file

    def freeze(self) -> None:
        """Its process stands still: connections stay open, nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A running Mosquitto; without one installed: skipped, under CI failed."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        message = "needs Mosquitto (Debian package mosquitto)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    folder = tmp_path / "broker"
    folder.mkdir()
    running = Broker(program, folder)
    running.start()
    yield running
    running.stop()
