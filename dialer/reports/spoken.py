"""A report in the reader's language: titles, columns, notes and what is said by codes; its figures and names stay."""

from __future__ import annotations

import math
from dataclasses import replace

from dialer.language import Language, Words
from dialer.reports.findings import TOP_SHARE
from dialer.reports.table import Cell, Column, Report, Table

EVERYBODY = "All campaigns"
SAID = frozenset({"weekday", "outcome", "meaning", "measure"})
"""Columns whose texts are words of ours; all others hold names."""


def spoken(report: Report, words: Words) -> Report:
    """The report as this reader reads it."""
    everybody = report.title == f"{EVERYBODY}, {report.period}"
    return replace(
        report,
        title=f"{words('report.everybody')}, {report.period}" if everybody else report.title,
        tables=tuple(_table(one, words) for one in report.tables),
    )


def _table(table: Table, words: Words) -> Table:
    return replace(
        table,
        title=words.get(f"report.table.{table.name}", table.title),
        columns=tuple(_column(one, words) for one in table.columns),
        rows=tuple(tuple(map(_cell, row, table.columns, (words,) * len(row))) for row in table.rows),
        note=_note(table, words),
    )


def _column(column: Column, words: Words) -> Column:
    return replace(column, title=words.get(f"report.col.{column.name}", column.title))


def _cell(cell: Cell, column: Column, words: Words) -> Cell:
    if isinstance(cell, str) and column.name in SAID:
        return words.get(f"report.word.{cell}", cell)
    return cell


def _note(table: Table, words: Words) -> str:
    if words.language is Language.ENGLISH:
        return table.note
    if table.name != "ranking":
        return words.get(f"report.note.{table.name}", table.note)
    top = math.ceil(TOP_SHARE * len(table.rows))
    share = table.column("cumulative_share")[top - 1] if table.rows else None
    if not isinstance(share, int | float):
        return words("report.top.none")
    return words("report.top", top=top, all=len(table.rows), share=f"{100 * share:.0f}")
