"""All that an engine has learnt, and the tables it makes of it when enough is new."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pacing.contract import (
    AgentColumns,
    AgentState,
    CallColumns,
    Event,
    FloatArray,
    Result,
    RingEnded,
    Settings,
    TalkEnded,
    WrapEnded,
)
from pacing.grid import Grid
from pacing.learning.durations import Durations
from pacing.learning.level import Level
from pacing.learning.ringing import RingLaw, RingTable

TALK_PRIOR_S, WRAP_PRIOR_S = 150.0, 20.0
REBUILD_GROWTH, REBUILD_LEAST, REBUILD_MOST = 0.03, 6, 300
YOUNG = 0.2
UNKNOWN_REACH_S = 80.0


@dataclass(frozen=True, slots=True)
class Tables:
    """What a decision needs of what was learnt."""

    ring: RingTable
    odds: float
    spread: float
    answer_rate: float


class Learnt:
    """Laws of ringing, conversation and wrap-up, the level of answering, and their cached tables."""

    def __init__(self) -> None:
        self.ring = RingLaw()
        self.level = Level()
        self.talk = Durations(TALK_PRIOR_S)
        self.wrap = Durations(WRAP_PRIOR_S)
        self.mean_chance = math.nan
        self._table: RingTable | None = None
        self._due = self._built_at = 0.0

    def take(self, event: Event) -> None:
        """Learn from one event."""
        if isinstance(event, RingEnded):
            if self._table is not None and math.isfinite(event.age):
                expected = self._table.hazard[self._table.rows(np.array([event.age]))[0]]
                self.level.learn(event.result is Result.ANSWERED, float(expected))
            self.ring.learn(event)
        elif isinstance(event, TalkEnded):
            self.talk.learn(event.agent, event.seconds)
        elif isinstance(event, WrapEnded):
            self.wrap.learn(event.agent, event.seconds)

    def tables(self, settings: Settings, calls: CallColumns, now: float, working: int) -> Tables:
        """The tables of the moment, rebuilt when enough is new."""
        grid = Grid.over_ring(self._horizon_s(settings))
        ages_s = now - calls.dialed_at
        table = self._table
        if table is None or table.grid != grid or self._stale(now, ages_s.size):
            before, table = table, self.ring.table(grid, ages_s)
            if before is not None:
                self.level.advance(before.due(ages_s))
                # What the shape has taken in of the level must not count twice.
                self.level.rebase(float(table.ever[0] / max(before.ever[0], 1e-4)), table.due(ages_s))
            self._table = table
            growth = min(max(REBUILD_GROWTH * self.ring.seen, REBUILD_LEAST), REBUILD_MOST)
            self._due, self._built_at = self.ring.seen + growth, now
        self._watch(calls, now)
        self.level.fit(working)
        self.level.advance(table.due(ages_s))
        usual = min(max(float(table.ever[0]), 1e-4), 0.99)
        chance = min(self.level.ratio() * usual, 0.99)
        odds = chance / (1.0 - chance) * (1.0 - usual) / usual
        return Tables(table, odds, self.level.spread, chance)

    def _stale(self, now: float, in_flight: int) -> bool:
        """Whether enough ended since the tables were made, or those in flight say more than those that ended."""
        return self.ring.seen >= self._due or (
            in_flight > YOUNG * self.ring.seen and abs(now - self._built_at) >= 1.0
        )

    def laws(self, agents: AgentColumns, now: float) -> tuple[FloatArray, FloatArray]:
        """Cumulated hazards of conversation and of wrap-up, those still going on counted as censored."""
        talk, wrap = (
            law.cumulated_hazard(now - agents.since[agents.state == state] if law.due() else None)
            for law, state in ((self.talk, AgentState.TALKING), (self.wrap, AgentState.WRAPUP))
        )
        return talk, wrap

    def _horizon_s(self, settings: Settings) -> float:
        """Look ahead one ring; of a very long one only as far as people do answer."""
        if settings.ring_timeout <= 40.0:
            return settings.ring_timeout
        reach_s = self.ring.reach_s()
        reach_s = UNKNOWN_REACH_S if math.isinf(reach_s) else reach_s
        for horizon_s in (30.0, 50.0, 80.0, 120.0, 180.0):
            if reach_s <= horizon_s < settings.ring_timeout:
                return horizon_s
        return settings.ring_timeout

    def _watch(self, calls: CallColumns, now: float) -> None:
        """Learn the mean lead's chance from the calls just placed."""
        if calls.p_answer is None:
            return
        chances = calls.p_answer[(now - calls.dialed_at < 2.0) & np.isfinite(calls.p_answer)]
        if chances.size:
            mean = min(max(float(chances.mean()), 0.005), 0.995)
            self.mean_chance = (
                mean if math.isnan(self.mean_chance) else self.mean_chance + 0.02 * (mean - self.mean_chance)
            )

    def dump(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "ring": self.ring.dump(),
            "level": self.level.dump(),
            "talk": self.talk.dump(),
            "wrap": self.wrap.dump(),
            "mean_chance": None if math.isnan(self.mean_chance) else self.mean_chance,
        }

    def restore(self, dumped: Mapping[str, Any]) -> None:
        """Take over dumped values."""
        self.ring.restore(dumped["ring"])
        self.level.restore(dumped["level"])
        self.talk.restore(dumped["talk"])
        self.wrap.restore(dumped["wrap"])
        mean = dumped["mean_chance"]
        self.mean_chance = math.nan if mean is None else float(mean)
