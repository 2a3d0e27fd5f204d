"""The flight recorder: the journal's other lines, from which a shift can be played through the core again.

A floor's record begins with `start` (settings, what pacing had learnt), then holds every event (`in`), every
decision of pacing (`decided`) and every change of settings, each in the order in which the floor took it. The facts
a step brought follow it at once. Ids only: free text from outside is masked before the floor hears it.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import msgspec

from dialer.core import agent as ag
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import wishes
from dialer.core.call import Call
from dialer.core.floor import Explanation, Floor
from dialer.runtime import rules

FORMAT = 1
"""Of the records; a reader refuses another."""

CHUNK = 200
"""Calls or agents in one record at most: a line of the journal has its limit."""

_LONG_NUMBER = re.compile(r"\+?\d{7,}")
_MASK = "\N{BULLET}" * 3
_TOLD_BY_OTHERS = (
    ev.DialingForbidden,
    ev.LeadsClaimed,
    ev.LineLost,
    ev.DialRefused,
    ev.SeatLost,
    wishes.MoveFailed,
    wishes.PartyGone,
)

Write = Callable[[Mapping[str, Any]], object]


def without_numbers(event: ev.Event) -> ev.Event:
    """The event with every long number in words from outside masked, before anybody hears it."""
    if isinstance(event, _TOLD_BY_OTHERS) and event.why and _LONG_NUMBER.search(event.why):
        return replace(event, why=_LONG_NUMBER.sub(_MASK, event.why))
    return event


class Recorder:
    """Writes the record of one floor. Every call to the floor is told here, in order and without an await between."""

    def __init__(self, floor: Floor, write: Write) -> None:
        self._floor = floor
        self._write = write
        self._settings: tuple[object, object, object] | None = None

    def begin(self, at: float, boot: str) -> None:
        """The floor as it starts, before its first event; calls and agents come with `resumed`."""
        floor = self._floor
        self._settings = self._used()
        self._write(
            {
                "start": floor.settings.campaign_id,
                "at": at,
                "format": FORMAT,
                "boot": boot,
                "node": floor.node,
                "run_state": floor.run_state.value,
                # As text: what is read back must be what was learnt, to the last bit.
                "learnt": json.dumps(floor.lanes.engine.dump()),
                "settings": settings_of(floor),
            }
        )

    def event(self, event: ev.Event, commands: Sequence[do.Command], error: BaseException | None) -> None:
        """The floor took this and asked for that; its facts are written by whoever runs the commands, next."""
        self._note_settings()
        record = {
            "in": type(event).__name__,
            "campaign": self._floor.settings.campaign_id,
            **msgspec.to_builtins(event),
        }
        self._note_commands(record, commands)
        if error is not None:
            record["failed"] = type(error).__name__
        self._write(record)

    def decision(self, at: float, commands: Sequence[do.Command], error: BaseException | None) -> None:
        """Pacing was asked; the reason in a sentence only where something came of it."""
        self._note_settings()
        why = self._floor.why
        record: dict[str, Any] = {"decided": self._floor.settings.campaign_id, "at": at}
        if error is not None:
            record["failed"] = type(error).__name__
        else:
            record["sum"] = sum_of(why)
        self._note_commands(record, commands)
        if commands:
            record["why"] = why.text
        self._write(record)

    def resumed(
        self,
        at: float,
        calls: Sequence[Call],
        agents: Sequence[ag.Agent],
        owed: Sequence[tuple[str, Call]],
    ) -> None:
        """What an earlier life left and the floor took over."""
        campaign = self._floor.settings.campaign_id
        self._note_settings()
        parts: list[tuple[str, list[Any]]] = [
            ("calls", [_plain(one) for one in calls]),
            ("agents", [_plain(one) for one in agents]),
            ("owed", [[agent_id, _plain(call)] for agent_id, call in owed]),
        ]
        for name, rows in parts:
            for first in range(0, len(rows), CHUNK):
                self._write({"left": campaign, name: rows[first : first + CHUNK]})
        self._write({"resumed": campaign, "at": at})

    def _note_commands(self, record: dict[str, Any], commands: Sequence[do.Command]) -> None:
        if orders := orders_of(commands):
            record["do"] = orders
        if facts := sum(isinstance(one, do.Record) for one in commands):
            record["facts"] = facts

    def _used(self) -> tuple[object, object, object]:
        return self._floor.settings, self._floor.engine.settings, self._floor.trunks.every_limit()

    def _note_settings(self) -> None:
        """Whoever changed them: they are written before the first thing they bear on."""
        used = self._used()
        if used != self._settings:
            self._settings = used
            self._write({"settings": self._floor.settings.campaign_id, **settings_of(self._floor)})


def settings_of(floor: Floor) -> dict[str, Any]:
    """Everything that decides what a floor does; `campaign` is None where its rules are none of ours."""
    settings, source = floor.settings, floor.settings.rules
    floor_row: dict[str, Any] = {}
    for one in fields(settings):
        if one.name not in {"rules", "trunks"}:
            floor_row[one.name] = getattr(settings, one.name)
    return {
        "floor": {**floor_row, "trunks": list(settings.trunks)},
        "pacing": msgspec.to_builtins(floor.engine.settings),
        "limits": [msgspec.to_builtins(one) for one in floor.trunks.every_limit()],
        "rules": rules.recorded(source) if isinstance(source, rules.CampaignRules) else None,
    }


def orders_of(commands: Sequence[do.Command]) -> list[list[Any]]:
    """What was asked for besides facts, in order: the kind of command and its words."""
    return [_words(one) for one in commands if not isinstance(one, do.Record)]


def _words(command: do.Command) -> list[Any]:
    names: tuple[str, ...] = type(command).__slots__
    return [type(command).__name__, *(getattr(command, name) for name in names)]


def sum_of(why: Explanation) -> str:
    """A check sum over every bit of a decision, or over why none was asked for."""
    decision = why.decision
    if decision is None:
        return f"{zlib.crc32(why.text.encode()):08x}"
    told = decision.why
    values = (
        decision.dial,
        why.asked_for,
        decision.next_at,
        told.ready,
        told.working,
        told.in_flight,
        told.waiting,
        told.abandon_chance,
        told.price_s,
        told.answer_rate,
        -1.0 if told.budget_left is None else told.budget_left,
        *told.free_5_15_30,
        *told.answers_5_15_30,
        *decision.release,
    )
    return f"{zlib.crc32(struct.pack(f'<{len(values)}d', *values)):08x}"


def _plain(one: Call | ag.Agent) -> dict[str, Any]:
    """Fields that differ from a fresh one's; what never was has no number JSON could hold."""
    row: dict[str, Any] = msgspec.to_builtins(one)
    if row.get("last_end") == ag.NEVER:
        del row["last_end"]
    return row
