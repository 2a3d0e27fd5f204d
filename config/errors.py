"""What is wrong in a configuration, told so that it can be mended in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ConfigError(Exception):
    """The configuration can not be used."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where (1-based line and column), which setting, what is wrong and how to mend it.

    `line` and `column` are 0 when the file itself is the problem; `excerpt` is the line as written.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        text = f"{where} {self.path}: {self.message}" if self.path else f"{where}: {self.message}"
        return f"{text}; {self.hint}" if self.hint else text

    def pretty(self) -> str:
        """The message with the line as written below it and a caret under the place."""
        if not self.excerpt or not self.line:
            return str(self)
        gutter = f"{self.line:>5} | "
        caret = " " * (len(gutter) - 2) + "| " + " " * (self.column - 1) + "^"
        return f"{self}\n{gutter}{self.excerpt}\n{caret}"


class ConfigErrors(ConfigError):
    """Every mistake found, in the order of files and lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line, p.column, p.path)))
        super().__init__("\n".join(problem.pretty() for problem in self.problems))
