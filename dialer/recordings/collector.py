"""Collects what Asterisk has recorded: the raw files of calls that are over, one after the other.

The folders are the queue: a file that was not brought in yet is still there after a crash, and is found by looking.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

import config
import storage
from dialer.recordings import names, retention
from dialer.recordings.archive import DATABASE_TIMEOUT_S, Archive
from dialer.recordings.errors import BadKey, KeyMissing, RecordingError
from dialer.runtime.dialer import Dialer
from dialer.runtime.tasks import Tasks, outside
from dialer.runtime.troubles import Trouble

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 60.0
IDLE_S = 300.0
"""Where nothing is recorded and nothing was left, nothing is looked for."""

SETTLE_S = 2.0
"""A file whose size has not changed for so long, and whose call is over, is whole."""

RETRY_S = 60.0
MISSED_AFTER_S = 60.0
MISSED_FOR_S = 24 * 3600.0
"""How long a file that never came is complained about."""

MOST_AT_ONCE = 500
MOST_EXPECTED = 10_000
LOOK_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A raw file as it was seen."""

    path: Path
    raw: names.Raw
    size: int


@dataclass(slots=True)
class Tally:
    """What one look came to."""

    kept: int = 0
    failed: int = 0
    unsettled: int = 0
    unknown: int = 0
    errors: list[str] = field(default_factory=list)


class Collector:
    """Looks into the folders of every campaign, soon after a call with a recording is over."""

    def __init__(self, dialer: Dialer, archive: Archive) -> None:
        self._dialer = dialer
        self._archive = archive
        self._tasks = Tasks()
        self._wake = asyncio.Event()
        self._seen: dict[Path, tuple[int, float]] = {}
        self._resting: dict[Path, float] = {}
        self._expected: dict[str, tuple[Path, float | None]] = {}
        self._there: set[Path] = set()
        self._deaf: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to look."""
        self._deaf = self._dialer.listen(self.hear)
        self._tasks.start("collect recordings", self._run())

    async def close(self) -> None:
        """Stop; what was half done is done anew by the next life."""
        self._deaf()
        await self._tasks.close()

    def hear(self, campaign_id: str, fact: Mapping[str, Any]) -> None:
        """Note what is being recorded, and look when its call is over."""
        kind, attempt = fact["fact"], fact.get("attempt", "")
        file = {"recording_started": fact.get("file"), "attempt_verdict": fact.get("clip")}.get(kind)
        if file and len(self._expected) < MOST_EXPECTED:
            campaign = self._dialer.settings.campaigns.get(campaign_id)
            if campaign is not None:
                self._expected[file] = (self._folder(campaign) / file, None)
        elif kind == "attempt_ended" and attempt:
            for file, (path, _) in list(self._expected.items()):
                if file.startswith(f"{attempt}-"):
                    self._expected[file] = (path, self._dialer.clock.now())
                    self._wake.set()

    async def _run(self) -> None:
        rest_s = SETTLE_S
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._wake.wait()
            self._wake.clear()
            if rest_s == IDLE_S and not self._records():
                continue
            try:
                tally = await self.look()
            except (storage.StorageError, TimeoutError, OSError) as error:
                log.warning("recordings_not_looked_for", error=str(error) or "no answer in time")
                rest_s = LOOK_EVERY_S
                continue
            busy = self._records() or tally.failed
            rest_s = SETTLE_S if tally.unsettled else LOOK_EVERY_S if busy else IDLE_S

    def _records(self) -> bool:
        """Whether any campaign does now, or something recorded is still waited for."""
        campaigns = self._dialer.settings.campaigns.values()
        return bool(self._expected) or any(one.records for one in campaigns)

    async def look(self) -> Tally:
        """Bring in every raw file that is whole and whose call is over; the others are left for the next look."""
        tally = Tally()
        waiting = await self._waiting()
        for first in range(0, len(waiting), MOST_AT_ONCE):
            some = waiting[first : first + MOST_AT_ONCE]
            ids = sorted({one.raw.attempt_id for one in some})
            finding = storage.attempts.by_ids(self._archive.db, ids)
            found = await outside("database", finding, DATABASE_TIMEOUT_S)
            attempts = {one.attempt_id: one for one in found}
            for one in some:
                attempt = attempts.get(one.raw.attempt_id)
                if attempt is None:
                    tally.unknown += 1
                elif self._ours(attempt):
                    await self._take(one, attempt, tally)
        self._tell(tally)
        return tally

    async def _take(self, one: Waiting, attempt: storage.Attempt, tally: Tally) -> None:
        now = self._dialer.clock.now()
        settled = self._settled(one, now)
        if attempt.state != "ended" or not settled:
            tally.unsettled += 1
            return
        if self._resting.get(one.path, 0.0) > now:
            tally.failed += 1
            return
        try:
            await self._bring_in(one, attempt)
        except (RecordingError, OSError, storage.StorageError, TimeoutError) as error:
            why = str(error) or "no answer in time"
            self._resting[one.path] = now + RETRY_S
            tally.failed += 1
            tally.errors.append(why)
            log.error("recording_not_kept", recording=one.raw.name, error=why)
            if isinstance(error, BadKey | KeyMissing):
                # Nobody else reads meanwhile what was to be sealed; not ours to change where Asterisk owns it.
                await asyncio.to_thread(_close_to_others, one.path)
            return
        self._forget(one.path)
        tally.kept += 1

    async def _bring_in(self, one: Waiting, attempt: storage.Attempt) -> None:
        """Into the archive unless an earlier try got so far; then the raw file goes.

        A clip of a call that was not taken for a machine is nothing to review: it goes unheard.
        """
        if one.raw.clip and not attempt.machine:
            await self._archive.in_thread(remove, one.path, timeout_s=LOOK_TIMEOUT_S)
            return
        known = await outside(
            "database", storage.recordings.by_name(self._archive.db, one.raw.name), DATABASE_TIMEOUT_S
        )
        if one.size >= 4 and (known is None or (known.deleted_at is None and not await self._stands(known))):
            due = await self._due(attempt, one.raw)
            kept = await self._archive.keep(one.path, one.raw, attempt, due.at)
            log.info(
                "recording_kept",
                recording=kept.name,
                campaign=kept.campaign_id,
                length_s=round(kept.length_s, 1),
                bytes=kept.bytes,
            )
        await self._archive.in_thread(remove, one.path, timeout_s=LOOK_TIMEOUT_S)

    async def _stands(self, known: storage.recordings.Recording) -> bool:
        try:
            await self._archive.prove(known)
        except RecordingError:
            return False
        return True

    async def _due(self, attempt: storage.Attempt, raw: names.Raw) -> retention.Due:
        settings = self._dialer.settings
        campaign = settings.campaigns.get(attempt.campaign_id)
        if campaign is None:
            return retention.Due(None, "its campaign is not configured")
        if raw.clip:
            return retention.clip_due(campaign.machines.review_keep_days, raw.started_at)
        finding = storage.leads.by_id(self._archive.db, attempt.lead_id)
        lead = await outside("database", finding, DATABASE_TIMEOUT_S)
        data = {} if lead is None else lead.data
        return retention.reckon(campaign.recording.retention, raw.started_at, data, settings.zone)

    async def _waiting(self) -> list[Waiting]:
        """Raw files of no call that is still on, the oldest first."""
        campaigns = tuple(self._dialer.settings.campaigns.values())
        folders = sorted({self._folder(campaign) for campaign in campaigns})
        found = await self._archive.in_thread(listed, folders, timeout_s=LOOK_TIMEOUT_S)
        self._there = {one.path for one in found}
        for memory in (self._seen, self._resting):
            for path in [path for path in memory if path not in self._there]:
                del memory[path]
        live = {call for runner in self._dialer.floors.values() for call in runner.floor.calls}
        return [one for one in found if one.raw.attempt_id not in live]

    def _ours(self, attempt: storage.Attempt) -> bool:
        """Not another daemon's that shares the folder and the database."""
        if attempt.inbound:
            return attempt.node in self._dialer.settings.nodes
        return attempt.attempt_id.startswith(self._dialer.ids.call_prefix)

    def _settled(self, one: Waiting, now: float) -> bool:
        size, since = self._seen.get(one.path, (-1, now))
        if size != one.size:
            self._seen[one.path] = (one.size, now)
            return False
        return now - since >= SETTLE_S

    def _forget(self, path: Path) -> None:
        self._seen.pop(path, None)
        self._resting.pop(path, None)
        self._expected.pop(path.name, None)

    def _folder(self, campaign: config.Campaign) -> Path:
        return folder_of(campaign, self._dialer.settings)

    def _tell(self, tally: Tally) -> None:
        """Raise or lift what a person must see to."""
        troubles, now = self._dialer.troubles, self._dialer.clock.now()
        if tally.failed:
            if tally.errors:
                troubles["recordings:kept"] = Trouble(
                    "Recordings cannot be kept",
                    f"{tally.failed} wait where Asterisk wrote them. {tally.errors[-1]}",
                    "They stay there and are tried again every minute; calls go on.",
                    "Do what the message says; dialer recordings list shows what is kept.",
                )
        else:
            troubles.pop("recordings:kept", None)
        for file, (_, ended_at) in list(self._expected.items()):
            if ended_at is not None and now - ended_at > MISSED_FOR_S:
                del self._expected[file]
        missed = [
            path
            for path, ended_at in self._expected.values()
            if ended_at is not None and now - ended_at > MISSED_AFTER_S and path not in self._there
        ]
        if missed:
            troubles["recordings:missing"] = Trouble(
                "Recordings are not found",
                f"{len(missed)} calls were recorded, but {missed[-1].parent} does not hold their files.",
                "They are looked for every minute; calls go on.",
                "See that Asterisk may write there and that this machine sees the same folder "
                "(recording.folder, recording.mounted_at).",
            )
        else:
            troubles.pop("recordings:missing", None)
        if tally.unknown:
            log.warning("recordings_of_unknown_calls", count=tally.unknown)


def folder_of(campaign: config.Campaign, settings: config.Settings) -> Path:
    """Where this machine finds what Asterisk records for a campaign."""
    recording = campaign.recording
    default = Path(settings.data_dir).absolute() / "recordings"
    return Path(recording.mounted_at or recording.folder or default)


def listed(folders: Iterable[Path]) -> list[Waiting]:
    """The raw files of these folders, the oldest first; a folder that is not there holds none."""
    found = []
    for folder in folders:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            for entry in entries:
                raw = names.read(entry.name)
                if raw is None:
                    continue
                with contextlib.suppress(FileNotFoundError):
                    if entry.is_file(follow_symlinks=False):
                        found.append(Waiting(Path(entry.path), raw, entry.stat().st_size))
    return sorted(found, key=lambda one: (one.raw.second, one.path))


def remove(path: Path) -> None:
    """Delete a raw file; raises RecordingError."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RecordingError(
            f"it is kept, but {path} cannot be deleted ({error.strerror or error}); let the daemon's user write "
            "in that folder"
        ) from None


def _close_to_others(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.chmod(0o600)
