"""A workbook that asks for more memory than there is: refused in words, and the daemon itself spends none on it."""

from __future__ import annotations

import os
import resource
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dialer.leads import LeadFileError, sheet
from dialer.leads.source import Source
from tests.parts.campaigns import campaign
from tests.parts.workbook import write_sheet, write_xlsx

MEBIBYTE = 1 << 20
_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
_FAR_OUT = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


def _most_memory_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def test_a_sheet_of_two_cells_far_apart_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "people.xlsx"
    write_sheet(bomb, _SHEET % _FAR_OUT)
    before = _most_memory_bytes()
    with pytest.raises(LeadFileError, match=r"people\.xlsx can not be read: .* save the sheet as CSV"):
        Source.open(bomb, campaign())
    assert _most_memory_bytes() - before < 100 * MEBIBYTE


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "people.xlsx"
    text = b"1" * (300 * MEBIBYTE)
    write_sheet(
        bomb, _SHEET % (b'<row><c t="inlineStr"><is><t>%s</t></is></c></row>' % text), compressed=True
    )
    del text
    assert bomb.stat().st_size < 3 * MEBIBYTE
    before = _most_memory_bytes()
    reader = sheet.Reader(max_memory_bytes=256 * MEBIBYTE)
    with pytest.raises(LeadFileError, match="more than 256 MiB of memory"):
        list(reader.rows(bomb))
    assert _most_memory_bytes() - before < 100 * MEBIBYTE


def test_after_a_bomb_the_next_workbook_is_read(tmp_path: Path) -> None:
    bomb, good = tmp_path / "bomb.xlsx", tmp_path / "good.xlsx"
    write_sheet(bomb, _SHEET % _FAR_OUT)
    write_xlsx(good, [["name", "number"], ["Ann", 2079460101]])
    reader = sheet.Reader()
    try:
        with pytest.raises(LeadFileError):
            list(reader.rows(bomb))
        assert [row.cells for row in reader.rows(good)] == [("name", "number"), ("Ann", "2079460101")]
    finally:
        reader.close()


def test_a_row_of_endless_text_is_a_broken_row_and_takes_no_other_with_it(tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    write_xlsx(file, [["name", "number"], ["x" * 120_000, "1"], ["Ann", "+442079460101"]])
    source = Source.open(file, campaign())
    try:
        broken, good = source.batch(10)
    finally:
        source.close()
    assert (broken.line, broken.cells, broken.broken) == (2, (), "is longer than 100000 characters")
    assert good.cells == ("Ann", "+442079460101")


def test_a_workbook_closed_half_way_leaves_no_process(tmp_path: Path) -> None:
    file = tmp_path / "people.xlsx"
    write_xlsx(file, [["name", "number"], *[["Ann " + "n" * 200, number] for number in range(3000)]])
    source = Source.open(file, campaign())
    process = source._reader._process if source._reader is not None else None
    assert process is not None
    source.batch(1)
    source.close()
    assert process.returncode is not None


ASKER = """
import sys
from pathlib import Path
from dialer.leads import sheet

reader = sheet.Reader()
process = reader._started()
print(process.pid, flush=True)
list(reader.rows(Path(sys.argv[1])))
"""


@pytest.mark.parametrize("reads", [True, False])
def test_a_reader_ends_with_whoever_asked_it_and_was_killed(tmp_path: Path, *, reads: bool) -> None:
    endless = tmp_path / "people.xlsx"
    os.mkfifo(endless)
    with subprocess.Popen(
        [sys.executable, "-c", ASKER, str(endless)], stdout=subprocess.PIPE, text=True
    ) as asker:
        assert asker.stdout is not None
        reader = os.pidfd_open(int(asker.stdout.readline()))
        try:
            if reads:  # opening it for writing waits for somebody who reads, and lets that one wait for the first byte
                with endless.open("wb"):
                    asker.kill()
                    assert select.select([reader], [], [], 60)[0]
            else:
                asker.kill()
                assert select.select([reader], [], [], 60)[0]
        finally:
            asker.kill()
            if not select.select([reader], [], [], 0)[0]:
                signal.pidfd_send_signal(reader, signal.SIGKILL)
            os.close(reader)
