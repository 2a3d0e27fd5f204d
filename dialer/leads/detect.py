"""What a file of leads is written in: its encoding and what stands between its columns."""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import charset_normalizer

from dialer.leads.errors import LeadFileError

_CHUNK = 1 << 20
_SAMPLE = 256 * 1024
_DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_CODE_PAGES = {
    country: page
    for page, countries in {
        "cp1250": "AL BA CZ HR HU ME PL RO RS SI SK",
        "cp1251": "BG BY KG KZ MK MN RU TJ UA",
        "cp1253": "CY GR",
        "cp1254": "AZ TR",
        "cp1255": "IL",
        "cp1256": "AE DZ EG IQ JO KW LB LY MA QA SA SY TN YE",
        "cp1257": "EE LT LV",
        "cp874": "TH",
        "cp932": "JP",
        "cp949": "KR",
        "big5": "HK TW",
        "gb18030": "CN SG",
    }.items()
    for country in countries.split()
}


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as found: size, fingerprint and encoding (a Python codec)."""

    size: int
    sha256: str
    encoding: str


def examine(path: Path, encoding: str | None = None, country: str = "") -> FileFacts:
    """Read the file once; it is UTF-8 where all of it is, else what its bytes and its country suggest."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, size, head, odd = True, 0, b"", b""
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                head = head or chunk[:_SAMPLE]
                size += len(chunk)
                if utf8:
                    utf8, odd = _still_utf8(decoder, chunk)
    except OSError as error:
        raise LeadFileError(f"{path} can not be read: {error.strerror or error}") from error
    if size == 0:
        raise LeadFileError(f"{path} is empty")
    return FileFacts(size, digest.hexdigest(), _encoding(encoding, head, odd, utf8, country))


def _still_utf8(decoder: codecs.IncrementalDecoder, chunk: bytes) -> tuple[bool, bytes]:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError as error:
        # What surrounds the first bytes that are not UTF-8 tells the encoding better than the file's beginning.
        return False, chunk[max(0, error.start - _SAMPLE // 2) : error.start + _SAMPLE // 2]
    return True, b""


def _encoding(wanted: str | None, head: bytes, odd: bytes, utf8: bool, country: str) -> str:
    if wanted is not None:
        try:
            return codecs.lookup(wanted).name
        except LookupError:
            raise LeadFileError(f"{wanted} is not an encoding; write one such as utf-8 or cp1252") from None
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if utf8:
        return "utf-8"
    return _legacy(odd or head, country)


def _legacy(sample: bytes, country: str) -> str:
    """The country's usual code page where the bytes can be it (short texts fit many), else the likeliest."""
    usual = _CODE_PAGES.get(country, "cp1252")
    matches = charset_normalizer.from_bytes(sample)
    if any(usual in (match.encoding, *match.could_be_from_charset) for match in matches):
        return usual
    best = matches.best()
    return best.encoding if best is not None else usual


def delimiter_of(lines: list[str]) -> str:
    """The delimiter that splits the lines most evenly into most columns; a comma where none does."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if not counts or counts[0] < 2:
            continue
        common = Counter(counts).get(counts[0], 0)
        score = common / len(counts) * (counts[0] - 1)
        if score > best_score:
            best, best_score = delimiter, score
    return best
