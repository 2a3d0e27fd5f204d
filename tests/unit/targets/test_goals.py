"""Standings agree with counting minute by minute, and say what a team leader would."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.targets import Goal, Measure, Piece, Standing, standings

MORNING = Goal("morning", "Morning", ((580.0, 720.0),), talk_min=60.0)
DAY = Goal("day", "Day", ((580.0, 720.0), (780.0, 1020.0)), talk_min=210.0, new_numbers=60, whole_day=True)

minutes = st.integers(0, 1440)
pieces = st.lists(
    st.builds(
        lambda a, b, new: Piece(float(min(a, b)), float(max(a, b)), new), minutes, minutes, st.booleans()
    ),
    max_size=20,
)


def only(goal: Goal, done: list[Piece], now_min: float) -> Standing:
    (one,) = standings([goal], done, now_min)
    return one


def test_a_morning_that_goes_well_and_one_that_does_not() -> None:
    half = 580 + 70
    good = only(MORNING, [Piece(590, 620)], half)
    assert (good.value, good.expected, good.state) == (30, 30, "on_track")
    slow = only(MORNING, [Piece(590, 600)], half)
    assert slow.state == "behind"
    assert slow.behind
    assert slow.needed_per_h == pytest.approx(50 * 60 / 70)
    assert slow.own_per_h == pytest.approx(10 * 60 / 70)
    assert slow.reachable
    late = only(MORNING, [Piece(590, 600)], 715)
    assert not late.reachable
    assert only(MORNING, [Piece(590, 600)], 721).state == "missed"
    assert only(MORNING, [], 500).state == "ahead"
    assert only(MORNING, [Piece(580, 640)], 641).state == "done"


def test_talk_across_the_edge_of_a_window_counts_as_far_as_it_is_inside() -> None:
    assert only(MORNING, [Piece(570, 590), Piece(710, 730)], 740).value == 20


def test_a_goal_of_the_day_counts_lunch_and_new_people() -> None:
    done = [Piece(730, 740, new=True), Piece(600, 610), Piece(900, 905, new=True)]
    talk, new = standings([DAY], done, 1000)
    assert (talk.measure, talk.value) == (Measure.TALK, 25)
    assert (new.measure, new.value, new.aim) == (Measure.NEW_NUMBERS, 2, 60)


@given(pieces, minutes)
def test_every_value_is_what_counting_gives(done: list[Piece], now: int) -> None:
    for one in standings([MORNING, DAY], done, float(now)):
        counted = [m for a, b in one.goal.spans for m in range(int(a), int(b))]
        if one.goal.whole_day:
            counted = list(range(1440))
        if one.measure is Measure.TALK:
            naive = sum(1 for piece in done for m in counted if piece.begin_min <= m < piece.end_min)
        else:
            naive = sum(1 for piece in done if piece.new and int(piece.begin_min) in counted)
        assert one.value == naive
        assert 0 <= one.expected <= one.aim
        assert one.left_min >= 0
        assert (one.state == "done") == (one.value >= one.aim)
        if one.needed_per_h is not None and one.left_min:
            assert one.value + one.needed_per_h * one.left_min / 60 == pytest.approx(one.aim)
