"""Use cases on numbers: may one be dialed at all, by hand or to send a caller on to it."""

from __future__ import annotations

import asyncio
from typing import Any

from dialer import privacy
from dialer.control.base import DATABASE_TIMEOUT_S, UseCases
from dialer.control.errors import ControlError
from dialer.leads import asking
from dialer.runtime.tasks import outside


class Dialing(UseCases):
    """What is asked before any call that no claim makes."""

    async def may_dial(self, campaign: str, number: str, purpose: str = "by_hand") -> dict[str, Any]:
        """Whether a number may be dialed for a campaign now (`by_hand`) or a caller sent on to it (`transfer`).

        `grounds` are all reasons against it, `reason` the weightiest.
        """
        return (await self._asked(campaign, number, purpose)).as_dict()

    async def dialable(self, campaign: str, number: str, purpose: str = "by_hand") -> str:
        """The number in E.164 form where it may be dialed now; ControlError `number_refused` where not."""
        asked = await self._asked(campaign, number, purpose)
        if asked.e164 is None or not asked.allowed:
            raise ControlError("number_refused", f"this number may not be dialed now: {asked.why}")
        return asked.e164

    async def _asked(self, campaign: str, number: str, purpose: str) -> asking.Dialable:
        settings = self.dialer.settings.campaigns[self._floor(campaign).campaign_id]
        obeyed, now = self.dialer.compliance_rules(settings), self.dialer.clock.utc()
        wanted = asking.Purpose(purpose)
        try:
            key = await asyncio.to_thread(privacy.known_key, self.dialer.settings)
        except privacy.KeyFileError as error:
            raise ControlError("key_unusable", str(error)) from None
        judging = asking.may_dial(self.dialer.db, settings, obeyed, number, now, purpose=wanted, key=key)
        return await outside("database", judging, DATABASE_TIMEOUT_S)
