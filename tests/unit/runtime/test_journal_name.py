"""A journal keeps its name in the books, whatever becomes of the configuration."""

from __future__ import annotations

from pathlib import Path

from dialer.runtime.journal_name import name_of


def test_a_journal_that_is_there_keeps_its_name_when_a_standby_is_added_and_taken_away(
    tmp_path: Path,
) -> None:
    (tmp_path / "00000000000000000001.journal").touch()
    assert name_of(tmp_path, "main", "north") == "main"
    assert name_of(tmp_path, "main", None) == "main"


def test_the_second_daemon_begins_a_journal_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / "journal"
    assert name_of(folder, "main", "south") == "main@south"
    assert name_of(folder, "main", None) == "main@south"
    assert name_of(tmp_path / "other", "main", None) == "main"
