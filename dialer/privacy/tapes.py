"""Recordings of some calls, finished or raw: to be given to the person, or deleted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import storage
from dialer.recordings import Archive, StoreAway, Sweeper
from dialer.recordings.collector import folder_of, listed
from dialer.runtime.tasks import outside

TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Tapes:
    """Finished recordings of the store, and raw files that Asterisk wrote and nobody collected yet."""

    kept: tuple[storage.recordings.Recording, ...]
    raw: tuple[Path, ...]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.kept) + len(self.raw)


def folders(archive: Archive) -> list[Path]:
    """Where this machine finds what Asterisk records."""
    settings = archive.settings()
    return sorted({folder_of(campaign, settings) for campaign in settings.campaigns.values()})


def away(archive: Archive) -> list[Path]:
    """Folders of recordings that are not on this machine; Asterisk's own disk may be another's. It blocks."""
    return [folder for folder in folders(archive) if not folder.is_dir()]


async def of_calls(archive: Archive, attempt_ids: Collection[str]) -> Tapes:
    """The recordings of these calls."""
    kept = await outside("recordings", storage.recordings.of_attempts(archive.db, attempt_ids), TIMEOUT_S)
    wanted = frozenset(attempt_ids)
    found = await archive.in_thread(listed, folders(archive), timeout_s=TIMEOUT_S)
    return Tapes(kept, tuple(one.path for one in found if one.raw.attempt_id in wanted))


async def write_out(archive: Archive, tapes: Tapes, folder: Path) -> list[Path]:
    """Write the finished ones, playable, into a folder; return these and the raw ones. Raises RecordingError."""
    written = []
    for one in tapes.kept:
        file = folder / f"{one.name}.{one.format}"
        await archive.write_out(one, file)
        written.append(file)
    return [*written, *tapes.raw]


async def erase(archive: Archive, attempt_ids: Collection[str], *, actor: str) -> int:
    """Delete all of these calls and return how many went. Raises PersonHeld, and StoreAway where some are left."""
    swept = await Sweeper(archive).erase(attempt_ids, actor=actor, why="the person was erased")
    if swept.held:
        raise storage.PersonHeld(f"recording {swept.held[0]} is under legal hold; release it first")
    if swept.failed:
        name, why = next(iter(swept.failed.items()))
        raise StoreAway(f"the recording {name} could not be deleted: {why}; then erase the person again")
    return len(swept.deleted)
