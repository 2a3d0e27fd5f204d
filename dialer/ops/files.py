"""The daemon's own files examined: who else on this machine may read what it keeps."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import config
from dialer.ops.findings import Finding, Level

_OTHERS: Final = 0o007


def examine_files(settings: config.Settings, doubts: Iterable[config.Problem]) -> tuple[Finding, ...]:
    """A warning for each doubt of the configuration and each file of the daemon's that others may read."""
    found = [Finding("here", "configuration", Level.WARN, _said(one), one.hint) for one in doubts]
    data = Path(settings.data_dir)
    kept = [data, data / "journal", *_database(settings.database)]
    for path in kept:
        if _open_to_others(path):
            said = f"other users of this machine may read {path}, which holds people's data"
            found.append(Finding("here", "files", Level.WARN, said, f"chmod o-rwx {path}"))
    if found:
        return tuple(found)
    return (Finding("here", "files", Level.OK, "secrets and data are for the daemon's own user only"),)


def _said(doubt: config.Problem) -> str:
    return f"{doubt.path}: {doubt.message}"


def _database(url: str) -> tuple[Path, ...]:
    head, _, path = url.partition(":///")
    return (Path(path),) if head == "sqlite" else ()


def _open_to_others(path: Path) -> bool:
    """Whether others may do anything with it; a folder that lets nobody in hides what is inside."""
    try:
        hidden = any(not folder.stat().st_mode & 0o001 for folder in path.resolve().parents)
        return not hidden and bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
