"""The journal's files: one line per record, checksummed, so that damage is seen and costs only what it hits.

A line is `crc32 sequence json`: eight hex digits over the rest of the line, the sequence in decimal, the record.
Segments are named after the first sequence they may hold; what a segment holds beyond the next one's name is
left over from a failed write and is not read.
"""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_LOG: Final = logging.getLogger(__name__)

LINE_LIMIT: Final = 1 << 20
"""Bytes of the longest line; a longer one is damage."""

_SUFFIX: Final = ".journal"
_CRC: Final = 8


@dataclass(frozen=True, slots=True)
class Segment:
    """One file and the first sequence it may hold."""

    path: Path
    first: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a file holds: its last good sequence, the offset behind it, and how many lines before it are bad."""

    last: int
    end: int
    bad: int


def encode(seq: int, record: bytes) -> bytes:
    """Return the line of a record given as JSON."""
    body = b"%d %b" % (seq, record)
    return b"%08x %b\n" % (zlib.crc32(body), body)


def decode(line: bytes) -> tuple[int, bytes] | None:
    """Return sequence and JSON of a line; None when it is damaged or not whole."""
    if not line.endswith(b"\n") or line[_CRC : _CRC + 1] != b" ":
        return None
    body = line[_CRC + 1 : -1]
    if b"%08x" % zlib.crc32(body) != line[:_CRC]:
        return None
    seq, _, record = body.partition(b" ")
    return (int(seq), record) if seq.isdigit() else None


def listed(folder: Path) -> list[Segment]:
    """Return the folder's segments, oldest first."""
    found = [Segment(path, int(path.stem)) for path in folder.glob(f"*{_SUFFIX}") if path.stem.isdigit()]
    return sorted(found, key=lambda segment: segment.first)


def named(folder: Path, first: int) -> Segment:
    """Return the segment that begins with this sequence."""
    return Segment(folder / f"{first:020d}{_SUFFIX}", first)


def scan(segment: Segment) -> Scan:
    """Read a whole file for what it holds."""
    last, end, bad, seen_bad, offset = segment.first - 1, 0, 0, 0, 0
    with segment.path.open("rb") as file:
        while line := file.readline(LINE_LIMIT):
            offset += len(line)
            found = decode(line)
            if found is None or found[0] <= last:
                seen_bad += 1
                continue
            last, end, bad = found[0], offset, seen_bad
    return Scan(last, end, bad)


def cut_tail(segment: Segment, end: int) -> int:
    """Cut everything behind `end`; return how many bytes went."""
    size = segment.path.stat().st_size
    if size <= end:
        return 0
    with segment.path.open("r+b") as file:
        file.truncate(end)
        file.flush()
        os.fsync(file.fileno())
    return size - end


def read(segments: Sequence[Segment], after: int, last_end: int) -> Iterator[tuple[int, bytes]]:
    """Yield the good records with a sequence above `after`, in order; of the last segment only `last_end` bytes."""
    last = after
    for index, segment in enumerate(segments):
        newest = index + 1 == len(segments)
        below = None if newest else segments[index + 1].first
        if below is not None and below <= after + 1:
            continue
        bad = 0
        for seq, record in _lines(segment, last_end if newest else None):
            if seq < 0:
                bad += 1
            elif seq > last and (below is None or seq < below):
                last = seq
                yield seq, record
        if bad:
            _LOG.warning(
                "%d damaged lines in %s are left out", bad, segment.path, extra={"event": "journal_damaged"}
            )


def _lines(segment: Segment, end: int | None) -> Iterator[tuple[int, bytes]]:
    """Yield every line's sequence and record, (-1, b"") for a damaged one."""
    offset = 0
    with segment.path.open("rb") as file:
        while (end is None or offset < end) and (line := file.readline(LINE_LIMIT)):
            offset += len(line)
            yield decode(line) or (-1, b"")
