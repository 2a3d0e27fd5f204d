"""Proof that what is in the store is what was recorded: every file read whole, its checksum compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import storage
from dialer.recordings.archive import DATABASE_TIMEOUT_S, Archive
from dialer.recordings.errors import RecordingError, StoreAway
from dialer.runtime.tasks import outside


@dataclass(slots=True)
class Report:
    """How many stand, and what is wrong with each that does not."""

    good: int = 0
    wrong: dict[int, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return {"good": self.good, "wrong": {str(number): why for number, why in self.wrong.items()}}


async def verify(archive: Archive, campaign_id: str | None = None) -> Report:
    """Read all recordings of a campaign, or of all. Raises StoreAway where the store as a whole does not answer."""
    report, last = Report(), 0
    while True:
        walking = storage.recordings.after(archive.db, last)
        some = await outside("database", walking, DATABASE_TIMEOUT_S)
        if not some:
            return report
        last = some[-1].recording_id
        for one in some:
            if campaign_id not in (None, one.campaign_id):
                continue
            try:
                await archive.prove(one)
            except StoreAway:
                raise
            except RecordingError as error:
                report.wrong[one.recording_id] = str(error)
            else:
                report.good += 1
