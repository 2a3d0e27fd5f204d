"""The first sheet of a workbook (xlsx, xls, ods) as rows of text, read by a process whose memory is limited."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import msgspec

from dialer.leads import workbook
from dialer.leads.errors import LeadFileError
from dialer.leads.rows import Row

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
_ENVIRONMENT = ("HOME", "LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
"""What Python may need to find its libraries; the daemon's secrets stay with it."""


class Reader:
    """A process that reads workbooks, one after another; it is made when it is first needed."""

    def __init__(self, max_memory_bytes: int = workbook.MAX_MEMORY_BYTES) -> None:
        self._max_memory_bytes = max_memory_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._alive: int | None = None

    def rows(self, path: Path) -> Iterator[Row]:
        """Rows that are not blank, each with its number in the sheet; LeadFileError for what is no workbook."""
        process = self._started()
        asked, answers = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)
        try:
            asked.write(msgspec.json.encode(str(path.absolute())) + b"\n")
            asked.flush()
        except BrokenPipeError:
            raise self._too_much(path) from None
        for line in answers:
            said = msgspec.json.decode(line)
            if isinstance(said, list):
                number, cells, *broken = said
                yield Row(number, tuple(cells), *broken)
            elif said is True:
                return
            elif said:
                raise LeadFileError(f"{path} is no workbook that can be read: {said}")
            else:
                break
        raise self._too_much(path)

    def close(self) -> None:
        """End the process, also while it reads."""
        process, self._process = self._process, None
        alive, self._alive = self._alive, None
        if process is not None:
            process.kill()
            with process:  # closes its pipes and waits
                pass
        if alive is not None:
            os.close(alive)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            its, self._alive = os.pipe()
            try:
                # By its file and without the package around it: the daemon's modules take longer to load than a sheet.
                self._process = subprocess.Popen(
                    [sys.executable, "-P", workbook.__file__, str(self._max_memory_bytes), str(its)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                    pass_fds=(its,),
                )
            finally:
                os.close(its)
        return self._process

    def _too_much(self, path: Path) -> LeadFileError:
        self.close()
        return LeadFileError(
            f"{path} can not be read: it asks for more than {self._max_memory_bytes >> 20} MiB of memory"
            f" or {workbook.MAX_CPU_S} s. A single cell far out is enough for that; save the sheet as CSV"
        )
