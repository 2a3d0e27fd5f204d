"""A program that reads workbooks: a path a line comes in, the rows of its first sheet go out as lines of JSON.

It runs apart from the daemon, for a workbook of a few kilobytes may ask for a terabyte of memory, and the library
that reads it then ends its process. What it may use is limited. It imports nothing of ours, so that it starts quickly.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import select
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import TextIO

import python_calamine

MAX_MEMORY_BYTES = 2 << 30
MAX_CPU_S = 600
MAX_ROW_CHARACTERS = 100_000

Cell = int | float | str | bool | time | date | datetime | timedelta


def main() -> None:
    """The most bytes of memory, and a pipe that nobody writes to and whose other end is held by who asks."""
    _limit(int(sys.argv[1]))
    _live_no_longer_than(int(sys.argv[2]))
    for line in sys.stdin:
        _answer(json.loads(line), sys.stdout)


def _answer(path: str, out: TextIO) -> None:
    """`[row, cells]` or `[row, [], what is wrong]` for each row that is not blank; at the end true or an error."""
    end: object = True
    try:
        for row in rows(path):
            print(json.dumps(row), file=out)
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        end = str(error)
    except MemoryError:
        end = ""
    print(json.dumps(end), file=out, flush=True)


def rows(path: str) -> Iterator[tuple[object, ...]]:
    """Rows that are not blank, with their numbers in the sheet and from its first column on."""
    sheet = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    if sheet.start is None:
        return
    above, left = sheet.start
    before = ("",) * left
    for number, row in islice(enumerate(sheet.iter_rows(), 1), above, None):
        texts = tuple(map(text_of, row))
        if sum(map(len, texts)) > MAX_ROW_CHARACTERS:
            yield number, (), f"is longer than {MAX_ROW_CHARACTERS} characters"
        elif any(text.strip() for text in texts):
            yield number, (*before, *texts)


def text_of(cell: Cell) -> str:
    """A cell as a person would have typed it: whole numbers without ".0", days without midnight."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


def _live_no_longer_than(asker: int) -> None:
    """End with whoever holds the other end of this pipe, in the middle of a sheet too, by the kernel's own hand.

    Not PR_SET_PDEATHSIG: that is the end of the thread which began this process.
    """
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(asker, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(asker, fcntl.F_SETFL, fcntl.fcntl(asker, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([asker], [], [], 0)[0]:
        sys.exit()  # gone before it could be told of


def _limit(memory_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_CPU_S, MAX_CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with suppress(OSError):  # where memory is short, this program goes before the daemon
        Path("/proc/self/oom_score_adj").write_text("1000")


if __name__ == "__main__":
    main()
