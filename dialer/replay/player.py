"""Plays a record through the pure core and compares every decision, command and fact; the first difference ends it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

import pacing
from dialer.core import agent as ag
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import resume, wishes
from dialer.core.call import Call
from dialer.core.machine import FloorMachine
from dialer.core.settings import FloorSettings
from dialer.core.trunks import TrunkLimits, TrunkPool
from dialer.replay.errors import BadRecording, understood
from dialer.replay.source import Record
from dialer.runtime import learnt, recorder, rules

_EVENTS: dict[str, type[ev.Event]] = {
    name: kind
    for module in (ev, wishes)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, ev.Event)
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the core did something else than it did then."""

    seq: int
    at: float
    campaign: str
    what: str
    recorded: Any
    replayed: Any


@dataclass(slots=True)
class Replayed:
    """What a replay came to. `skipped` records belong to floors whose start is not in the record."""

    records: int = 0
    lives: int = 0
    events: int = 0
    decisions: int = 0
    commands: int = 0
    facts: int = 0
    skipped: int = 0
    gaps: int = 0
    campaigns: set[str] = field(default_factory=set)
    began_at: float | None = None
    ended_at: float | None = None
    difference: Difference | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        row = {name: getattr(self, name) for name in type(self).__slots__}
        return {
            **row,
            "campaigns": sorted(self.campaigns),
            "difference": msgspec.to_builtins(self.difference),
            "same": self.difference is None,
        }


class Player:
    """Takes records in order. A floor plays from its start on; other records are counted and left alone."""

    def __init__(self) -> None:
        self.floors: dict[str, FloorMachine] = {}
        self.seen = Replayed()
        self._pools: dict[str, TrunkPool] = {}
        self._left: dict[str, dict[str, list[Any]]] = {}
        self._facts: deque[dict[str, Any]] = deque()
        self._of = ""
        self._boot = ""

    def take(self, seq: int, record: dict[str, Any]) -> Difference | None:
        """Play one record; the difference if there is one. Raises BadRecording."""
        self.seen.records += 1
        with understood(seq):
            return self._take(seq, record)

    def _take(self, seq: int, record: dict[str, Any]) -> Difference | None:
        if "gap" in record:
            self._facts.clear()
        if self._facts and "fact" not in record:
            missing, self._facts = self._facts[0], deque()
            return Difference(seq, 0.0, self._of, "a fact is missing in the record", None, missing)
        if "start" in record:
            self._start(record)
        elif "gap" in record:
            self.seen.gaps += 1
            self.floors.clear()  # what is missing bears on all that follows
        elif "fact" in record:
            return self._fact(seq, record)
        elif (campaign := _campaign(record)) is None or campaign not in self.floors:
            self.seen.skipped += 1
        elif "in" in record or "decided" in record:
            return self._step(seq, campaign, record)
        elif "settings" in record:
            self._retune(campaign, record)
        elif "left" in record:
            for name in ("calls", "agents", "owed"):
                self._left.setdefault(campaign, {}).setdefault(name, []).extend(record.get(name, ()))
        elif "resumed" in record:
            self._resume(campaign, record["at"])
        return None

    # The floor.

    def _start(self, record: dict[str, Any]) -> None:
        if record["format"] != recorder.FORMAT:
            raise BadRecording(f"a record of format {record['format']}, not {recorder.FORMAT}")
        if record["boot"] != self._boot:
            self._boot = record["boot"]
            self.floors.clear()
            self._pools.clear()
            self.seen.lives += 1
        campaign, used = record["start"], record["settings"]
        if used["rules"] is None:
            return  # rules that are none of ours: a test's, or another program's
        self.seen.campaigns.add(campaign)
        if self.seen.began_at is None:
            self.seen.began_at = record["at"]
        pool = self._pools.setdefault(record["node"], TrunkPool(_limits(used)))
        if pool.every_limit() != _limits(used):
            pool.retune(_limits(used))
        self.floors[campaign] = floor_of(record, pool)
        self._left.pop(campaign, None)

    def _retune(self, campaign: str, record: dict[str, Any]) -> None:
        floor = self.floors[campaign]
        if record["rules"] is None:
            del self.floors[campaign]
            return
        floor.settings = _floor_settings(record)
        floor.engine.retune(msgspec.convert(record["pacing"], pacing.Settings))
        if floor.trunks.every_limit() != _limits(record):
            floor.trunks.retune(_limits(record))

    def _resume(self, campaign: str, at: float) -> None:
        left = self._left.pop(campaign, {})
        calls = msgspec.convert(left.get("calls", []), tuple[Call, ...])
        agents = msgspec.convert(left.get("agents", []), tuple[ag.Agent, ...])
        owed = msgspec.convert(left.get("owed", []), tuple[tuple[str, Call], ...])
        resume.resume(self.floors[campaign], calls, agents, at, owed)

    # Comparing.

    def _step(self, seq: int, campaign: str, record: dict[str, Any]) -> Difference | None:
        floor, at = self.floors[campaign], float(record["at"])
        self.seen.ended_at = at
        commands: Sequence[do.Command] = ()
        failed = None
        try:
            commands = self._played(floor, record)
        except Exception as error:
            # The floor that failed then must fail now, and is forbidden to dial as it was then.
            failed = type(error).__name__
            if "in" in record:
                floor.forbidden["floor"] = "the floor failed"
        self.seen.commands += len(commands)
        facts = [
            msgspec.json.decode(msgspec.json.encode(c.fact)) for c in commands if isinstance(c, do.Record)
        ]
        self._facts, self._of = deque(facts), campaign
        for what, then, now in (
            ("an error", record.get("failed"), failed),
            ("the commands", record.get("do", []), recorder.orders_of(commands)),
            ("the number of facts", record.get("facts", 0), len(facts)),
            ("the decision", record.get("sum"), _sum(record, floor, failed)),
        ):
            if then != now:
                self._facts.clear()
                name = record.get("in", "pacing")
                return Difference(seq, at, campaign, f"{what} of {name}", then, now)
        return None

    def _played(self, floor: FloorMachine, record: dict[str, Any]) -> list[do.Command]:
        if "decided" in record:
            self.seen.decisions += 1
            return floor.pace(record["at"])
        self.seen.events += 1
        return floor.step(event_of(record))

    def _fact(self, seq: int, record: dict[str, Any]) -> Difference | None:
        if not self._facts:
            return None  # written by somebody else than a floor
        self.seen.facts += 1
        played = self._facts.popleft()
        if played == record:
            return None
        self._facts.clear()
        return Difference(
            seq, record.get("at") or 0.0, self._of, f"the fact {record['fact']}", record, played
        )


def replay(records: Iterable[Record]) -> Replayed:
    """Play them all, or up to the first difference. Raises BadRecording."""
    player = Player()
    for seq, record in records:
        player.seen.difference = player.take(seq, record)
        if player.seen.difference is not None:
            break
    return player.seen


def floor_of(start: dict[str, Any], pool: TrunkPool | None = None) -> FloorMachine:
    """The floor as it was when this `start` was recorded."""
    used = start["settings"]
    engine = learnt.again(start["learnt"], msgspec.convert(used["pacing"], pacing.Settings))
    floor = FloorMachine(_floor_settings(used), engine, pool or TrunkPool(_limits(used)), start["node"])
    floor.run_state = ev.RunState(start["run_state"])
    return floor


def event_of(record: dict[str, Any]) -> ev.Event:
    """The event a record tells of."""
    return msgspec.convert(record, _EVENTS[record["in"]])


def _campaign(record: dict[str, Any]) -> str | None:
    for name in ("campaign", "decided", "settings", "left", "resumed"):
        if isinstance(one := record.get(name), str):
            return one
    return None


def _sum(record: dict[str, Any], floor: FloorMachine, failed: str | None) -> str | None:
    return recorder.sum_of(floor.why) if "decided" in record and failed is None else None


def _limits(used: dict[str, Any]) -> tuple[TrunkLimits, ...]:
    return msgspec.convert(used["limits"], tuple[TrunkLimits, ...])


def _floor_settings(used: dict[str, Any]) -> FloorSettings:
    row = used["floor"]
    return FloorSettings(
        **{**row, "trunks": tuple(row["trunks"]), "rules": rules.played_again(used["rules"])}
    )
