"""Validation errors put into an operator's words, with the place and the remedy."""

from __future__ import annotations

import difflib
import typing
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import UnionType
from typing import Any

from pydantic import BaseModel, ValidationError

from config.document import Document, Location
from config.errors import Problem

_LIMITS = {
    "greater_than_equal": ("ge", "must be at least {}"),
    "greater_than": ("gt", "must be more than {}"),
    "less_than_equal": ("le", "must be at most {}"),
    "less_than": ("lt", "must be less than {}"),
    "too_short": ("min_length", "must have at least {} entries"),
    "too_long": ("max_length", "must have at most {} entries"),
    "string_too_short": ("min_length", "must have at least {} characters"),
    "string_too_long": ("max_length", "must have at most {} characters"),
}
_SHAPES = {
    "model_type": "must be a section of settings",
    "model_attributes_type": "must be a section of settings",
    "dict_type": "must be a section of named entries",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "string_type": "must be text",
    "path_type": "must be a path",
}


def explain(
    error: ValidationError, model: type[BaseModel], document: Document, at: Location = (), prefix: str = ""
) -> list[Problem]:
    """A problem for each thing wrong; `at` is where in the document the model's data stood."""
    details = error.errors(include_url=False)
    deeper = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    # A list is called too short as well when its only entries are wrong: the entries are what to mend.
    told = [detail for detail in details if detail["type"] != "too_short" or detail["loc"] not in deeper]
    return [_problem(detail, model, document, at, prefix) for detail in told]


def _problem(detail: Any, model: type[BaseModel], document: Document, at: Location, prefix: str) -> Problem:
    kind: str = detail["type"]
    inner: Location = tuple(part for part in detail["loc"] if part != "[key]")
    location = at + inner
    context: Mapping[str, Any] = detail.get("ctx") or {}
    if kind == "extra_forbidden":
        return document.problem(location, "is not a setting", _did_you_mean(model, inner), prefix=prefix)
    if kind == "missing":
        return document.problem(location, "is missing", _purpose(model, inner), prefix=prefix)
    message, hint = _words(kind, context, detail["msg"], document, location)
    if "[key]" in detail["loc"] and kind == "enum":
        return document.problem(
            location, message, _nearest(str(location[-1]), str(context["expected"])), prefix=prefix
        )
    if "[key]" in detail["loc"]:
        message, hint = "is not a name to use here", "use up to 32 small letters, digits and hyphens"
        return document.problem(location, message, hint, prefix=prefix)
    return document.problem(location, message, hint, at_value=True, prefix=prefix)


def _words(
    kind: str, context: Mapping[str, Any], fallback: str, document: Document, location: Location
) -> tuple[str, str]:
    if "text" in context:
        return str(context["text"]), _spelled_hint(kind, str(context["hint"]), document, location)
    if kind in _LIMITS:
        key, words = _LIMITS[kind]
        return words.format(context.get(key)), ""
    if kind == "enum":
        return f"must be {context['expected']}", _closest(document, location, str(context["expected"]))
    if kind == "string_pattern_mismatch":
        return _pattern(str(context.get("pattern")))
    if kind in _SHAPES:
        hint = "nothing is written after the colon" if document.nearest(location).spelled == "" else ""
        return _SHAPES[kind], hint
    return fallback[:1].lower() + fallback[1:], ""


def _spelled_hint(kind: str, hint: str, document: Document, location: Location) -> str:
    spelled = document.nearest(location).spelled
    if kind == "number_unquoted" and spelled:
        return f'{hint}: "{spelled}"'
    return hint


def _closest(document: Document, location: Location, expected: str) -> str:
    return _nearest(document.nearest(location).spelled or "", expected)


def _nearest(written: str, expected: str) -> str:
    near = _near(written, tuple(word.strip("' ") for word in expected.replace(" or ", ",").split(",")))
    return f"did you mean {near[0]}?" if near else ""


@lru_cache(maxsize=1024)
def _near(written: str, choices: tuple[str, ...]) -> list[str]:
    """The choice nearest to a word, if any is near."""
    return difflib.get_close_matches(written, choices, 1, cutoff=0.6)


def _pattern(pattern: str) -> tuple[str, str]:
    if pattern == "^[a-z0-9][a-z0-9-]{0,31}$":
        return "is not a short name", "use up to 32 small letters, digits and hyphens"
    return "has a form that is not accepted", f"it must match {pattern}"


def _did_you_mean(model: type[BaseModel], location: Location) -> str:
    section = _section(model, location[:-1])
    if section is None:
        return ""
    known = tuple(section.model_fields)
    near = _near(str(location[-1]), known)
    if near:
        return f"did you mean {near[0]}?"
    return "here are: " + ", ".join(sorted(known))


def _purpose(model: type[BaseModel], location: Location) -> str:
    section = _section(model, location[:-1])
    field = section.model_fields.get(str(location[-1])) if section is not None else None
    return f"add {location[-1]}: {field.description}" if field is not None and field.description else ""


def _section(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that describes what stands at a location."""
    current: Any = model
    for part in location:
        if isinstance(current, type) and issubclass(current, BaseModel):
            field = current.model_fields.get(str(part))
            current = field.annotation if field is not None else None
        else:
            arguments = typing.get_args(current)
            origin = typing.get_origin(current)
            current = arguments[1] if origin is dict else arguments[0] if origin is tuple else None
        current = _without_none(current)
    return current if isinstance(current, type) and issubclass(current, BaseModel) else None


def _without_none(annotation: Any) -> Any:
    if typing.get_origin(annotation) in (typing.Union, UnionType):
        rest: Sequence[Any] = [part for part in typing.get_args(annotation) if part is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation
