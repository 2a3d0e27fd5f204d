"""Pacing a floor whose leads ask for skills: the engine asked about every set of lanes, and one answer made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pacing.contract import (
    AgentColumns,
    AgentState,
    BoolArray,
    CallColumns,
    Decision,
    Event,
    IntArray,
    Settings,
    Snapshot,
)
from pacing.engine import Engine
from pacing.lanes import LaneSet, allot, family

MOST_ENGINES = 48
"""Sets of lanes that are remembered; those asked about longest ago are forgotten first."""

KEEP = 1.0 - 1.0 / 400.0
"""Of what was counted when one person more meets an agent."""

PRIOR = 20.0
"""People of other lanes imagined at first, who take agents as if by lot."""

GOLDEN = 0.6180339887498949
"""Its multiples fill the unit evenly."""

Key = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Lanes:
    """The lanes of a snapshot, in parallel with its columns; `able` has a row per lane and a column per agent.

    `calls` and `waiting` hold the lane of each call and caller, -1 for none in particular. `open`: leads may be had.
    """

    names: tuple[str, ...]
    able: BoolArray
    calls: IntArray
    waiting: IntArray
    open: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class LaneDecision:
    """Calls to place per lane, in the order of the names; `whole` has their sum, and all to release."""

    dial: tuple[int, ...]
    whole: Decision
    wanted: int


class LaneEngine:
    """Paces the lanes of one floor. `whole` is the floor's own engine, which hears everything from others.

    Agents of some lanes are taken by people of other lanes too. How often is counted, and as many of those other
    calls are seen among the lanes' own: else a lane with few agents would count on all of them.
    """

    def __init__(self, whole: Engine) -> None:
        self.whole = whole
        self._engines: dict[Key, Engine] = {}
        self._visits: dict[Key, tuple[float, float]] = {}

    def dump(self) -> dict[str, Any]:
        """What the whole's engine has learnt, and under `lanes` what those of its parts have, as plain JSON values."""
        parts = []
        for names, engine in self._engines.items():
            taken, seen = self._visits.get(names, (0.0, 0.0))
            parts.append({"names": sorted(names), "visits": [taken, seen], **engine.dump()})
        return {**self.whole.dump(), "lanes": parts}

    @classmethod
    def load(cls, dumped: Mapping[str, Any], settings: Settings | None = None) -> LaneEngine:
        """Engines that go on from `dump()`, or from a plain engine's; ValueError for a dump they cannot read."""
        loaded = cls(Engine.load(dumped, settings))
        try:
            for part in dumped.get("lanes", ())[-MOST_ENGINES:]:
                names = frozenset(map(str, part["names"]))
                taken, seen = part["visits"]
                loaded._engines[names] = Engine.load(part, loaded.whole.settings)
                loaded._visits[names] = float(taken), float(seen)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a dump of lanes' engines: {error!r}") from error
        return loaded

    def learn(self, event: Event, lane: str | None) -> None:
        """Take in what happened to a call of this lane (None: to no lane's); the whole engine is told by others."""
        for names, engine in self._engines.items():
            if lane is None or lane in names:
                engine.learn(event)

    def met(self, lane: str, served: Collection[str]) -> None:
        """A person of this lane got an agent who can serve these lanes."""
        for names in self._engines:
            if lane not in names:
                taken, seen = self._visits.get(names, (0.0, 0.0))
                took = 0.0 if names.isdisjoint(served) else 1.0
                self._visits[names] = KEEP * taken + took, KEEP * seen + 1.0

    def decide(self, snapshot: Snapshot, lanes: Lanes, *, most: int, one_line: bool = False) -> LaneDecision:
        """Say how many calls to place in each lane now, `most` in all, and which ringing ones to hang up.

        Where the whole floor has no room no part of it is asked, but for what to hang up: most looks end there.
        """
        every, *parts = family(lanes.able)
        answers = {every: self.whole.decide(_part(snapshot, lanes, every), one_line=one_line)}
        room = min(answers[every].dial, most)
        for part in parts:
            if (room > 0 and any(lanes.open[lane] for lane in part)) or self._may_release(
                snapshot, lanes, part
            ):
                seen = _part(snapshot, lanes, part, self._visitors(snapshot, lanes, part))
                answers[part] = self._engine(lanes, part).decide(seen, one_line=one_line)
        rooms = {part: decision.dial for part, decision in answers.items()}
        rooms[every] = min(rooms[every], max(0, most))
        dial = allot(rooms, _working(snapshot.agents, lanes.able), _counts(lanes), lanes.open)
        for part, decision in answers.items():
            engine = self.whole if part == every else self._engine(lanes, part)
            engine.unplaced(decision.dial - sum(dial[lane] for lane in part))
        whole = answers[every]
        release = dict.fromkeys(key for decision in answers.values() for key in decision.release)
        next_at = min(decision.next_at for decision in answers.values())
        total = replace(whole, dial=sum(dial), release=tuple(release), next_at=next_at)
        return LaneDecision(dial, total, whole.dial)

    def _may_release(self, snapshot: Snapshot, lanes: Lanes, part: LaneSet) -> bool:
        """Whether a call of these lanes has rung for so long that it may be hung up."""
        settings, rang_s = self.whole.settings, snapshot.now - snapshot.calls.ringing_at
        mine = np.isin(lanes.calls, sorted(part))
        return settings.release and bool((rang_s[mine] >= settings.min_ring).any())

    def _visitors(self, snapshot: Snapshot, lanes: Lanes, part: LaneSet) -> BoolArray:
        """Calls of other lanes that will take an agent of these: as large a share of them as took one before."""
        inside, others = sorted(part), [lane for lane in range(len(lanes.names)) if lane not in part]
        there = snapshot.agents.state != AgentState.AWAY
        theirs, ours = lanes.able[others].any(axis=0) & there, lanes.able[inside].any(axis=0) & there
        usual = float((theirs & ours).sum()) / max(1.0, float(theirs.sum()))
        taken, seen = self._visits.get(frozenset(lanes.names[lane] for lane in inside), (0.0, 0.0))
        share = (taken + PRIOR * usual) / (seen + PRIOR)
        # Always the same ones, so that a call does not come and go from one look to the next.
        lot = np.modf(np.abs(snapshot.calls.id) * GOLDEN)[0]
        return (lot < share) & np.isin(lanes.calls, others)

    def _engine(self, lanes: Lanes, part: LaneSet) -> Engine:
        """The engine of these lanes; a new one begins with what the whole floor has learnt."""
        key = frozenset(lanes.names[lane] for lane in part)
        engine = self._engines.pop(key, None)
        if engine is None:
            engine = self.whole.sibling()
            while len(self._engines) >= MOST_ENGINES:
                oldest = next(iter(self._engines))
                del self._engines[oldest]
                self._visits.pop(oldest, None)
        if engine.settings is not self.whole.settings:
            engine.retune(self.whole.settings)
        self._engines[key] = engine
        return engine


def _part(snapshot: Snapshot, lanes: Lanes, part: LaneSet, visitors: BoolArray | None = None) -> Snapshot:
    """The floor of some lanes: agents able to serve one of them, their calls and visitors; None: every call."""
    chosen = sorted(part)
    who = lanes.able[chosen].any(axis=0) if chosen else np.zeros(len(snapshot.agents), dtype=np.bool_)
    agents, calls, waiting = snapshot.agents, snapshot.calls, snapshot.waiting
    if visitors is not None:
        mine = np.isin(lanes.calls, chosen) | visitors
        chances = None if calls.p_answer is None else calls.p_answer[mine]
        calls = CallColumns(calls.id[mine], calls.dialed_at[mine], calls.ringing_at[mine], chances)
        waiting = waiting[np.isin(lanes.waiting, chosen)]
    if not who.all():
        agents = AgentColumns(
            agents.id[who],
            agents.state[who],
            agents.since[who],
            agents.interval[who],
            agents.last_end[who],
            None if agents.leaving is None else agents.leaving[who],
        )
    return replace(snapshot, agents=agents, calls=calls, waiting=waiting)


def _working(agents: AgentColumns, able: BoolArray) -> Sequence[int]:
    there = agents.state != AgentState.AWAY
    return [int(count) for count in (able & there).sum(axis=1)]


def _counts(lanes: Lanes) -> Sequence[int]:
    known = lanes.calls[lanes.calls >= 0]
    return [int(count) for count in np.bincount(known, minlength=len(lanes.names))]
