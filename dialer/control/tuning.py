"""Use cases that change how a campaign dials while it runs; kept over restarts and reloads."""

from __future__ import annotations

import json
from typing import Any

import config
import storage
from dialer.control.base import DATABASE_TIMEOUT_S
from dialer.control.campaigns import Campaigns
from dialer.control.errors import ControlError
from dialer.control.system import System
from dialer.runtime import overrides
from dialer.runtime.reload import CannotReload
from dialer.runtime.tasks import outside


class Tuning(Campaigns, System):
    """What a supervisor may change of a campaign."""

    def settings_of(self, campaign: str) -> dict[str, Any]:
        """How the campaign dials, as far as it may be changed at run time."""
        self._floor(campaign)
        pacing = self.dialer.settings.campaigns[campaign].pacing
        return {
            "mode": pacing.mode.value,
            "target": pacing.target_abandon,
            "ring_timeout_s": pacing.ring_timeout_s,
        }

    async def tune(
        self,
        campaign: str,
        mode: str | None = None,
        target: float | None = None,
        ring_timeout_s: float | None = None,
    ) -> dict[str, Any]:
        """Change mode, target of abandonment or ring time-out from the next decision on; None keeps."""
        self._floor(campaign)
        wanted = {"mode": mode, "target_abandon": target, "ring_timeout_s": ring_timeout_s}
        given = {key: value for key, value in wanted.items() if value is not None}
        settings = self.dialer.settings
        try:
            new = overrides.changed(settings.campaigns[campaign], given)
        except ValueError as error:
            raise ControlError("setting_invalid", str(error)) from None
        keeping = storage.campaigns.override(
            self.dialer.db, campaign, lambda kept: json.dumps({**json.loads(kept), **given})
        )
        await outside("database", keeping, DATABASE_TIMEOUT_S)
        await self._take(settings.model_copy(update={"campaigns": {**settings.campaigns, campaign: new}}))
        return self.settings_of(campaign)

    async def _take(self, settings: config.Settings) -> None:
        try:
            await self._reloading.apply(settings)
        except CannotReload as error:
            raise ControlError("reload_impossible", f"nothing was changed now: {error}") from None
