"""Use cases of reports: what came of a day or a range, one at a time so that calls never wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date
from zoneinfo import ZoneInfo

from dialer import reports
from dialer.control.base import DATABASE_TIMEOUT_S, UseCases
from dialer.control.errors import ControlError
from dialer.reports import Asked, BadPeriod, Report
from dialer.reports.period import read
from dialer.runtime.dialer import Dialer
from dialer.runtime.tasks import outside

MOST_WAITING = 4
"""Reports under way or waiting for their turn; more are refused."""


class Reporting(UseCases):
    """What may be asked about the past."""

    def __init__(self, dialer: Dialer) -> None:
        super().__init__(dialer)
        self._turn = asyncio.Lock()
        self._reports = 0

    async def report(
        self,
        period: str = "today",
        campaigns: Sequence[str] = (),
        team: str = "",
        agent: str = "",
        by: Sequence[str] = (),
    ) -> Report:
        """The report of a period; raises ControlError for what cannot be told."""
        settings = self.dialer.settings
        for campaign in campaigns:
            if campaign not in settings.campaigns:
                known = ", ".join(sorted(settings.campaigns)) or "none"
                raise ControlError("campaign_unknown", f"no campaign {campaign!r}; there are: {known}")
        if team and team not in settings.teams:
            known = ", ".join(sorted(settings.teams)) or "none"
            raise ControlError("team_unknown", f"no team {team!r}; there are: {known}")
        if self._reports >= MOST_WAITING:
            raise ControlError("reports_busy", "other reports are being made; ask again in a minute")
        try:
            days = read(period, self.today(campaigns))
        except BadPeriod as error:
            raise ControlError("period_invalid", str(error)) from None
        self._reports += 1
        try:
            async with self._turn:
                return await self._made(Asked(days, tuple(campaigns), team, agent, tuple(by)))
        finally:
            self._reports -= 1

    def today(self, campaigns: Sequence[str] = ()) -> date:
        """The day it is in the zone of the first campaign, or the call centre's."""
        settings = self.dialer.settings
        zone = (settings.campaigns[campaigns[0]].zone if campaigns else None) or settings.zone
        return self.dialer.clock.utc().astimezone(ZoneInfo(zone)).date()

    async def _made(self, asked: Asked) -> Report:
        await outside("books", self.dialer.books.applied(), DATABASE_TIMEOUT_S)
        return await reports.make(self.dialer.db, self.dialer.settings, asked, now=self.dialer.clock.utc())
