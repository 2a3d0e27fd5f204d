"""A place for each lab: ports and a directory that no other lab on this machine has."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Final

from dialer.lab.errors import LabError
from dialer.lab.install import AsteriskInstall

SLOTS: Final = 200
# Above the RTP range of the lab, below the range the kernel takes ports for outgoing connections from.
FIRST_PORT: Final = 30000
PORTS_EACH: Final = 10


@dataclass(slots=True)
class Place:
    """A directory and ten ports, ours for as long as the lock is held."""

    home: Path  # as Asterisk sees it
    outside: Path  # as we see it
    first_port: int
    lock: TextIOWrapper

    def release(self, *, keep: bool = False) -> None:
        """Give the place back; its files go unless `keep`."""
        if not keep:
            shutil.rmtree(self.outside, ignore_errors=True)
        self.lock.close()


def take(install: AsteriskInstall) -> Place:
    """The first free place. What a killed lab left behind there is removed. Raises LabError if none is free."""
    locks = Path(tempfile.gettempdir()) / f"cadence-lab-{os.getuid()}"
    locks.mkdir(mode=0o755, exist_ok=True)
    if locks.is_symlink() or locks.stat().st_uid != os.getuid():
        raise LabError(f"{locks} belongs to somebody else")
    base = Path("/lab") if install.root is not None else locks
    for slot in range(SLOTS):
        lock = (locks / f"slot-{slot}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        first_port = FIRST_PORT + slot * PORTS_EACH
        if not all(_free(first_port + i) for i in range(PORTS_EACH)):
            lock.close()
            continue
        home = base / f"slot-{slot}"
        outside = install.outside(home)
        shutil.rmtree(outside, ignore_errors=True)
        outside.mkdir(parents=True)
        return Place(home=home, outside=outside, first_port=first_port, lock=lock)
    raise LabError(f"{SLOTS} labs are running already, or their ports are taken")


def _free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
