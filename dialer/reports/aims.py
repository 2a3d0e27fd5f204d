"""Activity targets of past days as a table: who reached what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import config
import storage
from dialer.reports.table import Cell, Column, Kind, Table
from dialer.runtime.activity import of_day
from dialer.runtime.tasks import outside
from storage import reporting

_COLUMNS = (
    Column("day", "Day", Kind.TEXT),
    Column("agent", "Agent", Kind.TEXT),
    Column("team", "Team", Kind.TEXT),
    Column("target", "Target", Kind.TEXT),
    Column("measure", "Of", Kind.TEXT),
    Column("value", "Done"),
    Column("goal", "Goal"),
    Column("share", "Reached", Kind.SHARE),
)
_NOTE = "Talk in whole minutes; new numbers are people spoken with for the first time. Those who lack most come first."


async def table(
    db: storage.Database,
    settings: config.Settings,
    days: Sequence[date],
    *,
    agent: str = "",
    team: str = "",
    campaigns: Collection[str] = (),
) -> Table | None:
    """Every target of every agent who talked, of these days; None where no targets are set."""
    if not settings.targets:
        return None
    rows: list[tuple[Cell, ...]] = []
    for day in days:
        found = await outside("database", of_day(db, settings, day, campaigns), reporting.STATEMENT_TIMEOUT_S)
        for name, standings in found.items():
            own = settings.team_of.get(name, "")
            if (agent and name != agent) or (team and own != team):
                continue
            rows += [
                (
                    day.isoformat(),
                    name,
                    own,
                    one.goal.title,
                    one.measure.value.replace("_", " "),
                    int(one.value),
                    round(one.aim),
                    one.value / one.aim,
                )
                for one in standings
            ]
    rows.sort(key=lambda row: (row[0], row[-1], row[1]))
    return Table("targets", "Activity targets", _COLUMNS, tuple(rows), _NOTE)
