"""A report as a workbook: one sheet a table, numbers as numbers, and texts that stay texts."""

from __future__ import annotations

import io

from xlsxwriter import Workbook
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

from dialer.language import Words
from dialer.reports.table import Kind, Report, Table

_FORMATS = {
    Kind.COUNT: "#,##0",
    Kind.NUMBER: "#,##0.0",
    Kind.SHARE: "0.0%",
    Kind.SECONDS: "[h]:mm:ss",
    Kind.MONEY: "#,##0.00",
}
_DAY_S = 86_400.0
_WIDEST = 40


def workbook(report: Report, words: Words) -> bytes:
    """The file's bytes; the report speaks the words' language already. No cell is ever read as a formula or a link."""
    file = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(file, options) as book:
        made_at = report.made_at.replace(tzinfo=None, microsecond=0)
        book.set_properties({"title": report.title, "created": made_at})
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        formats = {kind: book.add_format({"num_format": text}) for kind, text in _FORMATS.items()}
        for table in report.tables:
            _fill(book.add_worksheet(_sheet_name(table.title)), table, head, formats, words)
    return file.getvalue()


def _fill(
    sheet: Worksheet, table: Table, head: CellFormat, formats: dict[Kind, CellFormat], words: Words
) -> None:
    sheet.freeze_panes(1, 1)
    for place, column in enumerate(table.columns):
        clock = column.kind is Kind.SECONDS
        title = words("report.clock", column=column.title) if clock else column.title
        sheet.write_string(0, place, title, head)
        texts = [len(row[place]) for row in table.rows if isinstance(row[place], str)]  # type: ignore[arg-type]
        sheet.set_column(place, place, min(max([11, *texts]), _WIDEST))
        for line, row in enumerate(table.rows, 1):
            cell = row[place]
            if isinstance(cell, str):
                sheet.write_string(line, place, cell)
            elif cell is not None:
                value = cell / _DAY_S if column.kind is Kind.SECONDS else cell
                sheet.write_number(line, place, value, formats.get(column.kind))
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)
    if table.note:
        sheet.write_string(len(table.rows) + 2, 0, table.note)


def _sheet_name(title: str) -> str:
    return "".join(one for one in title if one not in "[]:*?/\\")[:31]
