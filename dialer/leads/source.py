"""A file of leads opened for reading: its header mapped, its rows in batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import config
from dialer.leads.detect import FileFacts, delimiter_of, examine
from dialer.leads.errors import LeadFileError
from dialer.leads.mapping import Columns, map_columns
from dialer.leads.rows import Row, Splitter

_SAMPLE_LINES = 50


@dataclass(slots=True)
class Source:
    """Rows of one file; `position` is how many of its bytes have been read (ahead of the rows by a buffer)."""

    path: Path
    facts: FileFacts
    delimiter: str
    columns: Columns
    _stream: IO[str]
    _rows: Iterator[Row]

    @classmethod
    def open(cls, path: Path, campaign: config.Campaign) -> Source:
        """Examine and open a CSV file; raises LeadFileError where it can not be one of leads."""
        facts = examine(path, campaign.leads.encoding, campaign.default_region)
        stream = path.open(encoding=_codec(facts.encoding), errors="surrogateescape", newline="")
        try:
            sample = list(itertools.islice(stream, _SAMPLE_LINES))
            if "\x00" in "".join(sample):
                raise LeadFileError(f"{path} is no text; export the leads as CSV (or set leads: encoding)")
            delimiter = campaign.leads.delimiter or delimiter_of(sample)
            splitter = Splitter(itertools.chain(sample, stream), delimiter)
            rows = iter(splitter)
            header = next(rows, None)
            if header is None or header.broken:
                raise LeadFileError(f"{path} has no header; its first line must name the columns")
            columns = map_columns(header.cells, campaign.leads.columns)
            splitter.width = len(columns.header)
        except BaseException:
            stream.close()
            raise
        return cls(path, facts, delimiter, columns, stream, rows)

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._stream.buffer.tell() if hasattr(self._stream, "buffer") else 0

    def batch(self, size: int) -> list[Row]:
        """The next rows, at most `size`; empty at the end of the file."""
        return list(itertools.islice(self._rows, size))

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


def _codec(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding
