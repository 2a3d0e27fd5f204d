"""What a recorded life tells of the world outside the floor: who was called, how they behaved, what agents did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from dialer.core import events as ev
from dialer.replay.errors import BadRecording, understood
from dialer.replay.meter import Meter
from dialer.replay.player import event_of
from dialer.replay.source import Record

TOLD = (
    ev.AgentLoggedIn,
    ev.AgentLoggedOut,
    ev.AgentWentReady,
    ev.AgentPaused,
    ev.IntervalChosen,
    ev.LanesTold,
    ev.SkillsSet,
    ev.RunStateSet,
    ev.BudgetTold,
    ev.DialingForbidden,
    ev.LineLost,
)
"""Events that come from outside whatever is dialed: they happen again at the same instants."""

_NO_ANSWER = {"no_answer", "released", "unknown", "not_dialed"}
"""Outcomes of calls whose phone would have rung on: when it would have been answered nobody knows."""


@dataclass(frozen=True, slots=True)
class Person:
    """One call as it was; durations in seconds, None where the record does not know.

    `rings_s` from dialing to ringing, `answers_s` to the answer, `ends_s` to an end that was the far end's doing.
    """

    new: ev.NewCall
    rings_s: float | None = None
    answers_s: float | None = None
    ends_s: float | None = None
    reason: int = 0
    cause: int = 0
    tech_cause: int | None = None
    machine: bool = False
    verdict_s: float = 0.0
    talk_s: float | None = None
    patience_s: float | None = None
    wrap_s: float | None = None
    code: str | None = None


@dataclass(slots=True)
class World:
    """One campaign in one life of the daemon. `complete`: the list came to its end in it."""

    campaign: str
    start: dict[str, Any]
    began_at: float
    ended_at: float = 0.0
    people: list[Person] = field(default_factory=list)
    told: list[ev.Event] = field(default_factory=list)
    synced_at: list[float] = field(default_factory=list)
    complete: bool = False
    left: int = 0
    meter: Meter = field(default_factory=Meter)


def world_of(records: Iterable[Record], campaign: str | None) -> World:
    """The life with most dials of the campaign (or of the only one there is). Raises BadRecording."""
    lives: list[_Reader] = []
    open_lives: dict[str, _Reader] = {}
    for seq, record in records:
        with understood(seq):
            _read(record, lives, open_lives)
    names = sorted({one.world.campaign for one in lives})
    wanted = campaign or (names[0] if len(names) == 1 else None)
    if wanted is None or wanted not in names:
        raise BadRecording(f"choose a campaign by --campaign; the record holds: {', '.join(names) or 'none'}")
    best = max((one for one in lives if one.world.campaign == wanted), key=lambda one: one.world.meter.dials)
    return best.closed()


def _read(record: dict[str, Any], lives: list[_Reader], open_lives: dict[str, _Reader]) -> None:
    if isinstance(name := record.get("start"), str) and record["settings"]["rules"] is not None:
        open_lives[name] = _Reader(World(name, record, record["at"], record["at"]))
        lives.append(open_lives[name])
    elif "gap" in record:
        open_lives.clear()
    else:
        for reader in open_lives.values():
            reader.take(record)


class _Reader:
    """Reads one floor's records; facts belong to the floor whose event came last."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._people: dict[str, Person] = {}
        self._dialed: dict[str, float] = {}
        self._answered: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._mine = False

    def take(self, record: dict[str, Any]) -> None:
        world = self.world
        if "in" in record or "decided" in record:
            self._mine = world.campaign in (record.get("campaign"), record.get("decided"))
        if not self._mine:
            return
        if "fact" in record:
            world.meter.hear(record)
            self._fact(record)
        elif "in" in record:
            world.ended_at = max(world.ended_at, record["at"])
            self._event(event_of(record))
        elif "left" in record:
            world.left += len(record.get("calls", ()))

    def closed(self) -> World:
        """The world as far as it was seen."""
        self.world.people = [one for name, one in self._people.items() if name in self._dialed]
        return self.world

    def _event(self, event: ev.Event) -> None:
        world = self.world
        match event:
            case ev.LeadsClaimed(calls=calls, exhausted=exhausted):
                self._people.update({new.call_id: Person(new) for new in calls})
                world.complete = exhausted
            case ev.DialFailed(call_id=call, reason=reason):
                self._change(call, reason=reason)
            case ev.MachineJudged(call_id=call, machine=machine):
                after_s = event.at - self._answered.get(call, event.at)
                self._change(call, machine=machine, verdict_s=after_s)
            case ev.DispositionGiven(code=code, call_id=str(call)):
                self._change(call, code=code, wrap_s=max(0.0, event.at - self._ended.get(call, event.at)))
            case ev.LineSynced():
                world.synced_at.append(event.at)
        if isinstance(event, TOLD):
            world.told.append(event)

    def _fact(self, fact: dict[str, Any]) -> None:
        call, at = fact.get("attempt", ""), fact.get("at") or 0.0
        since_s = at - self._dialed.get(call, at)
        match fact["fact"]:
            case "attempt_dialed":
                self._dialed[call] = at
            case "attempt_rang":
                self._change(call, rings_s=since_s)
            case "attempt_answered":
                self._answered[call] = at
                self._change(call, answers_s=since_s)
            case "attempt_ended":
                self._ended[call] = at
                self._end(call, fact, since_s)

    def _end(self, call: str, fact: dict[str, Any], since_s: float) -> None:
        outcome = fact["outcome"]
        if outcome == "connected":
            self._change(call, talk_s=fact["talk_s"])
        elif outcome == "gave_up":
            self._change(call, patience_s=fact["at"] - self._answered.get(call, fact["at"]))
        elif call not in self._answered and outcome not in _NO_ANSWER:
            self._change(call, ends_s=since_s, cause=fact["cause"] or 0, tech_cause=fact["tech_cause"])

    def _change(self, call: str, **changes: Any) -> None:
        if call in self._people:
            self._people[call] = replace(self._people[call], **changes)
