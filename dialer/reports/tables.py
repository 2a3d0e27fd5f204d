"""From sums to tables: the columns of every grouping, and what is divided by what."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from dialer.reports.ask import GROUPINGS
from dialer.reports.sums import Figures, Key, Summing
from dialer.reports.table import Cell, Column, Kind, Table

GROUPS: dict[str, Callable[[Key], Any]] = {
    "campaign": lambda key: key.campaign,
    "team": lambda key: key.team or None,
    "agent": lambda key: key.agent or None,
    "list": lambda key: (key.campaign, key.list),
    "trunk": lambda key: key.trunk or None,
    "hour": lambda key: key.hour,
    "day": lambda key: key.day,
}
TITLES = {
    "campaign": "By campaign",
    "team": "By team",
    "agent": "By agent",
    "list": "By list",
    "trunk": "By trunk",
    "hour": "By hour",
    "day": "By day",
}
OF_AGENTS = frozenset({"campaign", "team", "agent", "hour", "day"})
"""Groupings that agents' time has too."""

Formula = Callable[[Figures], Cell]


def ratio(over: str, under: str) -> Formula:
    """One sum divided by another; nothing where there is nothing to divide by."""

    def share(sums: Figures) -> Cell:
        return sums[over] / sums[under] if sums[under] else None

    return share


def count(name: str) -> Formula:
    """A sum as a whole number."""
    return lambda sums: sums.count(name)


def seconds(name: str) -> Formula:
    """A sum of seconds."""
    return lambda sums: round(sums[name], 3)


def value(sums: Figures) -> Cell:
    """Money in whole units."""
    return sums["value_cents"] / 100


def talk_share(sums: Figures) -> Cell:
    """Share of agents' time at work in which they talked."""
    return sums["talking"] / sums.working_s if sums.working_s else None


CALLS: tuple[tuple[Column, Formula], ...] = (
    (Column("dials", "Dials"), count("dials")),
    (Column("answered", "Answered"), count("answered")),
    (Column("inbound", "Rang us"), count("inbound")),
    (Column("contacts", "Contacts"), count("contacts")),
    (Column("conversions", "Conversions"), count("conversions")),
    (Column("value", "Value", Kind.MONEY), value),
    (Column("answer_rate", "Answered per dial", Kind.SHARE), ratio("answered", "dials")),
    (Column("contact_rate", "Reached per dial", Kind.SHARE), ratio("reached", "dials")),
    (Column("conversion_rate", "Conversions per contact", Kind.SHARE), ratio("conversions", "contacts")),
    (Column("abandoned", "Abandoned"), count("abandoned")),
    (Column("talk_s", "Talk", Kind.SECONDS), seconds("talk_s")),
    (Column("talk_mean_s", "Talk per conversation", Kind.SECONDS), ratio("talk_s", "talked")),
)
TIME: tuple[tuple[Column, Formula], ...] = (
    (Column("waiting_s", "Waiting", Kind.SECONDS), seconds("ready")),
    (Column("wrap_up_s", "Wrap-up", Kind.SECONDS), seconds("wrapup")),
    (Column("interval_s", "Own interval", Kind.SECONDS), seconds("interval")),
    (Column("away_s", "Away", Kind.SECONDS), seconds("away")),
    (Column("working_s", "At work", Kind.SECONDS), lambda sums: round(sums.working_s, 3)),
    (Column("talk_share", "Talking share of work", Kind.SHARE), talk_share),
)


def grouped(by: str, sums: Summing[Any], *, money: bool = True) -> Table:
    """The table of one grouping; without `money` amounts are left out, as they are of several currencies."""
    columns = [one for one in CALLS if money or one[0].kind is not Kind.MONEY]
    columns += TIME if by in OF_AGENTS else ()
    found = sorted(sums, key=lambda item: item[0])
    rows = tuple((*_named(by, group), *(formula(each) for _, formula in columns)) for group, each in found)
    return Table(f"by_{by}", TITLES[by], (*_keys(by), *(column for column, _ in columns)), rows, _NOTES[by])


def _keys(by: str) -> tuple[Column, ...]:
    if by == "list":
        return Column("campaign", "Campaign", Kind.TEXT), Column("list", "List", Kind.TEXT)
    return (Column(by, TITLES[by].removeprefix("By ").capitalize(), Kind.TEXT),)


def _named(by: str, group: Any) -> Sequence[Cell]:
    if by == "list":
        return group[0], group[1] or "-"
    if by == "hour":
        return (f"{group:02d}:00",)
    return (str(group) if isinstance(group, date) else group,)


_NOTES = dict.fromkeys(GROUPINGS, "") | {
    "team": "Calls that reached no agent belong to no team.",
    "agent": "Calls that reached no agent belong to no agent.",
    "list": "A list is the file a lead was imported from, by the beginning of its SHA-256; - is none.",
}
