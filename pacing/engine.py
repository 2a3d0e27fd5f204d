"""The pacing engine: learns from events, decides from snapshots, explains itself."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from pacing import explanation, guard, policies
from pacing.chances import Chances
from pacing.contract import (
    Abandoned,
    AgentState,
    Decision,
    Event,
    Limit,
    Result,
    RingEnded,
    Settings,
    Snapshot,
    Why,
)
from pacing.guard import Facts
from pacing.learning.learnt import Learnt
from pacing.predictive import ASK_AGAIN_S, Plan, Planner
from pacing.price import Price

ASK_IDLE_S = 5.0
DUMP_VERSION = 1


class Engine:
    """Paces one campaign on one node; pure: time, state and events come in as arguments."""

    def __init__(self, settings: Settings | None = None, *, seed: int = 0) -> None:
        self.settings = settings if settings is not None else Settings()
        self._seed = seed
        self._number = 0
        self._rate = guard.StartRate()
        self._learnt = Learnt()
        self._price = Price()
        self._chances = Chances.of(seed)
        self._last = (0, 0.0, 0.0)

    def retune(self, settings: Settings) -> None:
        """Change the settings from the next decision on; what was learnt stays."""
        self.settings = settings

    def learn(self, event: Event) -> None:
        """Take in what happened, as it happens."""
        if isinstance(event, RingEnded) and event.result is Result.ANSWERED:
            self._price.answered()
        elif isinstance(event, Abandoned):
            self._price.abandoned()
        self._learnt.take(event)

    def decide(self, snapshot: Snapshot, *, one_line: bool = False) -> Decision:
        """Say how many calls to place now and which ringing calls to hang up; `one_line` predicts nothing now."""
        self._number += 1
        facts = _facts(snapshot)
        room, limit = self._room(facts)
        if not math.isfinite(facts.now):
            return Decision(0, (), 0.0, explanation.brief(self.settings, facts, Limit.CLOCK))
        if self.settings.mode != "predictive" or one_line or facts.working == 0 or limit is Limit.STALE:
            return self._simply(facts, room, limit)
        # Instants that are no numbers or out of this world are handled by value, not by warning.
        with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            return self._predict(snapshot, facts, room, limit)

    def unplaced(self, count: int) -> None:
        """So many of the calls last decided on were not placed: room in the start rate, no risk in the ledger."""
        self._rate.take_back(count)
        dial, answers, abandons = self._last
        if dial and count > 0:
            share = min(count, dial) / dial
            self._price.placed(-share * answers, -share * abandons, self.settings.target_abandon, None)
            self._last = (dial - min(count, dial), (1.0 - share) * answers, (1.0 - share) * abandons)

    def sibling(self) -> Engine:
        """Another engine that begins with what this one has learnt, and with the first price."""
        other = Engine(self.settings, seed=self._seed)
        other._learnt.restore(self._learnt.dump())
        return other

    def dump(self) -> dict[str, Any]:
        """What was learnt, as plain JSON values."""
        return {
            "version": DUMP_VERSION,
            "seed": self._seed,
            "number": self._number,
            "learnt": self._learnt.dump(),
            "price": self._price.dump(),
        }

    @classmethod
    def load(cls, dumped: Mapping[str, Any], settings: Settings | None = None) -> Engine:
        """An engine that goes on from `dump()`; raises ValueError for a dump it cannot read."""
        try:
            if dumped["version"] != DUMP_VERSION:
                raise ValueError(f"a dump of version {dumped['version']!r}, not {DUMP_VERSION}")
            engine = cls(settings, seed=int(dumped["seed"]))
            engine._number = int(dumped["number"])
            engine._learnt.restore(dumped["learnt"])
            engine._price.restore(dumped["price"])
        except (KeyError, TypeError, IndexError) as error:
            raise ValueError(f"not a dump of a pacing engine: {error!r}") from error
        return engine

    def _room(self, facts: Facts) -> tuple[int, Limit | None]:
        """The most that may be placed now, and the limit that says so."""
        room, limit = guard.ceiling(facts, self.settings)
        startable = self._rate.room(facts.now, self.settings.calls_per_second) if room else None
        return (
            (startable, Limit.CALLS_PER_SECOND)
            if startable is not None and startable < room
            else (room, limit)
        )

    def _simply(self, facts: Facts, room: int, ceiling: Limit | None) -> Decision:
        if self.settings.mode == "ratio":
            wanted, limit = policies.ratio(facts, self.settings.ratio), Limit.RATIO
        else:
            wanted, limit = policies.progressive(facts), Limit.ONE_LINE_PER_AGENT
        if ceiling is not None and room <= wanted:
            wanted, limit = room, ceiling
        self._rate.note(facts.now, wanted)
        self._last = (0, 0.0, 0.0)
        wait_s = ASK_AGAIN_S if facts.working else ASK_IDLE_S
        return Decision(wanted, (), facts.now + wait_s, explanation.brief(self.settings, facts, limit))

    def _predict(self, snapshot: Snapshot, facts: Facts, room: int, ceiling: Limit | None) -> Decision:
        planner = Planner(snapshot, facts, self.settings, self._learnt, self._chances, self._number)
        plan = planner.plan(room, self._price.value)
        self._rate.note(facts.now, plan.dial)
        self._last = (plan.dial, plan.answers, plan.abandons)
        if plan.dial or plan.release:
            target, budget = self.settings.target_abandon, snapshot.budget
            self._price.placed(plan.answers, plan.abandons, target, budget, facts.working)
        limit = ceiling if plan.bounded and ceiling is not None else Limit.FORECAST
        next_at = facts.now + plan.ask_again_s
        return Decision(plan.dial, plan.release, next_at, self._why(facts, plan, limit))

    def _why(self, facts: Facts, plan: Plan, limit: Limit) -> Why:
        return explanation.full(self.settings, facts, limit, plan, self._price.value)


def _facts(snapshot: Snapshot) -> Facts:
    states = snapshot.agents.state.tobytes()
    return Facts(
        now=float(snapshot.now),
        ready=states.count(AgentState.READY),
        working=sum(states.count(state) for state in AgentState if state is not AgentState.AWAY),
        in_flight=len(snapshot.calls),
        waiting=int(snapshot.waiting.size),
        budget=snapshot.budget,
        synced_at=snapshot.synced_at,
    )
