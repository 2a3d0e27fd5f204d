"""A report as data: tables of typed columns, which every format shows in its own way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Cell = str | int | float | None


class Kind(StrEnum):
    """What a column's values are: formats differ, values do not."""

    TEXT = "text"
    COUNT = "count"
    NUMBER = "number"
    SHARE = "share"  # 0.25 is 25 %
    SECONDS = "seconds"
    MONEY = "money"  # in whole units of the currency


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `name` is stable, for programs."""

    name: str
    title: str
    kind: Kind = Kind.COUNT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns; None is what is not known or means nothing there. `note` explains."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def column(self, name: str) -> list[Cell]:
        """All cells of a column; KeyError where there is none."""
        for place, column in enumerate(self.columns):
            if column.name == name:
                return [row[place] for row in self.rows]
        raise KeyError(name)

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return any(column.name == name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Report:
    """Everything asked for. `currency` is empty where amounts of several are not comparable, or none is set."""

    title: str
    period: str
    zone: str
    currency: str
    made_at: datetime
    tables: tuple[Table, ...]
    instance: str = ""

    def table(self, name: str) -> Table:
        """The table of a name; KeyError names those there are."""
        for table in self.tables:
            if table.name == name:
                return table
        known = ", ".join(table.name for table in self.tables)
        raise KeyError(f"no table {name!r} in this report; there are: {known}")
