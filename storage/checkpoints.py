"""SQLite's write-ahead log is moved into the file by a thread beside the writers, so no claim waits for it."""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Final

_LOG: Final = logging.getLogger(__name__)

PAUSE_S: Final = 2.0
"""Rest between two moves: each costs two syncs, and what lies in the log longer is moved in one piece."""

SAFETY_PAGES: Final = 32_000
"""Pages in the log (128 MB) after which a writer moves them itself, in case the thread fell behind."""


class Checkpoints:
    """A thread that sleeps until told of a write. Nothing is lost without it: the log is part of the database."""

    def __init__(self, file: Path, *, durable: bool) -> None:
        self._file = file
        self._durable = durable
        self._written = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def written(self) -> None:
        """Something was committed."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
            self._thread.start()
        self._written.set()

    def stop(self) -> None:
        """End the thread; waits for a move under way."""
        self._stopped.set()
        self._written.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            with closing(sqlite3.connect(self._file, timeout=0, isolation_level=None)) as connection:
                self._move_for_ever(connection)
        except sqlite3.Error as error:
            _LOG.warning(
                "writers move the log themselves now: %s", error, extra={"event": "checkpoints_ended"}
            )

    def _move_for_ever(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA synchronous = {'NORMAL' if self._durable else 'OFF'}")
        while not self._stopped.is_set():
            self._written.wait()
            self._written.clear()
            if not self._stopped.wait(PAUSE_S):
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
