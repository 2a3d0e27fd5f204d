"""Every format shows the same cells, runs nothing and loads nothing."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from dialer.reports import Column, Kind, Report, Table
from dialer.reports.files import write
from dialer.reports.formats import Format, rendered
from dialer.reports.words import duration, shown

NASTY = (
    "=1+1",
    "+44",
    "-2",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    'a "b", c',
    "http://x.example",
    "\ttab",
)


def _report(*texts: str) -> Report:
    columns = (
        Column("agent", "Agent", Kind.TEXT),
        Column("dials", "Dials"),
        Column("rate", "Rate", Kind.SHARE),
        Column("talk_s", "Talk", Kind.SECONDS),
        Column("value", "Value", Kind.MONEY),
    )
    rows = tuple((text, n, 0.25, 90.0, None) for n, text in enumerate(texts))
    tables = (Table("by_agent", "By agent", columns, rows, "A note."), Table("empty", "Empty", columns, ()))
    return Report("Title", "2026-03-02", "UTC", "EUR", datetime(2026, 3, 3, tzinfo=UTC), tables, "main")


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20), max_size=5)
)
def test_csv_gives_every_number_back_and_no_formula(texts: list[str]) -> None:
    text = rendered(_report(*texts), Format.CSV).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert header == ["agent", "dials", "rate", "talk_s", "value"]
    assert [row[1:] for row in rows] == [[str(n), "0.25", "90.0", ""] for n in range(len(texts))]
    for row in rows:
        assert not row[0].startswith(("=", "+", "-", "@"))


def test_a_workbook_holds_texts_as_texts_and_numbers_as_numbers() -> None:
    file = rendered(_report(*NASTY), Format.XLSX)
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_name("By agent")
    rows = sheet.to_python()
    assert [row[0] for row in rows[1 : len(NASTY) + 1]] == list(NASTY)
    assert [row[1] for row in rows[1 : len(NASTY) + 1]] == [float(n) for n in range(len(NASTY))]
    with zipfile.ZipFile(io.BytesIO(file)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]


def test_the_page_runs_and_loads_nothing_and_shows_texts_as_texts() -> None:
    page = rendered(_report(*NASTY), Format.HTML).decode()
    assert "<script" not in page
    assert not re.search(
        r"""(src|href)\s*=|url\(|@import|https?://(?!www\.w3\.org/2000/svg|x\.example)""", page
    )
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "25.0 %" in page
    assert "prefers-color-scheme:dark" in page
    assert "@media print" in page


def test_a_report_of_nothing_says_so() -> None:
    report = _report()
    assert "Nothing happened" in rendered(report, Format.HTML).decode()
    assert json.loads(rendered(report, Format.JSON))["tables"][0]["rows"] == []
    assert rendered(report, Format.XLSX)


def test_json_holds_the_cells_with_their_kinds() -> None:
    (table, _) = json.loads(rendered(_report("ann"), Format.JSON))["tables"]
    assert table["rows"] == [["ann", 0, 0.25, 90.0, None]]
    assert [column["kind"] for column in table["columns"]] == ["text", "count", "share", "seconds", "money"]


def test_one_table_is_chosen_by_its_name() -> None:
    with pytest.raises(KeyError, match="by_agent, empty"):
        rendered(_report("ann"), Format.CSV, "nothing")
    assert rendered(_report("ann"), Format.CSV, "empty").decode().count("\n") == 1


def test_files_appear_whole_and_csv_has_one_for_each_table(tmp_path: Path) -> None:
    written = write(_report("ann"), Format.CSV, tmp_path / "day.csv")
    assert [path.name for path in written] == ["day-by_agent.csv", "day-empty.csv"]
    assert write(_report("ann"), Format.JSON, tmp_path / "day.json") == [tmp_path / "day.json"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "day-by_agent.csv",
        "day-empty.csv",
        "day.json",
    ]


def test_durations_read_as_people_say_them() -> None:
    assert [duration(s) for s in (0, 8.52, 59.96, 60, 200, 3600, 7530)] == [
        "0.0 s",
        "8.5 s",
        "60.0 s",
        "1:00 min",
        "3:20 min",
        "1:00 h",
        "2:05 h",
    ]
    assert shown(1234.5, Kind.MONEY, "EUR") == "1,234.50 EUR"
