"""Opening times within a week."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from config.values import shown, wrong

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)$")


class Span:
    """An opening time within one day, [start, end) in minutes since local midnight."""

    __slots__ = ("end_min", "start_min")

    def __init__(self, start_min: int, end_min: int) -> None:
        if not 0 <= start_min < end_min <= 24 * 60:
            raise ValueError("a span needs 0 <= start < end <= 1440 minutes")
        self.start_min = start_min
        self.end_min = end_min

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Span) and (self.start_min, self.end_min) == (other.start_min, other.end_min)

    def __hash__(self) -> int:
        return hash((self.start_min, self.end_min))

    def __str__(self) -> str:
        return f"{_clock(self.start_min)}-{_clock(self.end_min)}"

    __repr__ = __str__

    @classmethod
    def read(cls, value: object) -> Span:
        """A span from "09:00-20:00"; 24:00 is the end of the day."""
        if isinstance(value, Span):
            return value
        hint = 'write "HH:MM-HH:MM" in quotes, such as "09:00-20:00"'
        match = _SPAN.match(value.strip()) if isinstance(value, str) else None
        if match is None:
            raise wrong("span", f"is not an opening time: {shown(value)}", hint)
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if end > 24 * 60 or start >= 24 * 60:
            raise wrong("span", f"is past the end of the day: {shown(value)}", hint)
        if end <= start:
            raise wrong(
                "span",
                f"ends before it starts: {shown(value)}",
                'split it at midnight: "20:00-24:00" on one day and "00:00-02:00" on the next',
            )
        return cls(start, end)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": _SPAN.pattern}


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


class Week:
    """Opening times of Monday to Sunday: `days[0]` is Monday's, each a tuple of `Span` in order."""

    __slots__ = ("days",)

    def __init__(self, days: tuple[tuple[Span, ...], ...]) -> None:
        if len(days) != 7:
            raise ValueError("a week has seven days")
        self.days = days

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Week) and self.days == other.days

    def __hash__(self) -> int:
        return hash(self.days)

    def __repr__(self) -> str:
        open_days = (f"{DAYS[i]} {' '.join(map(str, spans))}" for i, spans in enumerate(self.days) if spans)
        return f"Week({', '.join(open_days)})"

    @classmethod
    def read(cls, value: object) -> Week:
        """A week from {"mon-fri": ["09:00-20:00"], "sat": "10:00-16:00"}; days not named are closed."""
        if isinstance(value, Week):
            return value
        if not isinstance(value, Mapping):
            raise wrong("week", f"must name days, not {shown(value)}", 'write mon-fri: ["09:00-20:00"]')
        days: list[tuple[Span, ...] | None] = [None] * 7
        mistakes: list[InitErrorDetails] = []
        for key, spans in value.items():
            try:
                _put(days, _days_of(key), _day_hours(spans))
            except PydanticCustomError as error:
                mistakes.append(InitErrorDetails(type=error, loc=(str(key),), input=None))
        if mistakes:
            raise ValidationError.from_exception_data("opening times", mistakes)
        return cls(tuple(hours or () for hours in days))

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.plain_serializer_function_ser_schema(_week_out)
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        span = {"type": "string", "pattern": _SPAN.pattern}
        day = "(" + "|".join(DAYS) + ")"
        return {
            "type": "object",
            "patternProperties": {f"^{day}(-{day})?$": {"anyOf": [span, {"type": "array", "items": span}]}},
            "additionalProperties": False,
        }


def _week_out(week: Week) -> dict[str, list[str]]:
    return {DAYS[i]: [str(span) for span in spans] for i, spans in enumerate(week.days) if spans}


def _days_of(key: object) -> list[int]:
    first, _, last = str(key).lower().partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise wrong(
            "day", f"{key} is not a day", "use mon, tue, wed, thu, fri, sat, sun or a range such as mon-fri"
        )
    start, end = DAYS.index(first), DAYS.index(last or first)
    if end < start:
        raise wrong("day", f"{key} runs backwards", "begin with the earlier day")
    return list(range(start, end + 1))


def _put(days: list[tuple[Span, ...] | None], which: list[int], hours: tuple[Span, ...]) -> None:
    for day in which:
        if days[day] is not None:
            raise wrong("week", f"{DAYS[day]} has its hours already", "name each day once")
        days[day] = hours


def _day_hours(value: object) -> tuple[Span, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise wrong(
            "day",
            f"must be a list of opening times, not {shown(value)}",
            'write ["09:00-12:30", "14:00-20:00"] or []',
        )
    spans = sorted((Span.read(item) for item in items), key=lambda span: span.start_min)
    for before, after in itertools.pairwise(spans):
        if after.start_min < before.end_min:
            raise wrong("day", f"{before} and {after} overlap", "join them or set them apart")
    return tuple(spans)
