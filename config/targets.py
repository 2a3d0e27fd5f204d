"""Activity targets: what each agent is to reach in a day or in parts of it."""

from __future__ import annotations

import itertools
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from config.hours import DAYS, Span
from config.values import Id, Name, Seconds, Section, Share, Whole, live, wrong


class Counted(StrEnum):
    """When what happens counts."""

    WINDOWS = "windows"
    DAY = "day"


class Day(StrEnum):
    """A day of the week."""

    MON, TUE, WED, THU, FRI, SAT, SUN = DAYS


class Target(Section):
    """What each agent of these campaigns and teams is to reach, in the time of `zone`."""

    title: Name | None = live(None, "For people; none: its name here.")
    windows: Annotated[tuple[Span, ...], Field(min_length=1)] = live(
        ..., 'When it is to be reached, evenly, such as ["09:40-12:00", "13:00-17:00"].'
    )
    counted: Counted = live(
        Counted.WINDOWS, "windows: only what happens in them counts; day: all of the day does."
    )
    talk: Seconds | None = live(None, "Conversation, such as 60 min.", gt=0, le=86_400)
    new_numbers: Whole | None = live(None, "People spoken with for the first time.", ge=1, le=10_000)
    warn_below: Share = live(0.9, "An agent is behind below this share of an even pace.", ge=0, le=1)
    days: tuple[Day, ...] = live(
        tuple(Day)[:5], "On these days: mon, tue, wed, thu, fri, sat, sun.", min_length=1
    )
    campaigns: tuple[Id, ...] = live((), "For agents at work on these campaigns; none: on all.")
    teams: tuple[Id, ...] = live((), "For agents of these teams; none: for all.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.talk is None and self.new_numbers is None:
            raise wrong("target", "asks for nothing", "give talk, new_numbers or both")
        spans = sorted(self.windows, key=lambda one: one.start_min)
        if any(later.start_min < earlier.end_min for earlier, later in itertools.pairwise(spans)):
            raise wrong("target", "has windows that overlap", "join them")
        return self
