"""Limits over a sliding time, written as "3 in 24 h"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from config.values import wrong

_LIMIT = re.compile(r"^(\d{1,4})\s+in\s+(\d{1,4})\s*(h|d)$")


@dataclass(frozen=True, slots=True)
class RollingLimit:
    """At most `count` attempts in any `span_s` seconds."""

    count: int
    span_s: float

    def __str__(self) -> str:
        hours = self.span_s / 3600
        return (
            f"{self.count} in {hours / 24:g} d"
            if hours > 24 and hours % 24 == 0
            else f"{self.count} in {hours:g} h"
        )

    @classmethod
    def read(cls, value: object) -> RollingLimit:
        """A limit from "3 in 24 h" or "7 in 7 d"."""
        if isinstance(value, RollingLimit):
            return value
        match = _LIMIT.match(value.strip()) if isinstance(value, str) else None
        if match is None or int(match[1]) < 1 or int(match[2]) < 1:
            raise wrong("rolling", "is not a limit over a sliding time", 'write "3 in 24 h" or "7 in 7 d"')
        return cls(int(match[1]), int(match[2]) * (3600.0 if match[3] == "h" else 86_400.0))

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.read, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": _LIMIT.pattern}
