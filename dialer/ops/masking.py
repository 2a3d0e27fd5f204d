"""Phone numbers made unreadable, wherever they turn up on the way out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_NUMBER = re.compile(r"(?<![\w-])\+?\d(?:[ .()/-]{0,2}\d){6,14}(?![\w-])")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d|\d+\.\d+\.\d+\.\d+|\d\d:\d\d|\d{1,3}\.\d+")


def mask_text(text: str) -> str:
    """The text with every run of 7 to 15 digits masked, also one written with spaces; instants stay."""
    return _NUMBER.sub(_masked, text)


def mask_all(value: Any) -> Any:
    """The same for every text inside lists and sections; keys too."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {mask_all(key): mask_all(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [mask_all(one) for one in value]
    return value


def _masked(found: re.Match[str]) -> str:
    text = found[0]
    if _INSTANT.search(text):
        return text
    digits = re.sub(r"\D", "", text)
    head = ("+" if text.startswith("+") else "") + digits[:2]
    return f"{head}••••{digits[-3:]}"
