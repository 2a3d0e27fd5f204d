"""One report in every format: a page, a workbook, a table for programs, a document for programs."""

from __future__ import annotations

import csv
import io
import json
from enum import StrEnum
from typing import Any

from dialer.language import Language, words_of
from dialer.leads.cells import defused
from dialer.reports import page, workbook
from dialer.reports.spoken import spoken
from dialer.reports.table import Cell, Report, Table


class Format(StrEnum):
    """What a report may be written as."""

    HTML = "html"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"


MEDIA = {
    Format.HTML: "text/html; charset=utf-8",
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.JSON: "application/json",
}


def rendered(report: Report, wanted: Format, table: str = "", language: Language = Language.ENGLISH) -> bytes:
    """The report in a format; CSV holds one table, the first unless named. KeyError: there is no such table.

    Pages and workbooks are for people and speak the language; CSV and JSON are for programs.
    """
    if wanted is Format.CSV:
        return csv_of(report.table(table) if table else report.tables[0])
    words = words_of(language)
    if wanted is Format.XLSX:
        return workbook.workbook(spoken(report, words), words)
    if wanted is Format.HTML:
        return page.page(spoken(report, words), words).encode()
    return json.dumps(document(report), ensure_ascii=False, allow_nan=False).encode()


def csv_of(table: Table) -> bytes:
    """One table as CSV with a header line: plain numbers, shares as fractions, and no formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.name for column in table.columns])
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return text.getvalue().encode()


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values: columns with their kinds, rows as lists."""
    return {
        "title": report.title,
        "period": report.period,
        "zone": report.zone,
        "currency": report.currency,
        "made_at": report.made_at.isoformat(),
        "instance": report.instance,
        "tables": [
            {
                "name": table.name,
                "title": table.title,
                "note": table.note,
                "columns": [
                    {"name": column.name, "title": column.title, "kind": column.kind.value}
                    for column in table.columns
                ],
                "rows": [list(row) for row in table.rows],
            }
            for table in report.tables
        ],
    }


def _plain(cell: Cell) -> Cell:
    if cell is None:
        return ""
    return defused(cell) if isinstance(cell, str) else cell
