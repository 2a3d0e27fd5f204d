"""Reports that are made by themselves, each day at an hour."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BeforeValidator, StringConstraints

from config.values import Id, Section, Text, Zone, live, shown, wrong

_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")


class ReportFormat(StrEnum):
    """What a report is written as."""

    HTML = "html"
    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


class ReportGrouping(StrEnum):
    """By what a report groups."""

    CAMPAIGN = "campaign"
    TEAM = "team"
    AGENT = "agent"
    LIST = "list"
    TRUNK = "trunk"
    HOUR = "hour"
    DAY = "day"


class ReportLanguage(StrEnum):
    """What a report speaks."""

    EN = "en"
    ZH = "zh"


def _time(value: object) -> object:
    if isinstance(value, str) and _TIME.match(value):
        return value
    raise wrong("time", f"is not a time of day: {shown(value)}", 'write it in quotes: "06:30"')


TimeOfDay = Annotated[str, BeforeValidator(_time), StringConstraints(pattern=_TIME.pattern)]
Days = Annotated[Text, StringConstraints(pattern=r"^(today|yesterday|[1-9]\d?d)$")]


class ScheduledReport(Section):
    """A report made each day."""

    name: Id = live(..., "Short name: its files begin with it.")
    at: TimeOfDay = live(..., 'When it is made, in quotes: "06:30".')
    zone: Zone | None = live(None, "Whose clock that is; none: that of the call centre.")
    period: Days = live(
        "yesterday", "Which days it is about: yesterday, today, or the last days, such as 7d."
    )
    campaigns: tuple[Id, ...] = live((), "Whose calls; none: all campaigns.")
    team: Id | None = live(None, "Only this team's.")
    by: tuple[ReportGrouping, ...] = live((), "What it groups by; none: everything.")
    formats: tuple[ReportFormat, ...] = live(
        (ReportFormat.HTML,),
        "html (one file, fit for mail), xlsx, csv (a file for each table), json.",
        min_length=1,
    )
    language: ReportLanguage = live(ReportLanguage.EN, "What html and xlsx speak: en or zh.")
    folder: Path | None = live(
        None, "Where its files go, from this file's folder; none: reports in data_dir."
    )

    def found_from(self, folder: Path) -> Self:
        """The same with its folder found from the configuration's."""
        return self if self.folder is None else self.model_copy(update={"folder": folder / self.folder})
