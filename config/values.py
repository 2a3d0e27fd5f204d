"""Value types of the configuration: strict, and their messages say what to write instead."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import phonenumbers
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

ID = r"^[a-z0-9][a-z0-9-]{0,31}$"
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"^(\d+(?:\.\d+)?)\s*(s|min|h|d)$")
_PERCENT = re.compile(r"^(\d+(?:\.\d+)?)\s*%$")
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


def tls_agrees(tls: bool, ca_file: str | None) -> None:
    """Refuse an authority to trust on a line that would not speak TLS: whoever wrote it meant the line to be safe."""
    if ca_file is not None and not tls:
        raise wrong("tls", "has a tls_ca_file but does not speak TLS", "add tls: true, or remove tls_ca_file")


def _strict_bool(value: object) -> object:
    if isinstance(value, bool):
        return value
    raise wrong("bool", "must be true or false", "without quotes" if isinstance(value, str) else "")


def _strict_int(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise wrong("whole", f"must be a whole number, not {shown(value)}")


def _strict_real(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise wrong("real", f"must be a number, not {shown(value)}")


def _seconds(value: object) -> object:
    if isinstance(value, str) and (match := _DURATION.match(value.strip())):
        return float(match[1]) * _UNITS[match[2]]
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0:
        return float(value)
    raise wrong(
        "seconds",
        f"must be a number of seconds, not {shown(value)}",
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
        raise wrong("fraction", f"must be a share, not {shown(value)}", hint)
    if not 0 <= result <= 1:
        raise wrong("fraction", f"must be between 0 and 1 (0 % and 100 %), not {shown(value)}", hint)
    return result


def _plain(value: object) -> object:
    if not isinstance(value, str):
        raise wrong("text", f"must be text, not {shown(value)}", "put it in quotes")
    if _UNSAFE.search(value):
        raise wrong("control", "must not hold line breaks or control characters")
    return value


def _number(value: object) -> object:
    if isinstance(value, int | float):
        raise wrong("number_unquoted", "must be text: YAML reads digits as an amount", "quote phone numbers")
    if not isinstance(value, str) or not _NUMBER.match(value):
        raise wrong(
            "number",
            f"is not a phone number: {shown(value)}",
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
        f"is not a time zone: {shown(value)}",
        "write an IANA name such as Europe/London or America/New_York",
    )


def _country(value: object) -> object:
    hint = "write a two-letter code in quotes, such as GB or US"
    if not isinstance(value, str):
        raise wrong("country", f"must be a country code, not {shown(value)}", hint)
    code = value.upper()
    if code == "UK":
        raise wrong("country", "is not a country code: UK", "did you mean GB?")
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise wrong("country", f"is not a country code: {shown(value)}", hint)
    return code


def _day(value: object) -> object:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.match(r"^\d{4}-\d{2}-\d{2}$", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise wrong("date", f"is not a date: {shown(value)}", "write YEAR-MONTH-DAY, such as 2026-12-25")


def shown(value: object) -> str:
    """A value as an error message shows it."""
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
Currency = Annotated[str, BeforeValidator(_plain), StringConstraints(pattern="^[A-Z]{3}$")]
Day = Annotated[date, BeforeValidator(_day)]
