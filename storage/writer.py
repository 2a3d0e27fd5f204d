"""The journal's pen: a thread that writes and syncs whatever lies in the buffer, and goes on after trouble."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from storage import segments
from storage.errors import JournalUnwritable
from storage.segments import Segment

_LOG: Final = logging.getLogger(__name__)

_RETRY_S: Final = 1.0

_GATHER_S: Final = 0.005
"""What comes within this time shares a write and a sync, unless somebody waits for it."""

Line = tuple[int, bytes]


class Writer:
    """Owns the newest segment. `put`, `snapshot` and `prune` may be called from any thread."""

    def __init__(
        self,
        folder: Path,
        found: list[Segment],
        segment_bytes: int,
        buffer_bytes: int,
        *,
        durable: bool = True,
    ) -> None:
        """`durable` False leaves the syncing to the operating system."""
        self._durable = durable
        self._folder = folder
        self._segments = found
        self._segment_bytes = segment_bytes
        self._buffer_bytes = buffer_bytes
        self._changed = threading.Condition()
        self._buffer: list[Line] = []
        self._under_way: list[Line] = []
        self._held_bytes = 0
        self._file: int | None = None
        self._end = found[-1].path.stat().st_size if found else 0
        self._stopping = False
        self._hurry = False
        self._tell: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self.durable_seq = 0
        self.trouble: JournalUnwritable | None = None

    def start(self, tell: Callable[[], None]) -> None:
        """Begin to write; `tell` is called from the thread after each change."""
        self._tell = tell
        self._thread.start()

    def put(self, seq: int, line: bytes) -> None:
        """Take a line to write; raises JournalUnwritable when the buffer is full."""
        with self._changed:
            if self._held_bytes + len(line) > self._buffer_bytes:
                raise self.trouble or JournalUnwritable(
                    f"{self._folder}: the disk is too slow, {self._held_bytes} bytes wait to be written"
                )
            self._buffer.append((seq, line))
            self._held_bytes += len(line)
            if len(self._buffer) == 1:
                self._changed.notify()

    def hurry(self) -> None:
        """Somebody waits for what lies in the buffer: write it now."""
        with self._changed:
            self._hurry = True
            self._changed.notify()

    def skip_to(self, seq: int) -> None:
        """Count everything up to `seq` as written, unless some of it lies in the buffer."""
        with self._changed:
            if not self._buffer and not self._under_way:
                self.durable_seq = max(self.durable_seq, seq)

    def snapshot(self) -> tuple[list[Segment], int, list[Line]]:
        """Return the segments, the good bytes of the newest one, and the lines not yet on disk."""
        with self._changed:
            return list(self._segments), self._end, self._under_way + self._buffer

    def prune(self, before: int) -> int:
        """Delete segments that end below `before`, never the newest."""
        with self._changed:
            gone = 0
            while len(self._segments) > 1 and self._segments[1].first <= before:
                self._segments.pop(0).path.unlink(missing_ok=True)
                gone += 1
            return gone

    def stop(self) -> None:
        """Write what is left (one more try in trouble), then end the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._buffer and not self._stopping:
                    self._changed.wait()
                if not self._buffer:
                    return
                self._changed.wait_for(lambda: self._hurry or self._stopping, _GATHER_S)
                self._hurry = False
                batch, self._buffer = self._buffer, []
                self._under_way = batch
            try:
                self._write(batch)
            except OSError as error:
                self._failed(batch, error)
                if self._wait_for_another_try():
                    return
            else:
                self._succeeded(batch)
            self._tell()

    def _succeeded(self, batch: list[Line]) -> None:
        with self._changed:
            self._under_way = []
            self._held_bytes -= sum(len(line) for _, line in batch)
            self.durable_seq = batch[-1][0]
            recovered, self.trouble = self.trouble, None
        if recovered is not None:
            _LOG.info("the journal is written again", extra={"event": "journal_written_again"})

    def _failed(self, batch: list[Line], error: OSError) -> None:
        first = self.trouble is None
        with self._changed:
            self._under_way = []
            self._buffer = batch + self._buffer
            self.trouble = unwritable(self._folder, error)
        _LOG.log(
            logging.ERROR if first else logging.DEBUG,
            "%s",
            self.trouble,
            extra={"event": "journal_unwritable"},
        )
        self._tell()

    def _wait_for_another_try(self) -> bool:
        """Wait a while; say whether to give up because the journal is being closed."""
        with self._changed:
            stopping = self._stopping
            if not stopping:
                self._changed.wait_for(lambda: self._stopping, _RETRY_S)
            return stopping

    def _write(self, batch: list[Line]) -> None:
        data = b"".join(line for _, line in batch)
        file = self._file
        if file is None or (self._end and self._end + len(data) > self._segment_bytes):
            file = self._next_segment(batch[0][0])
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(file, view) :]
            if self._durable:
                os.fdatasync(file)
        except OSError:
            self._abandon(file)
            raise
        with self._changed:
            self._end += len(data)

    def _next_segment(self, first: int) -> int:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        segment = segments.named(self._folder, first)
        file = os.open(segment.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError:
            os.close(file)
            raise
        with self._changed:
            if segment not in self._segments:
                self._segments.append(segment)
            self._end = 0
        self._file = file
        return file

    def _abandon(self, file: int) -> None:
        """Leave a file after a failed sync: its cache can no longer be trusted, the next try begins a new one."""
        self._file = None
        try:
            os.ftruncate(file, self._end)
        except OSError as error:
            _LOG.debug("the failed write stays in the file, unread: %s", error)
        os.close(file)


def unwritable(folder: Path, error: OSError) -> JournalUnwritable:
    """Return the error that names the folder, the cause and the remedy."""
    return JournalUnwritable(
        f"{folder}: {error.strerror or error}. {(JournalUnwritable.__doc__ or '').strip()}"
    )
