"""Files that name people beside the database: rejected rows, lists, exports."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

REJECTS = (".rejects.csv", ".rejects.csv.part")
_LISTS = (".csv", ".txt", ".part", ".tsv")
_TELLING = 9


def rejects_before(folders: Iterable[Path], before: float) -> list[Path]:
    """Files of rejected rows last written before an instant (seconds since the epoch), in order of name.

    Only what stands in the folders themselves, and no links: an operator's other files are none of ours.
    """
    return [file for file in _files(folders) if file.name.endswith(REJECTS) and file.stat().st_mtime < before]


def delete(files: Sequence[Path]) -> int:
    """Delete files; those gone already do not count."""
    gone = 0
    for file in files:
        try:
            file.unlink()
        except FileNotFoundError:
            continue
        gone += 1
    return gone


def naming(folders: Iterable[Path], numbers: Sequence[str]) -> list[Path]:
    """Text files in the folders with a number in them, however it is written there."""
    return [file for file in _files(folders) if file.suffix in _LISTS and _lines_with(file, numbers)]


def without(file: Path, numbers: Sequence[str]) -> int:
    """Write a file of rejected rows anew without the rows that hold a number; return how many went.

    The new file takes the old one's place in one step, so that a crash leaves one or the other.
    """
    part = file.with_name(f".{file.name}.erasing")
    gone = 0
    with (
        file.open(encoding="utf-8", errors="surrogateescape", newline="") as old,
        part.open("w", encoding="utf-8", errors="surrogateescape", newline="") as new,
    ):
        part.chmod(file.stat().st_mode & 0o777)
        writer = csv.writer(new)
        for row in csv.reader(old):
            if any(_holds(cell, numbers) for cell in row):
                gone += 1
            else:
                writer.writerow(row)
        new.flush()
        os.fsync(new.fileno())
    part.replace(file)
    return gone


def _files(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        if folder.is_dir():
            yield from sorted(one for one in folder.iterdir() if one.is_file() and not one.is_symlink())


def _lines_with(file: Path, numbers: Sequence[str]) -> bool:
    with file.open(encoding="utf-8", errors="surrogateescape") as stream:
        return any(_holds(cell, numbers) for line in stream for cell in line.split(","))


def _holds(text: str, numbers: Sequence[str]) -> bool:
    digits = "".join(one for one in text if one.isdigit())
    return any(number[-_TELLING:].lstrip("+") in digits for number in numbers)
