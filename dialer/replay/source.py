"""What may be replayed: a journal's folder, one of its files, or a bug report; read as they lie, also half written."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from dialer.replay import bundle
from dialer.replay.errors import BadRecording, understood
from storage import segments

Record = tuple[int, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Recording:
    """Records in order; `about` is what a bug report tells of where it came from."""

    path: Path
    about: dict[str, Any]

    def records(self) -> Iterator[Record]:
        """Each record with its sequence; damaged lines are left out. Raises BadRecording."""
        if self.about:
            yield from _bundled(self.path)
            return
        found = segments.listed(self.path) if self.path.is_dir() else [segments.Segment(self.path, 0)]
        for seq, line in segments.read(found, 0, found[-1].path.stat().st_size):
            with understood(seq):
                record = msgspec.json.decode(line, type=dict[str, Any])
            yield seq, record


def opened(path: Path) -> Recording:
    """The recording at `path`; a data folder stands for the journal inside. Raises BadRecording."""
    if path.is_dir():
        folder = path / "journal" if (path / "journal").is_dir() else path
        if not segments.listed(folder):
            raise BadRecording(f"{path} holds no journal; give a journal's folder, such as data/journal")
        return Recording(folder, {})
    try:
        with path.open("rb") as file:
            begins = file.read(2)
    except OSError as error:
        raise BadRecording(f"{path} cannot be read: {error.strerror}") from error
    if begins == b"\x1f\x8b":
        return Recording(path, _header(path))
    if path.suffix == ".journal":
        return Recording(path, {})
    raise BadRecording(f"{path} is neither a journal nor a bug report; give data/journal, or what was sent")


def _header(path: Path) -> dict[str, Any]:
    for line in _lines(path):
        about = _decoded(path, line)
        if isinstance(about, dict) and about.get("kind") == bundle.KIND:
            return about
        break
    raise BadRecording(f"{path} is no bug report of this program")


def _bundled(path: Path) -> Iterator[Record]:
    lines = _lines(path)
    next(lines)
    for line in lines:
        with understood(0):
            row = msgspec.json.decode(line, type=tuple[int, dict[str, Any]])
        yield row


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            yield from _bounded(path, file)
    except (OSError, EOFError, zlib.error) as error:
        raise BadRecording(f"{path} is damaged: {error}") from error


def _bounded(path: Path, file: gzip.GzipFile) -> Iterator[bytes]:
    while line := file.readline(segments.LINE_LIMIT + 1):
        if len(line) > segments.LINE_LIMIT:
            raise BadRecording(f"{path} holds a line no recording has")
        yield line


def _decoded(path: Path, line: bytes) -> Any:
    try:
        return msgspec.json.decode(line)
    except msgspec.DecodeError as error:
        raise BadRecording(f"{path} is damaged: {error}") from error
