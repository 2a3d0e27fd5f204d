"""Deletes what is past its time, exactly that, and proves it; and what somebody has a right to have erased."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import storage
from dialer.recordings import retention
from dialer.recordings.archive import DATABASE_TIMEOUT_S, Archive
from dialer.recordings.collector import folder_of, listed, remove
from dialer.recordings.errors import RecordingError
from dialer.runtime.tasks import outside

RETENTION = "retention"
"""Who deletes by rule, in the audit log."""


@dataclass(slots=True)
class Swept:
    """What a sweep did, or with `dry_run` would do. `unreadable`: kept because a lead's date could not be read."""

    dry_run: bool = False
    looked_at: int = 0
    deleted: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    unreadable: int = 0

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return {name: getattr(self, name) for name in self.__slots__}


class Sweeper:
    """One archive's end of things."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    async def sweep(self, *, whole: bool = True, dry_run: bool = False, actor: str = RETENTION) -> Swept:
        """Delete every recording that is past its time and not held.

        `whole` reckons every recording anew, by today's rules and the leads' data of now; else only those are looked
        at that were due by the last reckoning. Either way each is reckoned once more before it goes.
        """
        swept, now = Swept(dry_run), self._archive.now()
        judging = self._every() if whole else self._due(now)
        async for some in judging:
            later: dict[int, datetime | None] = {}
            ripe: dict[int, str] = {}
            for one in some:
                swept.looked_at += 1
                found = self.reckon(one)
                swept.unreadable += found.unreadable
                it = one.recording
                if found.at != it.due_at:
                    later[it.recording_id] = found.at
                begun = it.deleting_at is not None
                if not begun and (found.at is None or found.at > now):
                    continue
                if one.held and not begun:
                    swept.held.append(it.name)
                elif dry_run:
                    swept.deleted.append(it.name)
                else:
                    ripe[it.recording_id] = found.why
            if not dry_run:
                keeping = storage.recording_end.set_due(self._archive.db, later)
                await outside("database", keeping, DATABASE_TIMEOUT_S)
                await self._delete(ripe, swept, actor)
        return swept

    async def erase(self, attempt_ids: Iterable[str], *, actor: str, why: str) -> Swept:
        """Delete every recording of these attempts whatever its time, finished or raw; those held are named.

        The attempts must be over. Raises StoreAway; what was deleted until then is proven in the audit log.
        """
        swept, ids = Swept(), set(attempt_ids)
        settings = self._archive.settings()
        folders = {folder_of(campaign, settings) for campaign in settings.campaigns.values()}
        finding = storage.recordings.of_attempts(self._archive.db, ids)
        known = await outside("database", finding, DATABASE_TIMEOUT_S)
        await self._delete({one.recording_id: why for one in known}, swept, actor)
        gone = {*swept.deleted, *swept.failed}
        swept.held = [one.name for one in known if one.name not in gone]
        kept_raw = {one for one in ids if any(name.startswith(f"{one}-") for name in swept.held)}
        raws = await self._archive.in_thread(_raws, sorted(folders), frozenset(ids - kept_raw))
        for path in raws:
            await self._archive.in_thread(remove, path)
            swept.deleted.append(path.name)
        return swept

    async def _delete(self, ripe: dict[int, str], swept: Swept, actor: str) -> None:
        if not ripe:
            return
        archive, now = self._archive, self._archive.now()
        beginning = storage.recording_end.begin(archive.db, ripe, now=now)
        for one in await outside("database", beginning, DATABASE_TIMEOUT_S):
            try:
                await archive.in_thread(_gone, archive, one.path)
            except (RecordingError, TimeoutError) as error:
                swept.failed[one.name] = str(error) or "no answer in time"
                continue
            why = ripe[one.recording_id]
            proving = storage.recording_end.finish(archive.db, one, now=archive.now(), actor=actor, why=why)
            if await outside("database", proving, DATABASE_TIMEOUT_S):
                swept.deleted.append(one.name)

    def reckon(self, one: storage.recording_end.Judged) -> retention.Due:
        """Until when it is kept, by the rules of now; where campaign or lead are gone, as it was reckoned last."""
        settings, it = self._archive.settings(), one.recording
        campaign = settings.campaigns.get(it.campaign_id)
        if campaign is None:
            return retention.Due(it.due_at, "as last reckoned: its campaign is not configured any more")
        if it.kind == "clip":
            return retention.clip_due(campaign.machines.review_keep_days, it.started_at)
        rule = campaign.recording.retention
        if one.data is None and rule.until is not None:
            return retention.Due(it.due_at, "as last reckoned: its lead is gone")
        return retention.reckon(rule, it.started_at, one.data or {}, settings.zone)

    async def _every(self) -> AsyncIterator[tuple[storage.recording_end.Judged, ...]]:
        last = 0
        while True:
            walking = storage.recording_end.walk(self._archive.db, last)
            some = await outside("database", walking, DATABASE_TIMEOUT_S)
            if not some:
                return
            last = some[-1].recording.recording_id
            yield some

    async def _due(self, now: datetime) -> AsyncIterator[tuple[storage.recording_end.Judged, ...]]:
        last: tuple[datetime, int] | None = None
        while True:
            finding = storage.recording_end.due(self._archive.db, now, last)
            some = await outside("database", finding, DATABASE_TIMEOUT_S)
            if not some:
                return
            it = some[-1].recording
            assert it.due_at is not None  # noqa: S101
            last = (it.due_at, it.recording_id)
            yield some


def _gone(archive: Archive, path: str) -> None:
    archive.store().remove(path)


def _raws(folders: list[Path], attempt_ids: frozenset[str]) -> list[Path]:
    return [one.path for one in listed(folders) if one.raw.attempt_id in attempt_ids]
