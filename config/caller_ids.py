"""Numbers shown to the people called: pools, turns, caps and rest."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from config.values import Phone, Seconds, Section, Share, Text, Whole, Yes, live, wrong

Prefix = Annotated[Text, Field(pattern=r"^\+[1-9][0-9]{0,14}$")]


class CallerIdPool(Section):
    """Numbers that take turns."""

    numbers: tuple[Phone, ...] = live(..., "Numbers shown in turn.", min_length=1, max_length=10_000)
    prefixes: tuple[Prefix, ...] = live(
        (),
        'Shown to numbers that begin so, as "+4420"; the longest that fits wins; none: to everybody.',
        max_length=1000,
    )


class CallerIds(Section):
    """Which number is shown at which call."""

    pools: tuple[CallerIdPool, ...] = live(
        (), "Pools by region; none: always the campaign's caller_id.", max_length=1000
    )
    max_per_day: Whole | None = live(
        None,
        "Calls a number is shown at per day, over all campaigns; when all have had theirs, no calls are placed.",
        ge=1,
    )
    keep_first: Yes = live(False, "A lead sees the number of its first call again.")
    rest_below: Share | None = live(
        None,
        "A number rests when fewer of its latest calls than this are answered: 5 % or 0.05; none: never.",
    )
    rest_calls: Whole = live(50, "So many latest calls are looked at.", ge=10, le=10_000)
    rest_s: Seconds = live(86_400.0, "How long it rests: seconds or 24 h.", ge=60, le=90 * 86_400)

    @model_validator(mode="after")
    def _agree(self) -> Self:
        known = [number for pool in self.pools for number in pool.numbers]
        if len(known) != len(set(known)):
            raise wrong("caller_ids", "one number stands in two places", "name each number once")
        return self
