"""Scheduled reports: made by the daemon that leads, made up after a restart, and never in the way of a call."""

from __future__ import annotations

import asyncio
from datetime import date
from pathlib import Path

import structlog

import config
import storage
from dialer import private
from dialer.control.base import DATABASE_TIMEOUT_S
from dialer.control.errors import ControlError
from dialer.control.reporting import Reporting
from dialer.language import Language
from dialer.reports import BadPeriod, schedule
from dialer.reports.files import write
from dialer.reports.formats import Format
from dialer.reports.period import read
from dialer.reports.threads import in_thread
from dialer.runtime.tasks import outside

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 30.0


class Scheduled:
    """Makes what the configuration asks for, when it is due."""

    def __init__(self, control: Reporting) -> None:
        self._control = control
        self._dialer = control.dialer

    def start(self) -> None:
        """Look from now on whether a report is due; ends with the control."""
        self._control.tasks.start("scheduled reports", self._run())

    async def _run(self) -> None:
        while True:
            await self.turn()
            await asyncio.sleep(LOOK_EVERY_S)

    async def turn(self) -> int:
        """Make every report that is due; return how many were made. What fails is tried again at the next turn."""
        done = 0
        rules = self._dialer.settings.reports
        if not rules or not self._dialer.may_act:
            return 0
        try:
            last = await outside("database", storage.report_runs.last(self._dialer.db), DATABASE_TIMEOUT_S)
            for rule in rules:
                zone = rule.zone or self._dialer.settings.zone
                for day in schedule.due(rule.at, zone, last.get(rule.name), self._dialer.clock.utc()):
                    await self._make(rule, day)
                    done += 1
        except (ControlError, BadPeriod, storage.StorageError, OSError, TimeoutError) as error:
            log.warning("scheduled_report_failed", error=str(error), note="tried again in half a minute")
        return done

    async def _make(self, rule: config.ScheduledReport, day: date) -> None:
        period = str(read(rule.period, day))
        by = [one.value for one in rule.by]
        report = await self._control.report(period, rule.campaigns, rule.team or "", "", by)
        folder = rule.folder or Path(self._dialer.settings.data_dir) / "reports"
        await in_thread(private.folder, folder)
        files: list[str] = []
        language = Language(rule.language.value)
        for one in rule.formats:
            path = folder / f"{rule.name}-{period.replace('..', '_')}.{one.value}"
            files += map(str, await in_thread(write, report, Format(one.value), path, "", language))
        keeping = storage.report_runs.made(self._dialer.db, rule.name, day, now=self._dialer.clock.utc())
        await outside("database", keeping, DATABASE_TIMEOUT_S)
        log.info("report_made", report=rule.name, period=period, files=files)
