"""Reports: what came of a day or a range, from the books; the arithmetic is pure, `gather` alone asks the database."""

from __future__ import annotations

from dialer.reports.ask import GROUPINGS, Asked
from dialer.reports.gather import make
from dialer.reports.period import BadPeriod, Period
from dialer.reports.table import Column, Kind, Report, Table

__all__ = [
    "GROUPINGS",
    "Asked",
    "BadPeriod",
    "Column",
    "Kind",
    "Period",
    "Report",
    "Table",
    "make",
]
