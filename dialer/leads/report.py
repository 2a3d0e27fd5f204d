"""What an import did, and is doing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an import stands: bytes of the file read, and rows by what became of them."""

    done_bytes: int
    total_bytes: int
    rows: int
    added: int
    known: int
    rejected: int

    @property
    def share(self) -> float:
        """How much of the file is done, 0..1."""
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 1.0


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of every row: rows = added + known + rejected.

    `known` were in the database already (by external id, or the very same row). `codes` counts rejected rows
    by code, `left_out` further numbers of accepted rows that will not be dialed. `few_hours` counts leads that
    can be called less than four hours on their best day of the coming week.
    """

    path: Path
    encoding: str
    delimiter: str
    rows: int
    added: int
    known: int
    rejected: int
    rejects_path: Path | None
    codes: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    few_hours: int = 0
    never_open: int = 0
    sha256: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data for JSON."""
        return {
            "path": str(self.path),
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "rows": self.rows,
            "added": self.added,
            "known": self.known,
            "rejected": self.rejected,
            "rejects_path": str(self.rejects_path) if self.rejects_path else None,
            "codes": dict(self.codes),
            "left_out": dict(self.left_out),
            "few_hours": self.few_hours,
            "never_open": self.never_open,
            "sha256": self.sha256,
        }
