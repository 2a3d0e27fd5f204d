"""The journal's writer when the journal takes nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dialer.runtime.books import Books
from storage import Database, JournalUnwritable
from storage.journal import Journal


async def test_what_the_journal_does_not_take_is_counted_and_told_as_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/books.db")
    await database.upgrade()
    journal = await Journal.open(tmp_path / "journal")
    told: list[tuple[str, str]] = []

    def forbid(source: str, why: str) -> None:
        told.append((source, why))
        books.write({"in": "DialingForbidden", "why": why})  # as a floor does: it is an event like others

    books = Books(journal, database, "test", forbid)
    await books.start()
    take = journal.append

    def full(_: Mapping[str, Any]) -> int:
        raise JournalUnwritable("no space")

    monkeypatch.setattr(journal, "append", full)
    for n in range(3):
        books.write({"n": n})
    assert [source for source, why in told if why] == ["journal"]
    monkeypatch.setattr(journal, "append", take)
    books.write({"n": 3})
    assert told[-1] == ("journal", "")
    records = [record for _, record in journal.read()]
    assert records == [{"gap": 4}, {"n": 3}, {"in": "DialingForbidden", "why": ""}]
    await books.close()
    await database.close()
