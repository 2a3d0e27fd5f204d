"""What texts of a request may hold: no control characters, no half characters, a bounded length."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_LINES = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
MOST_ID = (1 << 63) - 1


def _plain(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("must not hold line breaks or control characters")
    return value


def _lines(value: str) -> str:
    if _CONTROL_BUT_LINES.search(value):
        raise ValueError("must not hold control characters")
    return value


Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_plain)]
Prose = Annotated[str, StringConstraints(min_length=1, max_length=4_000), AfterValidator(_lines)]
UserName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$")]
Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200)]

PathId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
PathUser = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9._@-]{0,63}$")]
PathNumber = Annotated[int, Path(ge=1, le=MOST_ID)]
Limit = Annotated[int, Query(ge=1, le=1000)]


class Body(BaseModel):
    """A request's body: no unknown keys, no silent conversions, no numbers that are none."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


class Answer(BaseModel):
    """A response's body."""

    model_config = ConfigDict(extra="forbid")


Plain = dict[str, Any]
