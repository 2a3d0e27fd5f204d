"""Ids seen before in one file, at flat memory: kept in a temporary database that vanishes when closed."""

from __future__ import annotations

import sqlite3


class Seen:
    """A set of texts as large as the disk."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = OFF")
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID")
        self._connection.execute("BEGIN")

    def add(self, key: str) -> bool:
        """Add it; False when it was there."""
        return self._connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount == 1

    def close(self) -> None:
        """Forget all."""
        self._connection.close()
