"""Words in the reader's language for what the daemon itself writes: from the same catalogues as the pages'."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "web" / "static" / "i18n"
_LONGEST_HEADER = 500


class Language(StrEnum):
    """What the daemon speaks."""

    ENGLISH = "en"
    CHINESE = "zh"


class Words:
    """One language's words."""

    def __init__(self, language: Language, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    @property
    def tag(self) -> str:
        """The language as HTML names it."""
        return "zh-CN" if self.language is Language.CHINESE else self.language.value

    def __call__(self, key: str, **places: object) -> str:
        """The text of a key with its places filled; KeyError where there is none."""
        return self._texts[key].format(**places)

    def get(self, key: str, otherwise: str) -> str:
        """The text of a key made of a code, which need not be known."""
        return self._texts.get(key, otherwise)


@cache
def words_of(language: Language) -> Words:
    """The words of a language, read once."""
    return Words(language, json.loads((FOLDER / f"{language.value}.json").read_text("utf-8")))


def preferred(header: str) -> Language:
    """The first of our languages by an Accept-Language header; English where it names none of them."""
    wanted: list[tuple[float, Language]] = []
    for part in header[:_LONGEST_HEADER].split(","):
        tag, _, quality = part.partition(";")
        name = tag.strip().lower().partition("-")[0]
        if name in list(Language):
            wanted.append((-_quality(quality), Language(name)))
    return min(wanted, key=lambda one: one[0], default=(0.0, Language.ENGLISH))[1]


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
