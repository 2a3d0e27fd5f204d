"""One campaign as the board shows it. What costs more than a look is made anew only when it changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import config
from dialer.board import lanes
from dialer.board.figures import Figures
from dialer.board.patch import without_nulls
from dialer.compliance.ledgers import Figure
from dialer.core.agent import State
from dialer.core.call import Phase
from dialer.runtime.dialer import Dialer
from dialer.runtime.floor import FloorRunner
from pacing import Decision

SLOW_S = 5.0
"""Ledgers, list and figures move slowly: looked at this often."""

SHOWN_PHASE = {
    Phase.CLAIMED: "dialing",
    Phase.DIALING: "dialing",
    Phase.RINGING: "ringing",
    Phase.ANSWERED: "waiting",
    Phase.WAITING: "waiting",
    Phase.CONNECTING: "talking",
    Phase.TALKING: "talking",
}


class CampaignView:
    """The board's part of one campaign, and the figures behind it."""

    def __init__(self, dialer: Dialer, runner: FloorRunner) -> None:
        self.runner = runner
        self.figures = Figures(runner.now())
        self._dialer = dialer
        self._decision: Decision | None = None
        self._pacing: dict[str, Any] = {}
        self._slow: dict[str, Any] = {}
        self._slow_at = float("-inf")
        self.reached = 0

    def hear(self, fact: Mapping[str, Any]) -> None:
        """Take a fact of this floor."""
        now = self.runner.now()
        self._advance(now)
        self.figures.hear(fact, now)
        if fact["fact"] == "attempt_bridged":
            call = self.runner.floor.calls.get(fact["attempt"])
            self.reached += call is None or "connected" not in call.past

    def _advance(self, now: float) -> None:
        roster = self.runner.floor.roster
        self.figures.advance(now, roster.working, roster.count(State.TALKING))

    def look(self, now: float) -> dict[str, Any]:
        """The campaign now."""
        runner, floor = self.runner, self.runner.floor
        self._advance(now)
        node = runner.wiring.node
        settings = self._dialer.settings.campaigns[runner.campaign_id]
        calls = Counter(SHOWN_PHASE.get(call.phase, "") for call in floor.calls.values())
        decision = floor.why.decision
        if decision is not self._decision:
            self._decision = decision
            self._pacing = _pacing(decision)
        if now - self._slow_at >= SLOW_S or now < self._slow_at:
            self._slow_at = now
            self._slow = self._look_slowly(now, settings)
        why = floor.why.text if node.up else f"{node.name} cannot be reached: {node.reason}"
        return {
            "name": settings.name or settings.id,
            "state": floor.run_state.value,
            "mode": settings.pacing.mode.value,
            "dialing": floor.why.dialing or bool(calls["dialing"]),
            "why": why,
            "node": node.name,
            "settings": {
                "target": settings.pacing.target_abandon,
                "ring_timeout_s": settings.pacing.ring_timeout_s,
                "mode": settings.pacing.mode.value,
            },
            "listening": {
                "modes": [mode.value for mode in settings.listening.modes],
                "by": settings.listening.by.value,
                "told": settings.listening.told.value,
            },
            "calls": {word: calls[word] for word in ("dialing", "ringing", "talking", "waiting")},
            "agents_by_state": {
                state.value: floor.roster.count(state) for state in State if floor.roster.count(state)
            },
            "pacing": {**self._pacing, "sentence": why},
            **self._slow,
        }

    def _look_slowly(self, now: float, settings: config.Campaign) -> dict[str, Any]:
        return {
            "list": without_nulls(self._list(now)),
            "lanes": lanes.shown(self.runner.floor, self._dialer.settings),
            "figures": without_nulls({**self.figures.shown(now), "answer_to_bridge_ms": self._latency()}),
            "ledgers": [
                {
                    "id": figure.name,
                    "title": figure.name,
                    "share": round(figure.share, 5),
                    "bound": round(figure.upper, 5),
                    "limit": figure.limit,
                    "left": round(figure.left, 2),
                    "answered": figure.under,
                    "abandoned": figure.over,
                    "applies": figure.applies,
                    **_people_in(figure),
                }
                for figure in self._dialer.budgets[settings.id].figures()
                if figure.of_abandonment
            ],
        }

    def _latency(self) -> dict[str, float] | None:
        found = self.runner.wiring.node.latency.quantiles_s()
        if found is None:
            return None
        return {name: round(1000 * at, 1) for name, at in zip(("p50", "p95", "p99"), found, strict=True)}

    def _list(self, now: float) -> dict[str, Any]:
        campaign = self.runner.campaign_id
        counts = self._dialer.budgets[campaign].stock.last
        deadlines = self._dialer.outreach[campaign].deadlines.counts
        left = sum(counts.get(state, 0) for state in ("pending", "waiting", "claimed", "in_call", "wrap_up"))
        pace = self.figures.closed_per_s(now)
        refused = Counter(self._dialer.outreach[campaign].claims.refusals).most_common(1)
        return {
            "total": sum(counts.values()),
            "reached": self.reached,
            "by_state": dict(counts),
            "answer_rate_15m": self.figures.answer_rate(now),
            # To the minute: a forecast that trembles by seconds is news to nobody.
            "done_at": round((now + left / pace) / 60) * 60 if pace and left else None,
            "at_risk": 0 if deadlines is None else deadlines.at_risk,
            "not_callable": counts.get("excluded", 0),
            "not_callable_why": refused[0][0] if refused else "",
        }


def _pacing(decision: Decision | None) -> dict[str, Any]:
    """The last decision in figures; the strip is in bins of `bin_s` from now on."""
    if decision is None:
        return {}
    why = decision.why
    return without_nulls(
        {
            "bin_s": why.strip_bin_s,
            "answers": [round(value, 3) for value in why.strip_answers],
            "free": [round(value, 3) for value in why.strip_free],
            "placing": decision.dial,
            "risk": round(why.abandon_chance, 4),
            "limit": why.limit.name.lower(),
            "ready": why.ready,
            "working": why.working,
            "in_flight": why.in_flight,
            "free_5_15_30": [round(value, 2) for value in why.free_5_15_30],
            "answers_5_15_30": [round(value, 2) for value in why.answers_5_15_30],
            "budget_left": None if why.budget_left is None else round(why.budget_left, 1),
            "answer_rate": round(why.answer_rate, 3),
        }
    )


def _people_in(figure: Figure) -> dict[str, Any]:
    """The share of people among the machines heard that a figure adds, and its source; nothing if it adds none."""
    found = figure.people_in_machines
    if found is None:
        return {}
    return {
        "machines": {
            "share": round(found.share, 5),
            "bound": round(found.upper, 5),
            "source": found.source.value,
            "people": found.people,
            "reviewed": found.reviewed,
        }
    }
