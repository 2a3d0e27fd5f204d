"""Secrets: written plainly, or {env: NAME}, or {file: path}; resolved before validation, never shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from config.values import wrong

MAX_SECRET_BYTES = 65_536
SHAPE: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "properties": {"env": {"type": "string", "description": "name of an environment variable"}},
            "required": ["env"],
            "additionalProperties": False,
        },
        {
            "type": "object",
            "properties": {"file": {"type": "string", "description": "path of a file holding it"}},
            "required": ["file"],
            "additionalProperties": False,
        },
    ],
}


def resolve(value: object, environment: Mapping[str, str], folder: Path) -> str:
    """The secret itself; raises an error with the remedy (and never the secret) where it can not be had."""
    if isinstance(value, str):
        return _usable(value, "the secret is empty")
    if isinstance(value, Mapping) and len(value) == 1:
        kind, where = next(iter(value.items()))
        if kind == "env" and isinstance(where, str) and where:
            return _from_environment(where, environment)
        if kind == "file" and isinstance(where, str) and where:
            return _from_file(folder / where)
    raise wrong("secret", "is not a secret", 'write "..." in quotes, {env: NAME} or {file: path}')


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise wrong("secret", f"the environment variable {name} is not set", f"set {name} for the daemon")
    return _usable(environment[name], f"the environment variable {name} is empty")


def _from_file(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_SECRET_BYTES)
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise wrong("secret", f"the file {path} is not UTF-8 text") from error
    except OSError as error:
        raise wrong(
            "secret",
            f"the file {path} can not be read: {error.strerror or error}",
            "check its path and that the daemon's user may read it",
        ) from error
    return _usable(text.rstrip("\r\n"), f"the file {path} is empty")


def _usable(text: str, complaint: str) -> str:
    if not text:
        raise wrong("secret", complaint)
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise PydanticCustomError("secret", "the secret holds a line break or control character")
    return text
