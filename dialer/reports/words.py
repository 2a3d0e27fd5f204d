"""Cells in words for people: the same in the page, in mail and on the command line."""

from __future__ import annotations

from dialer.reports.table import Cell, Kind

NOTHING = "\N{EN DASH}"


def shown(cell: Cell, kind: Kind, currency: str = "") -> str:
    """A cell as a person reads it."""
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return cell
    if kind is Kind.SHARE:
        return f"{100 * cell:.1f} %"
    if kind is Kind.SECONDS:
        return duration(float(cell))
    if kind is Kind.MONEY:
        return f"{cell:,.2f} {currency}".strip()
    if kind is Kind.NUMBER:
        return f"{cell:,.1f}"
    return f"{cell:,}"


def duration(seconds: float) -> str:
    """Seconds as people say them: 8.5 s, 3:20 min, 2:05 h."""
    if abs(seconds) < 60:
        return f"{seconds:.1f} s"
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    if whole < 3600:
        return f"{sign}{whole // 60}:{whole % 60:02d} min"
    return f"{sign}{whole // 3600}:{whole % 3600 // 60:02d} h"
