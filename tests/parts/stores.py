"""Where finished recordings are kept: a folder, and a real S3 server of our own on loopback (moto's)."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest

from tests.parts.ports import free_port


class Place(Protocol):
    """A store as its owner sees it, past the daemon."""

    @property
    def house(self) -> dict[str, Any]:
        """The settings of recordings that name it."""
        ...

    def paths(self) -> list[str]:
        """The files it holds, sorted."""
        ...

    def read(self, path: str) -> bytes:
        """A file, as it lies there."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Put something else in a file's place."""
        ...

    def lose(self, path: str) -> None:
        """Delete a file behind the daemon's back."""
        ...

    def fail(self, how: str) -> None:
        """Take or give nothing from now on."""
        ...

    def mend(self) -> None:
        """Be as before `fail`; what was kept may be lost."""
        ...


class Folder:
    """A folder of this disk. It fails in one way: `away`, with a file in its place."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._moved = root.with_name(f"{root.name}-moved")
        root.mkdir(parents=True, exist_ok=True)

    @property
    def house(self) -> dict[str, Any]:
        return {"store": str(self.root)}

    def paths(self) -> list[str]:
        return sorted(str(one.relative_to(self.root)) for one in self.root.rglob("*") if one.is_file())

    def read(self, path: str) -> bytes:
        return (self.root / path).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        (self.root / path).write_bytes(content)

    def lose(self, path: str) -> None:
        (self.root / path).unlink()

    def fail(self, how: str) -> None:
        assert how == "away"
        self.root.rename(self._moved)
        self.root.touch()

    def mend(self) -> None:
        self.root.unlink()
        self._moved.rename(self.root)


class Server:
    """moto's S3 in a process of its own; it keeps its port while it is down, and forgets its buckets."""

    def __init__(self, folder: Path) -> None:
        self.url = f"http://127.0.0.1:{(port := free_port())}"
        self._port = port
        self._log = folder / "s3.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, and wait until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self._port)],
                stdout=log,
                stderr=log,
            )
        while True:
            assert self._process.poll() is None, self._log.read_text()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return

    def stop(self) -> None:
        """Kill it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(30)

    def signal(self, one: signal.Signals) -> None:
        """SIGSTOP: connections are taken and nothing is said on them, until SIGCONT."""
        assert self._process is not None
        self._process.send_signal(one)


class Bucket:
    """A bucket on the server, in which the store is a folder.

    It fails as `away` (nobody listens), `silent` (connections are taken and never answered), `refuses` (the keys are
    not let in) and `no bucket`.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._name = f"b-{uuid4().hex}"
        self._how = ""
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=owner/20260101/us-east-1/s3/aws4_request"}
        self._http = httpx.Client(base_url=server.url, headers=signed, timeout=30, trust_env=False)
        self._make()

    def _make(self) -> None:
        self._http.put(f"/{self._name}").raise_for_status()

    @property
    def house(self) -> dict[str, Any]:
        options = {"endpoint_url": self._server.url}
        return {"store": f"s3://{self._name}/cadence", "options": options, "store_timeout_s": 1}

    def paths(self) -> list[str]:
        answer = self._http.get(f"/{self._name}?list-type=2").raise_for_status()
        keys = [unquote(one) for one in re.findall("<Key>(.*?)</Key>", answer.text)]
        assert all(one.startswith("cadence/") for one in keys), keys
        return sorted(one.removeprefix("cadence/") for one in keys)

    def read(self, path: str) -> bytes:
        return self._http.get(f"/{self._name}/cadence/{path}").raise_for_status().content

    def write(self, path: str, content: bytes) -> None:
        self._http.put(f"/{self._name}/cadence/{path}", content=content).raise_for_status()

    def lose(self, path: str) -> None:
        self._http.delete(f"/{self._name}/cadence/{path}").raise_for_status()

    def fail(self, how: str) -> None:
        self._how = how
        match how:
            case "away":
                self._server.stop()
            case "silent":
                self._server.signal(signal.SIGSTOP)
            case "refuses":
                self._let_in("0")
            case "no bucket":
                self._http.delete(f"/{self._name}").raise_for_status()
            case _:
                raise AssertionError(how)

    def mend(self) -> None:
        match self._how:
            case "away":
                self._server.start()
                self._make()
            case "silent":
                self._server.signal(signal.SIGCONT)
            case "refuses":
                self._let_in("inf")
            case "no bucket":
                self._make()
        self._how = ""

    def close(self) -> None:
        """Leave the server as it was found."""
        self.mend()
        self._http.close()

    def _let_in(self, wishes: str) -> None:
        """How many wishes more are granted to whom the server does not know."""
        self._http.post("/moto-api/reset-auth", content=wishes).raise_for_status()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that runs."""
    server = Server(tmp_path_factory.mktemp("s3"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3(s3_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket, and in the environment what every S3 program reads there."""
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "cadence")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-tests")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    bucket = Bucket(s3_server)
    yield bucket
    bucket.close()


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each kind of store, empty."""
    if request.param == "folder":
        return Folder(tmp_path / "kept")
    found: Bucket = request.getfixturevalue("s3")
    return found
