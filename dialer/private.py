"""Files that hold people's data or secrets: readable and writable by their owner only, whatever the umask says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


def begun(path: Path) -> Path:
    """The path, at which there is now an empty file of ours alone; a link there is refused, never followed."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, MODE)
    try:
        os.fchmod(file, MODE)  # it may have been there, with other rights
    finally:
        os.close(file)
    return path


def folder(path: Path) -> Path:
    """The folder, made with what is missing above it; a new one may be entered by its owner only."""
    path.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    return path
