"""A YAML 1.2 file as plain data that still knows where each value was written.

Nodes are composed by ruamel and turned into data here, because its constructors stop at the first
duplicate key and forget how a scalar was spelled (a number's leading zero, for one).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from config.errors import Problem

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 40
MAX_VALUES = 200_000  # with aliases counted each time: a "billion laughs" file stops here

_SECRET_KEYS = ("secret", "password", "passwd", "token", "database")

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: 1-based line and column of its key (or item) and of itself, and its spelling."""

    line: int
    column: int
    value_line: int
    value_column: int
    spelled: str | None
    quoted: bool = False


@dataclass(slots=True)
class Document:
    """One file read: its data, the place of every location in it, and what was wrong already."""

    file: str
    data: object = None
    lines: tuple[str, ...] = ()
    places: dict[Location, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def nearest(self, location: Location) -> Place:
        """The place of a location, or of the closest thing around it that was written."""
        for length in range(len(location), -1, -1):
            place = self.places.get(location[:length])
            if place is not None:
                return place
        return Place(1, 1, 1, 1, None)

    def problem(
        self, location: Location, message: str, hint: str = "", *, at_value: bool = False, prefix: str = ""
    ) -> Problem:
        """A problem with a location of this file, its line shown as written."""
        place = self.nearest(location)
        line, column = (place.value_line, place.value_column) if at_value else (place.line, place.column)
        excerpt = self.lines[line - 1] if line <= len(self.lines) else ""
        return Problem(self.file, line, column, prefix + dotted(location), message, hint, excerpt)


def dotted(location: Location) -> str:
    """`nodes.pbx1.trunks[0]` for ("nodes", "pbx1", "trunks", 0)."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else str(part))
    return text


def read(path: Path, shown_as: str | None = None) -> Document:
    """The file as a document; what can not be read or parsed is among its problems."""
    name = shown_as or str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            return _broken(name, f"is {size} bytes, more than the {MAX_BYTES} a configuration may have")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return _broken(name, "there is no such file")
    except UnicodeDecodeError as error:
        return _broken(name, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8")
    except OSError as error:
        return _broken(name, f"can not be read: {error.strerror or error}")
    return read_text(text, name)


def read_text(text: str, file: str) -> Document:
    """The same for text already at hand."""
    document = Document(file, lines=tuple(text.splitlines()))
    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        _syntax(document, error)
        return document
    except (YAMLError, ValueError, RecursionError) as error:
        document.problems.append(Problem(file, 0, 0, "", f"is not YAML: {_one_line(str(error))}"))
        return document
    if root is None:
        document.data = {}
    else:
        _Reader(document).read(root)
    return document


def _broken(file: str, message: str, hint: str = "") -> Document:
    return Document(file, problems=[Problem(file, 0, 0, "", message, hint)])


def _syntax(document: Document, error: MarkedYAMLError) -> None:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    excerpt = _without_secret(document.lines[line - 1]) if 0 < line <= len(document.lines) else ""
    hint = (
        "indent with spaces" if "\t" in excerpt else "check the indentation, colons and quotes here and above"
    )
    message = "not valid YAML: " + _one_line(str(error.problem or error.context or "can not be parsed"))
    document.problems.append(Problem(document.file, line, column, "", message, hint, excerpt))


def _without_secret(line: str) -> str:
    """A line that could not be read: what follows a word that sounds like a secret's key is blacked out."""
    for word in re.finditer(r"[A-Za-z]+(?=[\s'\"]*:)", line):
        if _sounds_secret(word[0]):
            return line[: word.end()] + "•" * (len(line) - word.end())
    return line


def _one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(maxsize=4096)
def _sounds_secret(text: str) -> bool:
    words = re.findall(r"[a-z]+", text.lower())
    return any(difflib.get_close_matches(word, _SECRET_KEYS, 1, cutoff=0.7) for word in words)


def quoted_secret(location: Location, node: Node) -> bool:
    """Whether a node is a secret written plainly (its key, perhaps misspelt, says so)."""
    return bool(location) and isinstance(node, ScalarNode) and _sounds_secret(str(location[-1]))


class _Reader:
    """Turns composed nodes into data, noting places, duplicate keys and things YAML should not hold here."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.budget = MAX_VALUES

    def read(self, root: Node) -> None:
        self.document.data = self._value(root, (), root)

    def _value(self, node: Node, location: Location, key: Node) -> object:
        self._note(node, location, key)
        self.budget -= 1
        if len(location) > MAX_DEPTH or self.budget < 0:
            if self.budget > -MAX_VALUES:
                self._complain(location, "nested too deep or repeated too often by aliases")
                self.budget = -MAX_VALUES
            return None
        if isinstance(node, MappingNode):
            return self._mapping(node, location)
        if isinstance(node, SequenceNode):
            return [self._value(item, (*location, i), item) for i, item in enumerate(node.value)]
        return self._scalar(node, location)

    def _note(self, node: Node, location: Location, key: Node) -> None:
        start, value = key.start_mark, node.start_mark
        spelled = node.value if isinstance(node, ScalarNode) else None
        quoted = isinstance(node, ScalarNode) and node.style in ("'", '"', "|", ">")
        if quoted_secret(location, node):
            self._hide(node)
        self.document.places[location] = Place(
            start.line + 1, start.column + 1, value.line + 1, value.column + 1, spelled, quoted
        )

    def _hide(self, node: Node) -> None:
        """Black out a secret in the lines that problems show."""
        lines = list(self.document.lines)
        for number in range(node.start_mark.line, min(node.end_mark.line + 1, len(lines))):
            line = lines[number]
            start = node.start_mark.column if number == node.start_mark.line else 0
            end = node.end_mark.column if number == node.end_mark.line else len(line)
            lines[number] = line[:start] + "•" * (end - start) + line[end:]
        self.document.lines = tuple(lines)

    def _mapping(self, node: MappingNode, location: Location) -> dict[str, object]:
        result: dict[str, object] = {}
        first: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._complain(location, "a key must be plain text")
                continue
            name = str(key.value)
            if name in result:
                self._duplicate((*location, name), key, first[name])
                continue
            first[name] = key.start_mark.line + 1
            result[name] = self._value(value, (*location, name), key)
        return result

    def _duplicate(self, location: Location, key: Node, first_line: int) -> None:
        line, column = key.start_mark.line + 1, key.start_mark.column + 1
        self.document.problems.append(
            Problem(
                self.document.file,
                line,
                column,
                dotted(location),
                f"is written twice (first in line {first_line})",
                "keep one of them",
                self.document.lines[line - 1],
            )
        )

    def _scalar(self, node: Node, location: Location) -> object:
        tag, text = str(node.tag), str(node.value)
        kind = tag.removeprefix("tag:yaml.org,2002:")
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() == "true"
        if kind == "int":
            return _whole(text)
        if kind == "float":
            return _real(text)
        if kind in ("str", "timestamp"):
            return text
        self._complain(location, f"the tag {tag} is not used here", "remove it")
        return None

    def _complain(self, location: Location, message: str, hint: str = "") -> None:
        self.document.problems.append(self.document.problem(location, message, hint))


def _whole(text: str) -> int | str:
    try:
        return int(text.replace("_", ""), 10 if text.lstrip("+-").isdigit() else 0)
    except ValueError:
        return text


def _real(text: str) -> float | str:
    try:
        return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:
        return text


def dig(data: object, location: Location) -> object:
    """The value at a location, or None where there is none."""
    for part in location:
        inside = part in data if isinstance(data, Mapping) else isinstance(part, int)
        if not inside or not isinstance(data, Mapping | list):
            return None
        try:
            data = data[part]  # type: ignore[index]
        except IndexError:
            return None
    return data
