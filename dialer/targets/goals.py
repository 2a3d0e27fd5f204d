"""How far an agent is with a goal at a moment of the day. Times are minutes since local midnight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DAY_MIN: Final = 24 * 60.0
LEAST_JUDGED_MIN: Final = 5.0
"""A rate of less time than this says nothing."""


class Measure(StrEnum):
    """What is counted: minutes of conversation, or people spoken with for the first time."""

    TALK = "talk"
    NEW_NUMBERS = "new_numbers"


@dataclass(frozen=True, slots=True)
class Goal:
    """What an agent is to reach in these spans of a day, [start, end).

    Progress is expected evenly over the spans. With `whole_day` also what happens outside them counts. An agent is
    behind below the share `warn_below` of what is expected.
    """

    id: str
    title: str
    spans: tuple[tuple[float, float], ...]
    talk_min: float | None = None
    new_numbers: int | None = None
    whole_day: bool = False
    warn_below: float = 0.9

    def measures(self) -> Iterator[tuple[Measure, float]]:
        """What is to be reached of what."""
        if self.talk_min is not None:
            yield Measure.TALK, self.talk_min
        if self.new_numbers is not None:
            yield Measure.NEW_NUMBERS, float(self.new_numbers)


@dataclass(frozen=True, slots=True)
class Piece:
    """A conversation, from when to when; `new`: the first ever with this person."""

    begin_min: float
    end_min: float
    new: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """One measure of one goal now.

    `state` is `ahead` (before its first span), `done`, `on_track`, `behind` or `missed` (its spans are over).
    `expected` is what an even pace would have brought; `left_min` is what remains of the spans. Per hour of these:
    `needed_per_h` catches up, `own_per_h` is the agent's pace so far (None while there is none to speak of).
    """

    goal: Goal
    measure: Measure
    aim: float
    value: float
    expected: float
    left_min: float
    state: str
    needed_per_h: float | None
    own_per_h: float | None

    @property
    def behind(self) -> bool:
        """Whether somebody should look."""
        return self.state in ("behind", "missed")

    @property
    def reachable(self) -> bool:
        """Whether it can still be reached: nobody talks more than sixty minutes an hour."""
        if self.state in ("done", "ahead"):
            return True
        if self.needed_per_h is None:
            return False
        return self.measure is not Measure.TALK or self.needed_per_h <= 60.0


def standings(goals: Iterable[Goal], pieces: Sequence[Piece], now_min: float) -> list[Standing]:
    """Every measure of every goal, in their order."""
    return [
        _standing(goal, measure, aim, pieces, now_min) for goal in goals for measure, aim in goal.measures()
    ]


def _standing(goal: Goal, measure: Measure, aim: float, pieces: Sequence[Piece], now_min: float) -> Standing:
    counted = ((0.0, DAY_MIN),) if goal.whole_day else goal.spans
    value = _talk(pieces, counted) if measure is Measure.TALK else _new(pieces, counted)
    whole = sum(end - start for start, end in goal.spans)
    passed = sum(_overlap(start, end, 0.0, now_min) for start, end in goal.spans)
    left = whole - passed
    expected = aim * passed / whole
    missing = max(0.0, aim - value)
    if not missing:
        state = "done"
    elif passed <= 0.0:
        state = "ahead"
    elif left <= 0.0:
        state = "missed"
    else:
        state = "on_track" if value >= goal.warn_below * expected else "behind"
    return Standing(
        goal,
        measure,
        aim,
        value,
        expected,
        left,
        state,
        needed_per_h=60.0 * missing / left if left > 0.0 and missing else None,
        own_per_h=60.0 * value / passed if passed >= LEAST_JUDGED_MIN else None,
    )


def _talk(pieces: Iterable[Piece], spans: Iterable[tuple[float, float]]) -> float:
    return sum(
        _overlap(piece.begin_min, piece.end_min, start, end) for start, end in spans for piece in pieces
    )


def _new(pieces: Iterable[Piece], spans: Iterable[tuple[float, float]]) -> float:
    return float(
        sum(1 for start, end in spans for piece in pieces if piece.new and start <= piece.begin_min < end)
    )


def _overlap(begin: float, end: float, start: float, stop: float) -> float:
    return max(0.0, min(end, stop) - max(begin, start))
