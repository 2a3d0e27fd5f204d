"""SQLite's log reaches the file without a writer waiting for it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from storage import Database, campaigns, checkpoints
from tests.parts.people import NOW


async def test_what_is_committed_is_moved_into_the_file_beside_the_writers(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "PAUSE_S", 0.0)
    file = tmp_path / "memory.db"
    file.write_bytes(sqlite_template.read_bytes())
    database = await Database.open(f"sqlite:///{file}")
    await campaigns.ensure(database, "campaign-to-be-found", now=NOW)
    async with asyncio.timeout(120):
        while b"campaign-to-be-found" not in file.read_bytes():
            await campaigns.ensure(database, "campaign-to-be-found", now=NOW)
    await database.close()
    assert not (tmp_path / "memory.db-wal").exists()
