"""The first sheet of a workbook (xlsx, xls, ods) as rows of text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import python_calamine

from dialer.leads.errors import LeadFileError
from dialer.leads.rows import Row

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})

Cell = int | float | str | bool | time | date | datetime | timedelta


def rows_of(path: Path) -> Iterator[Row]:
    """Rows that are not blank, each with its number in the sheet; LeadFileError for what is no workbook."""
    try:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        sheet = workbook.get_sheet_by_index(0)
        cells = sheet.to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise LeadFileError(f"{path} is no workbook that can be read: {error}") from error
    return _rows(cells)


def _rows(cells: list[list[Cell]]) -> Iterator[Row]:
    for number, row in enumerate(cells, 1):
        texts = tuple(map(text_of, row))
        if any(text.strip() for text in texts):
            yield Row(number, texts)


def text_of(cell: Cell) -> str:
    """A cell as a person would have typed it: whole numbers without ".0", days without midnight."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)
