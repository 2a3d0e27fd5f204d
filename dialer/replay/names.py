"""Where records name agents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

ORDERS_OF_AGENTS = {"RingSeat", "RenewSeat"}
"""Commands whose first word is an agent's id."""


def agents_in(records: Iterable[dict[str, Any]]) -> set[str]:
    """The ids of every agent the records name."""
    found: set[str] = set()
    for record in records:
        found.update(_agents(record))
    found.discard("")
    return found


def _agents(record: dict[str, Any]) -> Iterator[str]:
    for name in ("agent", "agent_id", "callback_owner"):
        if isinstance(one := record.get(name), str):
            yield one
    for agent in record.get("agents", ()):
        yield agent["id"]
    for agent_id, call in record.get("owed", ()):
        yield agent_id
        yield from _in_call(call)
    for call in record.get("calls", ()):
        yield from _in_call(call)
    for order in record.get("do", ()):
        if order[0] in ORDERS_OF_AGENTS:
            yield order[1]


def _in_call(call: dict[str, Any]) -> Iterator[str]:
    for name in ("owner", "agent_id", "talked_with"):
        if isinstance(one := call.get(name), str):
            yield one
    known = call.get("known") or {}
    if isinstance(one := known.get("callback_owner"), str):
        yield one
