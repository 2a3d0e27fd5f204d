"""A spreadsheet never runs what stands in a cell, and nothing is lost on the way back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.leads.cells import defused, undefused


@given(st.text())
def test_defusing_is_undone_exactly(cell: str) -> None:
    assert undefused(defused(cell)) == cell
    assert not defused(cell).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("cell", ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert defused(cell) == "'" + cell


def test_plain_cells_stay_as_they_are() -> None:
    assert defused("O'Brien") == "O'Brien"
