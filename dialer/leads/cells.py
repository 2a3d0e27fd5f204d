"""Cells that a spreadsheet would take for a formula, made harmless and back again."""

from __future__ import annotations

_TRIGGERS = ("=", "+", "-", "@", "\t", "\r")


def defused(cell: str) -> str:
    """The cell with an apostrophe before what a spreadsheet would run; `undefused` takes it off again."""
    return "'" + cell if cell.startswith((*_TRIGGERS, "'")) else cell


def undefused(cell: str) -> str:
    """The cell without the apostrophe that makes a formula text."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*_TRIGGERS, "'")) else cell
