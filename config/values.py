"""Value types of the configuration: strict, and their messages say what to write instead."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

ID = r"^[a-z0-9][a-z0-9-]{0,31}$"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(s|min|h|d)$")
_PERCENT = re.compile(r"^(\d+(?:\.\d+)?)\s*%$")
_SPAN = re.compile(r"^([01]\d|2[0-4]):([0-5]\d)\s*-\s*([01]\d|2[0-4]):([0-5]\d)$")
_NUMBER = re.compile(r"^\+?[0-9]{2,15}$")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def wrong(code: str, message: str, hint: str = "") -> PydanticCustomError:
    """An error of one value, with its remedy."""
    return PydanticCustomError(code, "{text}", {"text": message, "hint": hint})


class Section(BaseModel):
    """A part of the configuration: frozen, no unknown keys, defaults checked like values."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


def live(default: Any, description: str, **limits: Any) -> Any:
    """A setting that takes effect on reload."""
    return Field(default, description=description, json_schema_extra={"reloads_live": True}, **limits)


def fixed(default: Any, description: str, **limits: Any) -> Any:
    """A setting that needs a restart of the daemon."""
    return Field(default, description=description, json_schema_extra={"reloads_live": False}, **limits)


def _strict_bool(value: object) -> object:
    if isinstance(value, bool):
        return value
    raise wrong("bool", "must be true or false", "without quotes" if isinstance(value, str) else "")


def _strict_int(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise wrong("whole", f"must be a whole number, not {_shown(value)}")


def _strict_real(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise wrong("real", f"must be a number, not {_shown(value)}")


def _seconds(value: object) -> object:
    if isinstance(value, str) and (match := _DURATION.match(value.strip())):
        return float(match[1]) * _UNITS[match[2]]
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
        return float(value)
    raise wrong(
        "seconds",
        f"must be a number of seconds, not {_shown(value)}",
        "write seconds (90) or a number with a unit: 90 s, 15 min, 4 h, 2 d",
    )


def _fraction(value: object) -> object:
    result: float | None = None
    if isinstance(value, str) and (match := _PERCENT.match(value.strip())):
        result = float(match[1]) / 100
    elif isinstance(value, int | float) and not isinstance(value, bool):
        result = float(value)
    hint = "write a percentage with its sign (3 %) or a fraction (0.03)"
    if result is None:
        raise wrong("fraction", f"must be a share, not {_shown(value)}", hint)
    if not 0 <= result <= 1:
        raise wrong("fraction", f"must be between 0 and 1 (0 % and 100 %), not {_shown(value)}", hint)
    return result


def _plain(value: object) -> object:
    if not isinstance(value, str):
        raise wrong("text", f"must be text, not {_shown(value)}", "put it in quotes")
    if _UNSAFE.search(value):
        raise wrong("control", "must not hold line breaks or control characters")
    return value


def _number(value: object) -> object:
    if isinstance(value, int | float):
        raise wrong("number_unquoted", "must be text: YAML reads digits as an amount", "quote phone numbers")
    if not isinstance(value, str) or not _NUMBER.match(value):
        raise wrong(
            "number",
            f"is not a phone number: {_shown(value)}",
            'write digits only, in international form and in quotes: "+442071838750"',
        )
    return value


def _zone(value: object) -> object:
    if isinstance(value, str) and re.match(r"^[A-Za-z0-9_+/-]+$", value):
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            pass
        else:
            return value
    raise wrong(
        "zone",
        f"is not a time zone: {_shown(value)}",
        "write an IANA name such as Europe/London or America/New_York",
    )


def _country(value: object) -> object:
    hint = "write a two-letter code in quotes, such as GB or US"
    if not isinstance(value, str):
        raise wrong("country", f"must be a country code, not {_shown(value)}", hint)
    code = value.upper()
    if code == "UK":
        raise wrong("country", "is not a country code: UK", "did you mean GB?")
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise wrong("country", f"is not a country code: {_shown(value)}", hint)
    return code


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.match(r"^\d{4}-\d{2}-\d{2}$", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise wrong("date", f"is not a date: {_shown(value)}", "write YEAR-MONTH-DAY, such as 2026-12-25")


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else type(value).__name__
    if isinstance(value, int | float):
        text = str(value).lower() if isinstance(value, bool) else str(value)
    names = {"list": "a list", "dict": "a section", "NoneType": "nothing"}
    text = names.get(text, text)
    return text if len(text) <= 60 else text[:57] + "..."


_DURATION_SCHEMA = {
    "anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": _DURATION.pattern}],
}
_FRACTION_SCHEMA = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 1},
        {"type": "string", "pattern": _PERCENT.pattern},
    ],
}


class _Shape:
    """Replaces the JSON schema of an annotated type by what an operator may write."""

    def __init__(self, shape: dict[str, Any]) -> None:
        self.shape = shape

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return dict(self.shape)


Yes = Annotated[bool, BeforeValidator(_strict_bool)]
Whole = Annotated[int, BeforeValidator(_strict_int)]
Real = Annotated[float, BeforeValidator(_strict_real)]
Seconds = Annotated[float, BeforeValidator(_seconds), _Shape(_DURATION_SCHEMA)]
Share = Annotated[float, BeforeValidator(_fraction), _Shape(_FRACTION_SCHEMA)]
Text = Annotated[str, BeforeValidator(_plain), StringConstraints(max_length=200)]
Name = Annotated[str, BeforeValidator(_plain), StringConstraints(min_length=1, max_length=100)]
Id = Annotated[str, BeforeValidator(_plain), StringConstraints(pattern=ID)]
Phone = Annotated[str, BeforeValidator(_number), StringConstraints(pattern=_NUMBER.pattern)]
Zone = Annotated[str, BeforeValidator(_zone)]
Country = Annotated[str, BeforeValidator(_country), StringConstraints(pattern="^[A-Z]{2}$")]
Day = Annotated[date, BeforeValidator(_day)]


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
            raise wrong("span", f"is not an opening time: {_shown(value)}", hint)
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        if end > 24 * 60 or start >= 24 * 60:
            raise wrong("span", f"is past the end of the day: {_shown(value)}", hint)
        if end <= start:
            raise wrong(
                "span",
                f"ends before it starts: {_shown(value)}",
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
            raise wrong("week", f"must name days, not {_shown(value)}", 'write mon-fri: ["09:00-20:00"]')
        days: list[tuple[Span, ...] | None] = [None] * 7
        for key, spans in value.items():
            hours = _day_hours(key, spans)
            for day in _days_of(key):
                if days[day] is not None:
                    raise wrong("week", f"{key}: {DAYS[day]} has its hours already", "name each day once")
                days[day] = hours
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


def _day_hours(key: object, value: object) -> tuple[Span, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        raise wrong(
            "day", f"{key}: must be a list of opening times", 'write ["09:00-12:30", "14:00-20:00"] or []'
        )
    spans = sorted((Span.read(item) for item in items), key=lambda span: span.start_min)
    for before, after in itertools.pairwise(spans):
        if after.start_min < before.end_min:
            raise wrong("day", f"{key}: {before} and {after} overlap", "join them or set them apart")
    return tuple(spans)
