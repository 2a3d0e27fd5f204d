"""Text into rows, such that one broken row never takes its neighbours with it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MAX_ROW_LINES = 50
MAX_ROW_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its first line (1-based), its cells, and what is wrong with its form, if anything."""

    line: int
    cells: tuple[str, ...]
    broken: str = ""


class Splitter:
    """Rows of a text in CSV; quoted cells may hold delimiters and line breaks.

    A quote never closed would swallow the rest of the file: here it spoils its own line only.
    """

    def __init__(self, lines: Iterable[str], delimiter: str) -> None:
        self._lines = iter(lines)
        self._held: deque[str] = deque()
        self._delimiter = delimiter
        self._number = 0
        self.width: int | None = None

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows that are not blank, in order."""
        while (line := self._next()) is not None:
            if line.strip():
                yield self._row(line)

    def _next(self) -> str | None:
        line = self._held.popleft() if self._held else next(self._lines, None)
        if line is not None:
            self._number += 1
        return line

    def _row(self, line: str) -> Row:
        number = self._number
        if len(line) > MAX_ROW_CHARACTERS:
            return Row(number, (line.rstrip("\r\n"),), f"is longer than {MAX_ROW_CHARACTERS} characters")
        if '"' not in line:
            return Row(number, tuple(line.rstrip("\r\n").split(self._delimiter)))
        return self._quoted(line, number)

    def _quoted(self, line: str, number: int) -> Row:
        """A row with quotes; it takes further lines while a quoted cell is open."""
        taken: list[str] = []
        reader = csv.reader(self._lines_from(line, taken), delimiter=self._delimiter, strict=True)
        problem = 'has a quote (") that is never closed'
        try:
            cells = tuple(next(reader))
        except csv.Error as error:
            cells = ()
            if "expected after" in str(error):
                problem = 'has a quote (") within a quoted cell'
        if cells and (not taken or self.width is None or len(cells) == self.width):
            return Row(number, cells)
        self._held.extendleft(reversed(taken))
        self._number = number
        return Row(number, (line.rstrip("\r\n"),), problem)

    def _lines_from(self, line: str, taken: list[str]) -> Iterator[str]:
        yield line
        characters = len(line)
        while len(taken) < MAX_ROW_LINES and characters < MAX_ROW_CHARACTERS:
            following = self._next()
            if following is None:
                return
            taken.append(following)
            characters += len(following)
            yield following
