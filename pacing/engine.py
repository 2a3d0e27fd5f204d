"""The pacing engine: learns from events, decides from snapshots, explains itself."""

from __future__ import annotations

import math
from typing import Any

from pacing import guard, policies
from pacing.contract import AgentState, Decision, Event, Limit, Settings, Snapshot, Why

ASK_AGAIN_S = 1.0


class Engine:
    """Paces one campaign on one node; pure: time, state and events come in as arguments."""

    def __init__(self, settings: Settings | None = None, *, seed: int = 0) -> None:
        self.settings = settings if settings is not None else Settings()
        self._seed = seed
        self._decisions = 0
        self._rate = guard.StartRate()

    def retune(self, settings: Settings) -> None:
        """Change the settings from the next decision on; what was learnt stays."""
        self.settings = settings

    def learn(self, event: Event) -> None:
        """Take in what happened, as it happens."""

    def decide(self, snapshot: Snapshot) -> Decision:
        """Say how many calls to place now and which ringing calls to hang up."""
        self._decisions += 1
        facts = _facts(snapshot)
        wanted, limit = self._wanted(facts)
        room, ceiling = guard.ceiling(facts, self.settings)
        if ceiling is not None and room < wanted:
            wanted, limit = room, ceiling
        startable = self._rate.room(facts.now, self.settings.calls_per_second) if wanted else None
        if startable is not None and startable < wanted:
            wanted, limit = startable, Limit.CALLS_PER_SECOND
        self._rate.note(facts.now, wanted)
        now = facts.now if math.isfinite(facts.now) else 0.0
        why = Why(
            mode=self.settings.mode,
            limit=limit,
            ready=facts.ready,
            working=facts.working,
            in_flight=facts.in_flight,
            waiting=facts.waiting,
            budget_left=None if facts.budget is None else facts.budget.allowance,
        )
        return Decision(dial=wanted, release=(), next_at=now + ASK_AGAIN_S, why=why)

    def dump(self) -> dict[str, Any]:
        """What was learnt, as plain JSON values."""
        return {"version": 1, "seed": self._seed, "decisions": self._decisions}

    @classmethod
    def load(cls, dumped: dict[str, Any], settings: Settings | None = None) -> Engine:
        """An engine that goes on from `dump()`; settings are given anew."""
        engine = cls(settings, seed=int(dumped.get("seed", 0)))
        engine._decisions = int(dumped.get("decisions", 0))
        return engine

    def _wanted(self, facts: guard.Facts) -> tuple[int, Limit]:
        if self.settings.mode == "ratio":
            return policies.ratio(facts, self.settings.ratio), Limit.RATIO
        return policies.progressive(facts), Limit.ONE_LINE_PER_AGENT


def _facts(snapshot: Snapshot) -> guard.Facts:
    state = snapshot.agents.state
    ready = int((state == AgentState.READY).sum())
    working = int(((state >= AgentState.READY) & (state < AgentState.AWAY)).sum())
    return guard.Facts(
        now=float(snapshot.now),
        ready=ready,
        working=working,
        in_flight=len(snapshot.calls),
        waiting=int(snapshot.waiting.size),
        budget=snapshot.budget,
        synced_at=snapshot.synced_at,
    )
