"""Recordings of some calls, as Asterisk wrote them: the one place that knows where they are."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

import config


class Recordings(Protocol):
    """What an answer to a person, and an erasure, ask of recordings. All of it blocks: call it from a thread."""

    def of_calls(self, attempt_ids: Collection[str]) -> list[Path]:
        """The files of these calls."""
        ...

    def erase(self, attempt_ids: Collection[str]) -> int:
        """Delete the files of these calls and return how many went; those gone already do not count."""
        ...


class RawFiles:
    """The files in the campaigns' recording folders, named by their attempt and the second they began."""

    def __init__(self, settings: config.Settings) -> None:
        of_all = Path(settings.data_dir) / "recordings"
        self.folders = sorted(
            {of_all, *(Path(one.recording.folder or of_all) for one in settings.campaigns.values())}
        )

    @property
    def away(self) -> list[Path]:
        """Folders that are not on this machine; Asterisk's own disk may be another's."""
        return [folder for folder in self.folders if not folder.is_dir()]

    def of_calls(self, attempt_ids: Collection[str]) -> list[Path]:
        """The files of these calls, in order of name."""
        wanted = set(attempt_ids)
        return sorted(
            file
            for folder in self.folders
            if wanted and folder.is_dir()
            for file in folder.iterdir()
            if file.name.partition(".raw")[0].rpartition("-")[0] in wanted and file.is_file()
        )

    def erase(self, attempt_ids: Collection[str]) -> int:
        """Delete them."""
        gone = 0
        for file in self.of_calls(attempt_ids):
            try:
                file.unlink()
            except FileNotFoundError:
                continue
            gone += 1
        return gone
