"""Every format shows the same cells, runs nothing and loads nothing."""

from __future__ import annotations

import ast
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

from dialer.core.outcomes import Outcome
from dialer.language import Language, preferred, words_of
from dialer.reports import Column, Kind, Report, Table, gather
from dialer.reports.files import write
from dialer.reports.findings import CAUSES, DAYS
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


@pytest.mark.parametrize("language", list(Language))
def test_whatever_a_report_says_is_in_the_catalogue_of_each_language(language: Language) -> None:
    words = words_of(language)
    said = {f"report.word.{word}" for word in (*DAYS, *CAUSES.values(), *(one.value for one in Outcome))}
    assert [key for key in said if not words.get(key, "")] == []
    files = sorted(Path(gather.__file__).parent.glob("*.py"))
    made = [node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8")))]
    calls = [node for node in made if isinstance(node, ast.Call)]
    for kind, prefix in (("Column", "report.col"), ("Table", "report.table")):
        of = [call.args[0] for call in calls if ast.unparse(call.func) == kind]
        names = [arg.value for arg in of if isinstance(arg, ast.Constant)]
        assert len(names) > 5
        assert [name for name in names if not words.get(f"{prefix}.{name}", "")] == []


def test_a_chinese_page_says_nothing_in_english_but_names() -> None:
    text = (
        Column("weekday", "Day", Kind.TEXT),
        Column("agent", "Agent", Kind.TEXT),
        Column("talk_s", "Talk", Kind.SECONDS),
    )
    hours = tuple(Column(name, name) for name in ("dials", "contacts", "conversions"))
    tables = (
        Table("best_hours", "Best hours", text, (("Monday", "Monday", 90.0), ("Friday", "busy", 7500.0))),
        Table("by_hour", "By hour", (Column("hour", "Hour", Kind.TEXT), *hours), (("09:00", 5, 3, 1),)),
    )
    made = datetime(2026, 3, 3, tzinfo=UTC)
    report = Report("All campaigns, 2026-03-02", "2026-03-02", "UTC", "", made, tables, "main")
    shown = rendered(report, Format.HTML, language=Language.CHINESE).decode()
    assert '<html lang="zh-CN">' in shown
    bare = re.sub(r"<style>.*?</style>|<[^>]*>", " ", shown, flags=re.S)
    assert set(re.findall(r"[A-Za-z]{2,}", bare)) == {"UTC", "Cadence", "main", "Monday", "busy", "Wilson"}
    for word in ("周一", "1:30 分", "2:05 小时", "全部任务", "联系率", "拨打、联系到与成交"):
        assert word in shown
    # What programs read is the same in every language.
    assert rendered(report, Format.JSON, language=Language.CHINESE) == rendered(report, Format.JSON)
    csv_file = rendered(report, Format.CSV, "best_hours", Language.CHINESE).decode()
    assert csv_file.startswith("weekday,agent,talk_s")
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(rendered(report, Format.XLSX, language=Language.CHINESE))
    )
    assert book.sheet_names == ["最佳时段", "按小时"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "en"),
        ("de,zh;q=0.5,en;q=0.4", "zh"),
        ("fr", "en"),
        ("zh;q=nothing, en;q=0.1", "en"),
        (";;=,,q=" * 400, "en"),
    ],
)
def test_the_readers_language_is_what_the_browser_asks_for(header: str, language: str) -> None:
    assert preferred(header).value == language
