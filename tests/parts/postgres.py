"""A real PostgreSQL of our own: fresh folder, free port, loopback, no fsync. Never the machine's cluster."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.parts.ports import free_port

_SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
fsync = off
full_page_writes = off
max_connections = 60
shared_buffers = {shared_buffers}
autovacuum_naptime = 10s
"""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server that trusts every local user."""

    bin: Path
    folder: Path
    port: int

    def url(self, database: str) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement with psql and return its output."""
        return self.run("psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port),
                        "-U", "postgres", "-d", database, "-c", statement)  # fmt: skip

    def create(self, template: str = "template0") -> str:
        """Make a database, empty unless a template is named, and return its name."""
        name = f"t_{uuid.uuid4().hex}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs as the user the server runs as."""
        done = subprocess.run(
            [*_as_postgres(), str(self.bin / program), *arguments],
            check=False, capture_output=True, text=True, timeout=300, cwd="/",
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr or done.stdout}")
        return done.stdout.strip()

    def start(self, options: str = "") -> None:
        """Start the server and wait until it answers; `options` are the server's own, as on its command line."""
        data, log = str(self.folder / "data"), str(self.folder / "log")
        self.run("pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop the server: at once, or ("fast") with all it holds written."""
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "-w", "stop")


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs installed, None without one."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def launch(folder: Path, *, shared_buffers: str = "64MB", more: str = "") -> Server:
    """Make a cluster inside `folder`, with `more` settings, and start it; the caller stops it."""
    binaries = programs()
    if binaries is None:
        raise RuntimeError("PostgreSQL is not installed")
    server = Server(binaries, folder, free_port())
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    server.run(
        "initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"
    )
    with (data / "postgresql.conf").open("a") as settings:
        settings.write(_SETTINGS.format(port=server.port, shared_buffers=shared_buffers) + more)
    server.start()
    return server


@contextmanager
def running() -> Iterator[Server]:
    """A server in a fresh folder of its own, which goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="cadence-postgres-"))
    try:
        folder.chmod(0o755)
        server = launch(folder)
        try:
            yield server
        finally:
            with suppress(RuntimeError):  # a test may have stopped it
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A PostgreSQL for the whole test run; without one installed: skipped, under CI failed."""
    if programs() is None:
        message = "needs PostgreSQL (Debian package postgresql)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The address of an empty database."""
    name = postgres_server.create()
    yield postgres_server.url(name)
    postgres_server.drop(name)


def _as_postgres() -> list[str]:
    """PostgreSQL refuses to run as root."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
