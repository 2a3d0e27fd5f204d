"""Cells in words for people: the same in the page, in mail and on the command line."""

from __future__ import annotations

from dialer.language import Language, Words, words_of
from dialer.reports.table import Cell, Kind

NOTHING = "\N{EN DASH}"
ENGLISH = words_of(Language.ENGLISH)


def shown(cell: Cell, kind: Kind, currency: str = "", words: Words = ENGLISH) -> str:
    """A cell as a person reads it."""
    if cell is None:
        return NOTHING
    if isinstance(cell, str):
        return cell
    if kind is Kind.SHARE:
        return f"{100 * cell:.1f} %"
    if kind is Kind.SECONDS:
        return duration(float(cell), words)
    if kind is Kind.MONEY:
        return f"{cell:,.2f} {currency}".strip()
    if kind is Kind.NUMBER:
        return f"{cell:,.1f}"
    return f"{cell:,}"


def duration(seconds: float, words: Words = ENGLISH) -> str:
    """Seconds as people say them: 8.5 s, 3:20 min, 2:05 h."""
    if abs(seconds) < 60:
        return words("report.seconds", n=f"{seconds:.1f}")
    sign, whole = ("-" if seconds < 0 else ""), round(abs(seconds))
    if whole < 3600:
        return words("report.minutes", n=f"{sign}{whole // 60}:{whole % 60:02d}")
    return words("report.hours", n=f"{sign}{whole // 3600}:{whole % 3600 // 60:02d}")
