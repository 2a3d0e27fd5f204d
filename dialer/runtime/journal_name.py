"""Under which name the books know a journal: one for each folder, for as long as the folder lives."""

from __future__ import annotations

from pathlib import Path

import storage
from dialer import private

FILE = "name"


def name_of(folder: Path, instance: str, standby: str | None) -> str:
    """The name kept in the folder, else a new one that is kept there.

    Two daemons of one instance need two names, as each has a journal of its own; a journal that is there already
    keeps the instance's, whatever the configuration says today, or the books would begin it anew. Raises
    JournalUnwritable.
    """
    try:
        return _named(folder, instance, standby)
    except OSError as error:
        raise storage.JournalUnwritable(f"{folder / FILE}: {error.strerror}") from error


def _named(folder: Path, instance: str, standby: str | None) -> str:
    file = folder / FILE
    try:
        if known := file.read_text().strip():
            return known
    except FileNotFoundError:
        pass
    used = any(folder.glob("*.journal"))
    name = instance if used or standby is None else f"{instance}@{standby}"
    private.folder(folder)
    fresh = file.with_suffix(".new")
    private.begun(fresh).write_text(name + "\n")
    fresh.replace(file)
    return name
