"""Reports as files that appear whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from dialer import private
from dialer.language import Language
from dialer.reports.formats import Format, csv_of, rendered
from dialer.reports.table import Report


def write(
    report: Report, wanted: Format, path: Path, table: str = "", language: Language = Language.ENGLISH
) -> list[Path]:
    """Write the report to `path`; as CSV with no table named, each table to a file of its own beside it."""
    if wanted is Format.CSV and not table:
        paths = []
        for one in report.tables:
            paths.append(path.with_name(f"{path.stem}-{one.name}{path.suffix or '.csv'}"))
            put(paths[-1], csv_of(one))
        return paths
    put(path, rendered(report, wanted, table, language))
    return [path]


def put(path: Path, content: bytes) -> None:
    """Write a file whole, for its owner alone: beside its place first, on disk, then renamed."""
    part = path.with_name(f".{path.name}.part")
    with private.begun(part).open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
