"""Workbooks come in, previews tell before, exports go out and come back."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import storage
from dialer.leads import LeadFileError, export_file, import_file, preview_file
from dialer.leads.workbook import text_of
from tests.parts.campaigns import campaign
from tests.parts.workbook import write_xlsx

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
MESSY = """\
Name,Phone,Phone 2,Product
Ann,020 7946 0101,+1 212 555 0100,Garden
Bob,0900 123 4567,,Kitchen
Cid,+1 212 555 0100,,Kitchen
Dan,+1 212 555 0101,,Kitchen
Ann,020 7946 0101,+1 212 555 0100,Garden
"""


async def test_a_workbook_is_read_with_its_numbers_as_numbers(
    memory: storage.Database, tmp_path: Path
) -> None:
    file = tmp_path / "leads.xlsx"
    write_xlsx(
        file,
        [
            ["external_id", "name", "number", "priority", "note"],
            [17, "Ann", 2079460101, 5, "x"],
            ["", "", "", "", ""],
            ["B-2", "Bob", "call me", "", ""],
        ],
    )
    report = await import_file(memory, campaign(), file, now=NOW)
    assert (report.encoding, report.rows, report.added, report.codes) == ("xlsx", 2, 1, {"number_letters": 1})
    (lead,) = [lead async for lead in storage.leads.each(memory, "spring")]
    assert (lead.external_id, lead.numbers[0].e164, lead.priority) == ("17", "+442079460101", 5)
    assert report.rejects_path is not None
    with report.rejects_path.open(newline="") as stream:
        (rejected,) = csv.DictReader(stream)
    assert rejected["rejected_line"] == "4"


async def test_what_is_no_workbook_is_said_so(memory: storage.Database, tmp_path: Path) -> None:
    file = tmp_path / "leads.xlsx"
    file.write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(LeadFileError, match="no workbook"):
        await import_file(memory, campaign(), file, now=NOW)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (5.0, "5"),
        (2.5, "2.5"),
        (True, "true"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02"),
    ],
)
def test_a_cell_reads_as_a_person_would_have_typed_it(cell: float | date, text: str) -> None:
    assert text_of(cell) == text


async def test_a_preview_tells_why_rows_will_never_be_dialed(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(MESSY)
    preview = await preview_file(campaign(), file, now=NOW)
    assert preview.columns == {"name": "Name", "number": "Phone", "number2": "Phone 2"}
    assert preview.data == ("Product",)
    assert (preview.rows, preview.good) == (5, 1)
    assert preview.summary == (
        "4 of 5 will never be dialed, because 2 x number_country, 1 x number_kind, 1 x duplicate"
    )
    assert preview.reasons["number_kind"][0].startswith("line 3: the number is premium")
    assert preview.first[0]["numbers"] == "+442079460101"
    assert preview.left_out == {"number_country": 1}
    assert preview.as_dict()["summary"] == preview.summary


async def test_a_preview_and_the_import_agree(memory: storage.Database, tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(MESSY)
    preview = await preview_file(campaign(), file, now=NOW)
    report = await import_file(memory, campaign(), file, now=NOW)
    assert (preview.rows, preview.good, preview.codes) == (report.rows, report.added, report.codes)


async def test_an_export_is_harmless_and_can_be_imported_again(
    memory: storage.Database, tmp_path: Path
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(
        "external_id,name,number,number2,deadline,formula\n"
        "A-1,=1+1,020 7946 0101,0161 496 0101,2026-12-24,@SUM(A1)\nA-2,Bob,020 7946 0102,,,\n"
    )
    await import_file(memory, campaign(), file, now=NOW)
    out = tmp_path / "out.csv"
    assert await export_file(memory, "spring", out) == 2
    with out.open(newline="") as stream:
        first, second = csv.DictReader(stream)
    assert (first["name"], first["number"], first["formula"]) == ("'=1+1", "'+442079460101", "'@SUM(A1)")
    assert (first["lead_state"], second["number2"]) == ("pending", "")
    again = await import_file(memory, campaign(id="autumn"), out, now=NOW)
    assert (again.added, again.rejected) == (2, 0)
    copies = [lead async for lead in storage.leads.each(memory, "autumn")]
    originals = [lead async for lead in storage.leads.each(memory, "spring")]
    for copy, original in zip(copies, originals, strict=True):
        assert (copy.name, copy.data, copy.deadline) == (original.name, original.data, original.deadline)
        assert [one.e164 for one in copy.numbers] == [one.e164 for one in original.numbers]


async def test_an_empty_campaign_exports_its_header(memory: storage.Database, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert await export_file(memory, "none", out) == 0
    assert out.read_text().startswith("external_id,name,zone,priority,deadline,owner,number,lead_state")
