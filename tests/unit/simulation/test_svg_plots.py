"""Plots: well-formed whatever the values, and in scale."""

from __future__ import annotations

import math
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from dialer import svg

VALUES = st.floats(0, 1e6) | st.just(math.nan) | st.just(math.inf)


@given(ys=st.lists(VALUES, max_size=20), name=st.text(max_size=20).filter(lambda s: s.isprintable()))
def test_any_values_and_names_make_a_well_formed_picture(ys: list[float], name: str) -> None:
    line = svg.Line(name, [float(i) for i in range(len(ys))], ys, [(0.0, y) for y in ys])
    ElementTree.fromstring(svg.lines(name, [line], limit=3.0))
    ElementTree.fromstring(svg.bars(name, [name], [svg.Group(name, ys[:1])]))


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6))
def test_ticks_are_within_and_not_too_many(low: float, span: float) -> None:
    marks = svg.ticks(low, low + span)
    assert 1 <= len(marks) <= 12
    assert all(low - 1e-3 <= mark <= low + span + 1e-3 for mark in marks)


def test_higher_values_stand_higher() -> None:
    frame = svg.Frame("t", (640, 300), (0.0, 1.0), 10.0)
    assert frame.y(9.0) < frame.y(1.0)
    assert frame.x(0.9) > frame.x(0.1)
