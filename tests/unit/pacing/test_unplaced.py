"""Calls that were decided on but not placed leave their room in the start rate."""

from __future__ import annotations

from pacing.engine import Engine
from pacing.guard import StartRate


def test_calls_not_placed_may_be_placed_at_once() -> None:
    rate = StartRate()
    rate.note(10.0, 3)
    rate.note(10.2, 2)
    assert rate.room(10.3, 5) == 0
    rate.take_back(4)
    assert rate.room(10.3, 5) == 4


def test_more_than_was_started_cannot_be_taken_back() -> None:
    rate = StartRate()
    rate.note(10.0, 2)
    rate.take_back(9)
    assert rate.room(10.0, 5) == 5


def test_the_engine_takes_back_what_the_floor_could_not_place() -> None:
    """The floor calls this when leads or trunks give fewer calls than were decided on."""
    Engine().unplaced(3)
