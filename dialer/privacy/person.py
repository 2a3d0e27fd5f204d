"""One person's data: given to them whole, or forgotten so that nobody calls them again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import storage
from dialer.compliance import mask
from dialer.privacy import files, tapes
from dialer.privacy.keys import key_for, known_key
from dialer.recordings import Archive
from storage.person import Found

TIMEOUT_S = 60.0

JOURNAL = "The journal holds ids of calls and leads, no number and no name; it is deleted after journal_days."


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure is about to do. `others`: numbers of the same leads that would stay."""

    found: Found
    rows: storage.person.Erased
    recordings: int
    rejects: tuple[Path, ...]
    lists: tuple[Path, ...]
    unseen: tuple[Path, ...]

    @property
    def others(self) -> int:
        """How many numbers of theirs would stay."""
        return len(self.found.other_numbers)

    def as_dict(self) -> dict[str, Any]:
        """The same for programs; without a number."""
        return {
            **self.rows.as_dict(),
            "recordings": self.recordings,
            "rejects_files": [str(one) for one in self.rejects],
            "lists_to_delete_by_hand": [str(one) for one in self.lists],
            "recording_folders_not_here": [str(one) for one in self.unseen],
            "other_numbers": self.others,
        }


async def held(archive: Archive, e164: str, *, whole: bool, now: datetime) -> dict[str, Any]:
    """Everything held on the person with this number, as plain data. Raises StorageError, KeyFileError."""
    db, settings = archive.db, archive.settings()
    async with asyncio.timeout(TIMEOUT_S):
        found = await storage.person.find(db, e164, whole=whole)
        rows = await storage.person.held(db, found)
        key = await asyncio.to_thread(known_key, settings)
        erased = await storage.erased.which(db, found.numbers, key)
        calls = [row["id"] for row in rows["attempts"]]
        recorded = await tapes.of_calls(archive, calls)
        lists = await asyncio.to_thread(files.naming, settings.privacy.folders, found.numbers)
    return {
        "made_at": now.isoformat(),
        "numbers": list(found.numbers),
        "numbers_not_asked_about": len(found.other_numbers),
        **{table: [_plain(row) for row in some] for table, some in rows.items()},
        "never_called_again": sorted(erased),
        "raw_recordings": [str(one) for one in recorded.raw],
        "files_that_name_them": [str(one) for one in lists],
        "journal": JOURNAL,
    }


async def plan(archive: Archive, e164: str, *, whole: bool) -> Plan:
    """What `erase` would do. Raises PersonBusy and PersonHeld where it could not."""
    db, folders = archive.db, archive.settings().privacy.folders
    async with asyncio.timeout(TIMEOUT_S):
        found = await storage.person.find(db, e164, whole=whole)
        calls = await storage.person.call_ids(db, found)
        rows = await storage.person.count(db, found)
        return Plan(
            found,
            rows,
            len(await tapes.of_calls(archive, calls)),
            *await asyncio.to_thread(_naming, folders, found),
            tuple(await asyncio.to_thread(tapes.away, archive)) if calls else (),
        )


async def erase(archive: Archive, e164: str, *, whole: bool, now: datetime, actor: str) -> dict[str, Any]:
    """Forget the person, and keep a hash of their numbers, so that nobody imports and dials them again.

    First the hashes, then files, then the database in one transaction: killed at any point, a second run ends it.
    Raises PersonBusy, PersonHeld, KeyFileError, RecordingError and OSError; done twice, it is done once.
    """
    planned = await plan(archive, e164, whole=whole)
    db = archive.db
    key = await asyncio.to_thread(key_for, archive.settings())
    async with asyncio.timeout(TIMEOUT_S):
        # Raises where people were erased under another key: a second key would hide that the first is lost.
        await storage.erased.which(db, (), key)
        await storage.erased.add(db, planned.found.numbers, key, now=now)
        calls = await storage.person.call_ids(db, planned.found)
        recorded = await tapes.erase(archive, calls, actor=actor)
        rows = 0
        for file in planned.rejects:
            rows += await asyncio.to_thread(files.without, file, planned.found.numbers)
        target = "erased:" + key.hash_of(e164)[:16]
        done = await storage.person.erase(db, planned.found, now=now, actor=actor, target=target)
    return {
        **planned.as_dict(),
        **done.as_dict(),
        "recordings": recorded,
        "rejected_rows": rows,
        "known_as": target,
    }


def shown(e164: str) -> str:
    """The number as logs and the audit log name it."""
    return mask(e164)


def _naming(folders: Iterable[Path], found: Found) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Files that name the person: of rejected rows, which are ours to change, and others, which are not."""
    naming = files.naming(folders, found.numbers)
    ours = tuple(one for one in naming if one.name.endswith(files.REJECTS))
    return ours, tuple(one for one in naming if one not in ours)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, datetime) else value for key, value in row.items()}
