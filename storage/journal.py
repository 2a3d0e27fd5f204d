"""The journal: an append-only record of what happened, on disk before anybody is told that it is.

Records are appended at once into memory; a thread of its own writes and syncs whatever has come together, so the
busier it is, the more records share one sync. Nothing depends on timers of the event loop.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

import msgspec

from storage import segments
from storage.errors import JournalClosed, JournalLocked, JournalUnwritable
from storage.writer import Writer, unwritable

_LOG: Final = logging.getLogger(__name__)

SEGMENT_BYTES: Final = 16 << 20
BUFFER_BYTES: Final = 64 << 20
"""Bytes kept in memory while the disk refuses them; beyond, `append` refuses the new record."""

Trouble = Callable[[JournalUnwritable | None], None]


class Journal:
    """One process's journal. `append` and `durable` belong to the event loop that opened it.

    `on_trouble`, given to `open` or set later, is called in the event loop with the error when writing begins
    to fail, and with None when it works again.
    """

    def __init__(
        self, folder: Path, lock: int, writer: Writer, last: int, damaged: int, on_trouble: Trouble | None
    ) -> None:
        self.folder = folder
        self.damaged = damaged
        self._lock = lock
        self._writer = writer
        self._last = last
        writer.skip_to(last)
        self._loop = asyncio.get_running_loop()
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self.on_trouble = on_trouble
        self._told: JournalUnwritable | None = None
        self._closed = False
        writer.start(self._news)

    @classmethod
    async def open(
        cls,
        folder: Path,
        *,
        after: int = 0,
        segment_bytes: int = SEGMENT_BYTES,
        buffer_bytes: int = BUFFER_BYTES,
        on_trouble: Trouble | None = None,
        durable: bool = True,
    ) -> Self:
        """Open the journal in `folder`, made when missing; a torn tail is cut, with a warning.

        The next sequence is above the last one found and above `after`. `durable` False leaves the syncing to
        the operating system: for demos and tests, which may lose the last records with the power.
        Raises JournalLocked when another journal has the folder open, JournalUnwritable when it is not usable.
        """
        lock, found, last, damaged = await asyncio.to_thread(_opened, folder)
        writer = Writer(folder, found, segment_bytes, buffer_bytes, durable=durable)
        journal = cls(folder, lock, writer, last, damaged, on_trouble)
        journal.skip_to(after)
        return journal

    @property
    def last_seq(self) -> int:
        """The sequence of the last record appended, 0 before the first."""
        return self._last

    @property
    def durable_seq(self) -> int:
        """Every record up to this sequence is on disk."""
        return self._writer.durable_seq

    @property
    def trouble(self) -> JournalUnwritable | None:
        """Why nothing can be written at present; None while all is well."""
        return self._writer.trouble

    def append(self, record: Mapping[str, Any]) -> int:
        """Take a record and return its sequence; it is on disk when `durable` says so.

        While the disk refuses, records are kept in memory and written when it recovers; raises
        JournalUnwritable when that memory is full, and JournalClosed.
        """
        if self._closed:
            raise JournalClosed
        seq = self._last + 1
        line = segments.encode(seq, msgspec.json.encode(record))
        if len(line) > segments.LINE_LIMIT:
            raise ValueError(f"a record of {len(line)} bytes is too long for the journal")
        self._writer.put(seq, line)
        self._last = seq
        return seq

    async def durable(self, seq: int) -> None:
        """Return when the record is on disk. Raises JournalUnwritable, JournalClosed."""
        if seq <= self._writer.durable_seq:
            return
        if seq > self._last:
            raise ValueError(f"no record {seq} was appended, the last is {self._last}")
        if trouble := self._writer.trouble:
            raise JournalUnwritable(str(trouble))
        if self._closed:
            raise JournalClosed
        future: asyncio.Future[None] = self._loop.create_future()
        self._waiters.append((seq, future))
        self._writer.hurry()
        if seq <= self._writer.durable_seq:
            self._settle()  # written between the two looks, when the writer still saw nobody waiting
        await future

    def skip_to(self, seq: int) -> None:
        """Give the next record a sequence above `seq`: for books that know more than a damaged journal."""
        self._last = max(self._last, seq)
        self._writer.skip_to(seq)

    def read(self, after: int = 0) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield (sequence, record) of all records above `after`, also those not yet on disk; damaged ones not."""
        found, last_end, pending = self._writer.snapshot()
        last = after
        for seq, record in segments.read(found, after, last_end):
            last = seq
            yield seq, msgspec.json.decode(record, type=dict[str, Any])
        for seq, line in pending:
            if seq > last and (good := segments.decode(line)):
                yield seq, msgspec.json.decode(good[1], type=dict[str, Any])

    def prune(self, before: int) -> int:
        """Delete files that hold only records below `before`; return how many files went."""
        return self._writer.prune(before)

    def forget(self, keep_s: float, applied: int) -> int:
        """Delete files last written `keep_s` before the newest, whose records are all up to `applied`; how many went.

        The file system's own clock counts, so that no other clock can empty the journal.
        """
        found, _, _ = self._writer.snapshot()
        if not found:
            return 0
        first_kept, before = 0, found[-1].path.stat().st_mtime - keep_s
        for one, following in pairwise(found):
            if following.first > applied + 1 or one.path.stat().st_mtime >= before:
                break
            first_kept = following.first
        return self.prune(first_kept) if first_kept else 0

    @property
    def size_bytes(self) -> int:
        """Bytes on disk."""
        return sum(segment.path.stat().st_size for segment in segments.listed(self.folder))

    async def close(self) -> None:
        """Write what is left, give the folder free. Raises JournalUnwritable when something could not be written."""
        if self._closed:
            return
        self._closed = True
        await asyncio.to_thread(self._writer.stop)
        self._settle()
        for _, future in self._waiters:
            if not future.done():
                future.set_exception(JournalClosed())
        self._waiters.clear()
        os.close(self._lock)
        if trouble := self._writer.trouble:
            raise trouble

    def _news(self) -> None:
        """Called by the writer's thread: something is on disk, or writing failed or works again."""
        if not self._waiters and (self._writer.trouble is None) == (self._told is None):
            return  # nobody to tell: waking the loop for nothing would cost more than the write
        try:
            self._loop.call_soon_threadsafe(self._settle)
        except RuntimeError:
            _LOG.debug("the event loop ended before its journal was closed")

    def _settle(self) -> None:
        durable, trouble = self._writer.durable_seq, self._writer.trouble
        waiting = []
        for seq, future in self._waiters:
            if future.done():
                continue
            if seq <= durable:
                future.set_result(None)
            elif trouble is not None:
                future.set_exception(JournalUnwritable(str(trouble)))
            else:
                waiting.append((seq, future))
        self._waiters = waiting
        if (trouble is None) != (self._told is None):
            self._told = trouble
            if self.on_trouble is not None:
                self.on_trouble(trouble)


def _opened(folder: Path) -> tuple[int, list[segments.Segment], int, int]:
    """Lock the folder and mend its last file; return lock, segments, last sequence and damaged lines."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(folder, error) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in {errno.EWOULDBLOCK, errno.EACCES}:
                raise
            raise JournalLocked(f"{folder}: {(JournalLocked.__doc__ or '').strip()}") from error
        return lock, *_mended(folder)
    except OSError as error:
        os.close(lock)
        raise unwritable(folder, error) from error
    except BaseException:
        os.close(lock)
        raise


def _mended(folder: Path) -> tuple[list[segments.Segment], int, int]:
    found = segments.listed(folder)
    if not found:
        return found, 0, 0
    scan = segments.scan(found[-1])
    if gone := segments.cut_tail(found[-1], scan.end):
        _LOG.warning(
            "the journal's last write was torn: %d bytes cut from %s",
            gone,
            found[-1].path,
            extra={"event": "journal_tail_cut"},
        )
    if scan.bad:
        _LOG.warning("%d damaged lines in %s", scan.bad, found[-1].path, extra={"event": "journal_damaged"})
    return found, scan.last, scan.bad
