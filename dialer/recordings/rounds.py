"""The daemon's own rounds: what is past its time goes by itself, and what will not go is an alarm."""

from __future__ import annotations

import asyncio

import structlog

import storage
from dialer.recordings.sweeper import Sweeper
from dialer.runtime.dialer import Dialer
from dialer.runtime.tasks import Tasks
from dialer.runtime.troubles import Trouble

log = structlog.get_logger(__name__)

WHOLE_EVERY_S = 86_400.0
"""How often everything is reckoned anew; in between only what was due by then is looked at."""


class Rounds:
    """Sweeps every `recordings.sweep_every_s`."""

    def __init__(self, dialer: Dialer, sweeper: Sweeper) -> None:
        self._dialer = dialer
        self._sweeper = sweeper
        self._tasks = Tasks()
        self._whole_at = float("-inf")

    def start(self) -> None:
        """Begin to go round."""
        self._tasks.start("sweep recordings", self._run())

    async def close(self) -> None:
        """Stop; a deletion that was begun is finished by the next life."""
        await self._tasks.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._dialer.settings.recordings.sweep_every_s)
            now = self._dialer.clock.now()
            whole = now - self._whole_at >= WHOLE_EVERY_S
            try:
                swept = await self._sweeper.sweep(whole=whole)
            except (storage.StorageError, TimeoutError) as error:
                log.warning("recordings_not_swept", error=str(error) or "no answer in time")
                continue
            if whole:
                self._whole_at = now
            for recording, why in swept.failed.items():
                log.error("recording_not_deleted", recording=recording, error=why)
            if swept.deleted or swept.held or swept.failed or swept.unreadable:
                log.info(
                    "recordings_swept",
                    deleted=len(swept.deleted),
                    held=len(swept.held),
                    failed=len(swept.failed),
                    dates_unreadable=swept.unreadable,
                )
            self._tell(swept.failed)

    def _tell(self, failed: dict[str, str]) -> None:
        name = "recordings:deleted"
        if not failed:
            self._dialer.troubles.pop(name, None)
            return
        self._dialer.troubles[name] = Trouble(
            "Recordings past their time cannot be deleted",
            f"{len(failed)} are still in the store. {next(iter(failed.values()))}",
            "They are tried again at every round.",
            "Do what the message says, then run: dialer recordings sweep",
        )
