"""A file of leads opened for reading: its header mapped, its rows in batches."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import BufferedReader, TextIOWrapper
from pathlib import Path

import config
from dialer.leads import sheet
from dialer.leads.convert import UNFIT
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
    _rows: Iterator[Row]
    _bytes: BufferedReader | None = None
    _stream: TextIOWrapper | None = None
    _reader: sheet.Reader | None = None

    @classmethod
    def open(cls, path: Path, campaign: config.Campaign) -> Source:
        """Examine and open a file, CSV or workbook; raises LeadFileError where it can not be one of leads."""
        facts = examine(path, campaign.leads.encoding, campaign.default_region)
        if path.suffix.lower() not in sheet.SUFFIXES:
            return cls._csv(path, facts, campaign)
        reader = sheet.Reader()
        try:
            source = cls.of_workbook(path, facts, campaign, reader.rows(path))
        except BaseException:
            reader.close()
            raise
        source._reader = reader
        return source

    @classmethod
    def of_workbook(
        cls, path: Path, facts: FileFacts, campaign: config.Campaign, rows: Iterator[Row]
    ) -> Source:
        """A workbook by the rows of its sheet; raises LeadFileError where they can not be leads."""
        columns = _columns(path, next(rows, None), campaign)
        return cls(path, replace(facts, encoding=path.suffix[1:].lower()), "", columns, rows)

    @classmethod
    def _csv(cls, path: Path, facts: FileFacts, campaign: config.Campaign) -> Source:
        raw = path.open("rb")
        stream = TextIOWrapper(raw, encoding=_codec(facts.encoding), errors="surrogateescape", newline="")
        try:
            sample = list(itertools.islice(stream, _SAMPLE_LINES))
            if "\x00" in "".join(sample):
                raise LeadFileError(f"{path} is no text; export the leads as CSV (or set leads: encoding)")
            delimiter = campaign.leads.delimiter or delimiter_of(sample)
            splitter = Splitter(itertools.chain(sample, stream), delimiter)
            rows = iter(splitter)
            columns = _columns(path, next(rows, None), campaign)
            splitter.width = len(columns.header)
        except UnicodeError as error:
            stream.close()
            raise _no_text(path, facts) from error
        except BaseException:
            stream.close()
            raise
        return cls(path, facts, delimiter, columns, rows, raw, stream)

    @property
    def position(self) -> int:
        """Bytes read so far; a workbook is read whole."""
        return self.facts.size if self._bytes is None else self._bytes.tell()

    def batch(self, size: int) -> list[Row]:
        """The next rows, at most `size`; empty at the end of the file. Raises LeadFileError."""
        try:
            return list(itertools.islice(self._rows, size))
        except UnicodeError as error:  # of encodings whose broken bytes cannot be kept for the rejects file
            raise _no_text(self.path, self.facts) from error

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
        if self._reader is not None:
            self._reader.close()


def _no_text(path: Path, facts: FileFacts) -> LeadFileError:
    return LeadFileError(f"{path} is no text in {facts.encoding}; save it as UTF-8 (or set leads: encoding)")


def _columns(path: Path, header: Row | None, campaign: config.Campaign) -> Columns:
    if header is None or header.broken:
        raise LeadFileError(f"{path} has no header; its first line must name the columns")
    if UNFIT.search("".join(header.cells)):
        raise LeadFileError(
            f"{path}: the header holds bytes that are no text, or control characters; save the file as UTF-8"
        )
    return map_columns(header.cells, campaign.leads.columns, skilled=bool(campaign.known_skills))


def _codec(encoding: str) -> str:
    return "utf-8-sig" if encoding == "utf-8" else encoding
