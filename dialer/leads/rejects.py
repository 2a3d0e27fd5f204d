"""The rejects file: every row that was not taken, as it was, with line, code and reason; it can be imported again."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from dialer import private
from dialer.leads.cells import defused
from dialer.leads.convert import Rejected
from dialer.leads.mapping import REJECT_COLUMNS
from dialer.leads.rows import Row


class Rejects:
    """Writes rejected rows beside the file; nothing is left behind when there are none.

    It is written under another name until `close`, so that a rejects file is always whole.
    """

    def __init__(self, path: Path, header: Sequence[str]) -> None:
        self.path = path
        self.codes: Counter[str] = Counter()
        self._header = tuple(name for name in header if name not in REJECT_COLUMNS)
        self._kept = tuple(index for index, name in enumerate(header) if name not in REJECT_COLUMNS)
        self._width = len(header)
        self._part = path.with_name(path.name + ".part")
        self._stream: IO[str] | None = None

    def __len__(self) -> int:
        return self.codes.total()

    def write(self, source: Row, rejected: Rejected) -> None:
        """Add a row; one of another width than the header goes into the columns it fills, the last one joined."""
        stream = self._opened()
        self.codes[rejected.code] += 1
        cells = source.cells
        row = [cells[index] if index < len(cells) else "" for index in self._kept]
        if len(cells) > self._width:
            row[-1] = ",".join((row[-1], *cells[self._width :]))
        csv.writer(stream).writerow((*map(defused, row), source.line, rejected.code, rejected.reason))

    def close(self) -> Path | None:
        """Put the file in its place; None and no file when no row was rejected."""
        if self._stream is None:
            self.path.unlink(missing_ok=True)
            return None
        self._stream.close()
        self._stream = None
        self._part.replace(self.path)
        return self.path

    def abandon(self) -> None:
        """Close without putting the file in its place; the rows written so far stay in the partial one."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _opened(self) -> IO[str]:
        if self._stream is None:
            # surrogateescape gives back the very bytes that could not be decoded
            self._stream = private.begun(self._part).open(
                "w", encoding="utf-8", errors="surrogateescape", newline=""
            )
            csv.writer(self._stream).writerow((*self._header, *REJECT_COLUMNS))
        return self._stream
