"""Use cases on the daemon itself: take the configuration anew."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

import config
import storage
from dialer.control.base import UseCases
from dialer.control.errors import ControlError
from dialer.runtime import overrides
from dialer.runtime.dialer import Dialer
from dialer.runtime.reload import CannotReload, Reloaded, Reloading

log = structlog.get_logger(__name__)

KEPT = "the configuration was not changed"


class System(UseCases):
    """What may be asked of the daemon as a whole."""

    def __init__(self, dialer: Dialer) -> None:
        super().__init__(dialer)
        self._reloading = Reloading(dialer)
        self.surfaces: dict[str, Any] = {}
        """What else stands on this daemon, by name: whoever shows figures looks here."""
        self.reload_trouble = ""
        self.reloaded_at = dialer.clock.now()

    async def close(self) -> None:
        """Let go of what use cases left running."""
        await self.tasks.close()
        await self._reloading.close()

    async def reload(self) -> dict[str, Any]:
        """Read the configuration files again and take them over whole, or keep the old and say why."""
        try:
            done = await self._reloaded()
        except ControlError as error:
            self.reload_trouble = str(error)
            log.warning("reload_refused", id=error.id, why=str(error))
            raise
        self.reload_trouble, self.reloaded_at = "", self.dialer.clock.now()
        for change in done.applied:
            log.info("setting_changed", setting=change.path, old=change.old, new=change.new)
        for change in done.waiting:
            log.warning("setting_waits_for_restart", setting=change.path, old=change.old, new=change.new)
        log.info("reloaded", changes=len(done.applied), waiting=len(done.waiting))
        return {
            "applied": [_shown(change) for change in done.applied],
            "waiting_for_restart": [_shown(change) for change in done.waiting],
            "campaigns_added": list(done.added),
            "campaigns_removed": list(done.removed),
        }

    # Webhooks: who sends them knows.

    async def webhooks(self) -> list[dict[str, Any]]:
        """Every webhook with its figures."""
        return await self._senders().listed()  # type: ignore[no-any-return]

    async def dead_messages(self, webhook: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
        """Messages to webhooks that were laid aside, the newest first."""
        return await self._senders().dead(webhook, limit)  # type: ignore[no-any-return]

    async def send_again(self, webhook: str | None = None, ids: list[str] | None = None) -> dict[str, Any]:
        """Send messages again that were laid aside: these, or all of a webhook, or all."""
        return await self._senders().send_again(webhook, ids)  # type: ignore[no-any-return]

    async def try_webhook(self, webhook: str) -> dict[str, Any]:
        """Send a message of type `test` now, and tell what came back."""
        return await self._senders().try_out(webhook)  # type: ignore[no-any-return]

    def _senders(self) -> Any:
        return self.surfaces["webhooks"]

    async def _reloaded(self) -> Reloaded:
        file = self.dialer.settings.file
        if file is None:
            raise ControlError(
                "no_config_file", f"this daemon was started without a configuration file; {KEPT}"
            )
        try:
            written = await asyncio.to_thread(config.load, file)
            return await self._reloading.apply(await overrides.laid_over(self.dialer.db, written))
        except config.ConfigErrors as errors:
            found = "\n".join(str(problem) for problem in errors.problems)
            raise ControlError("config_invalid", f"{KEPT}:\n{found}") from None
        except config.ConfigError as error:
            raise ControlError("config_invalid", f"{KEPT}: {error}") from None
        except CannotReload as error:
            raise ControlError("reload_impossible", f"{KEPT}: {error}") from None
        except (storage.StorageError, TimeoutError) as error:
            why = str(error) or "no answer in time"
            raise ControlError("database_away", f"{KEPT}: the database does not answer: {why}") from None


def _shown(change: config.Change) -> dict[str, str]:
    return {"setting": change.path, "old": change.old, "new": change.new}
