"""A bug report: one file with all a replay needs and nothing that tells who was called or who called.

Agents get numbers in the order of their ids, so that whatever was decided by that order is decided so again;
numbers we showed become keyed hashes, whose key is thrown away.
"""

from __future__ import annotations

import gzip
import hashlib
import platform
import re
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy

from dialer import private
from dialer.replay.errors import understood
from dialer.replay.names import ORDERS_OF_AGENTS, agents_in

KIND = "cadence-bug-report"
_SEAT = re.compile(r"(s-[a-z0-9]+-[a-z0-9]+-\d+-)([a-z0-9][a-z0-9-]{0,31})")
_AGENTS = {"agent", "agent_id", "owner", "callback_owner", "for_agent", "talked_with", "id"}
_SHOWN = {"caller_id"}
_KEPT = {"start", "left", "resumed", "settings", "in", "decided", "fact", "gap"}
"""Kinds of records a replay knows; whatever else a journal may hold stays at home."""

Record = tuple[int, dict[str, Any]]


def write(records: Callable[[], Iterable[Record]], target: Path, *, program: str) -> int:
    """Write the report, readable by its owner only; returns how many records it holds."""
    with understood(0):
        named = Pseudonyms(records())
    about = {
        "kind": KIND,
        "program": program,
        "python": platform.python_version(),
        "numpy": numpy.__version__,
        "machine": platform.machine(),
    }
    count = 0
    with gzip.open(private.begun(target), "wb") as file:
        file.write(msgspec.json.encode(about) + b"\n")
        for seq, record in records():
            if not _KEPT & record.keys():
                continue
            with understood(seq):
                file.write(msgspec.json.encode([seq, named.record(record)]) + b"\n")
            count += 1
    return count


class Pseudonyms:
    """Ids without a person in them, the same one for the same id all through a report."""

    def __init__(self, records: Iterable[Record]) -> None:
        known = sorted(agents_in(record for _, record in records))
        width = len(str(len(known)))
        self._agents = {name: f"a{place:0{width}}" for place, name in enumerate(known)}
        self._key = secrets.token_bytes(16)

    def record(self, record: dict[str, Any]) -> dict[str, Any]:
        """The record with every id replaced."""
        return {name: self._value(name, value) for name, value in record.items()}

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self.record(value)
        if isinstance(value, list):
            if name == "do":
                return [self._order(one) for one in value]
            if name == "owed":
                return [[self._agents.get(agent, agent), self.record(call)] for agent, call in value]
            return [self._value(name, one) for one in value]
        if not isinstance(value, str) or not value:
            return value
        if name in _SHOWN:
            return "x" + hashlib.blake2b(value.encode(), key=self._key, digest_size=8).hexdigest()
        if name in _AGENTS:
            return self._agents.get(value, value)
        return self._seat(value)

    def _order(self, order: list[Any]) -> list[Any]:
        """One command: who it is about may be an agent, said without a name for it."""
        kind, *words = order
        if kind in ORDERS_OF_AGENTS:
            words[0] = self._agents.get(words[0], words[0])
        return [kind, *(self._seat(word) if isinstance(word, str) else word for word in words)]

    def _seat(self, word: str) -> str:
        """A seat's id carries its agent's."""
        match = _SEAT.fullmatch(word)
        return word if match is None else match[1] + self._agents.get(match[2], match[2])
