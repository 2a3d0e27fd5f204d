"""One broken row never takes its neighbours with it."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from dialer.leads.rows import MAX_ROW_LINES, Row, Splitter

cells = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00\x85\u2028\u2029\x0b\x0c\x1c\x1d\x1e"), max_size=12
)
tables = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12)
)


def rows_of(text: str, delimiter: str = ",", width: int | None = None) -> list[Row]:
    splitter = Splitter(io.StringIO(text, newline=""), delimiter)
    splitter.width = width
    return list(splitter)


@given(tables, st.sampled_from([",", ";", "\t", "|"]))
def test_what_a_csv_writer_wrote_is_read_back(table: list[list[str]], delimiter: str) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    assert [list(row.cells) for row in rows_of(stream.getvalue(), delimiter, len(table[0]))] == table


@given(st.text(max_size=200))
def test_every_line_of_any_text_is_in_exactly_one_row(text: str) -> None:
    rows = rows_of(text, ",", 3)
    lines = list(io.StringIO(text, newline=""))
    starts = [row.line for row in rows]
    assert starts == sorted(set(starts))
    for row, following in zip(rows, [*starts, len(lines) + 1][1:], strict=True):
        taken = lines[row.line - 1 : following - 1]
        assert row.broken == "" or row.cells[0] == taken[0].rstrip("\r\n")
        if len([line for line in taken if line.strip()]) > 1:
            assert not row.broken
            assert len(row.cells) == 3


def test_a_quote_never_closed_spoils_its_own_line_only() -> None:
    rows = rows_of('a,b\n1,"x\n2,y\n3,z\n', width=2)
    assert [(row.line, bool(row.broken)) for row in rows] == [(1, False), (2, True), (3, False), (4, False)]
    assert rows[1].cells == ('1,"x',)


def test_a_quote_closed_far_below_does_not_swallow_what_is_between() -> None:
    text = 'a,b\n1,"x\n2,y\n3,z"\n4,w\n'
    assert [row.line for row in rows_of(text, width=2)] == [1, 2, 5]  # a cell over three lines is legal CSV
    long = "a,b\n" + '1,"x\n' + "2,y\n" * (MAX_ROW_LINES + 5) + '3,z"\n'
    assert len(rows_of(long, width=2)) == MAX_ROW_LINES + 8


def test_a_quote_within_a_quoted_cell_is_told_apart() -> None:
    rows = rows_of('"Bob "the" Builder",1\nAnn,2\n', width=2)
    assert "within a quoted cell" in rows[0].broken
    assert rows[1].cells == ("Ann", "2")


def test_blank_lines_are_no_rows_but_count_as_lines() -> None:
    assert [(row.line, row.cells) for row in rows_of("a,b\n\n \n1,2")] == [(1, ("a", "b")), (4, ("1", "2"))]


def test_a_line_without_end_is_not_read_into_memory_as_a_row() -> None:
    (row,) = rows_of("x" * 200_000)
    assert "longer" in row.broken
