"""How long conversations and wrap-up last: hazards by age, and each agent's own pace.

The life table (Kaplan and Meier, 1958) on bins that widen with age: ends in a bin over the time spent in it,
with a prior, forgetting, and the durations still running as censored ones. An agent's pace stretches time:
residual = pace * floor's residual at (elapsed / pace), the accelerated-failure form, with the pace shrunk
towards 1 by how little is known of the agent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pacing.contract import FloatArray

SHORTEST_S, LONGEST_S, WIDENING = 1.0, 14_400.0, 1.08
MEMORY = 1500.0
PRIOR_DURATIONS = 4.0
PACE_MEMORY, PACE_PRIOR = 60.0, 10.0
MOST_PACES = 20_000
MOST_SHIFT = math.log(4.0)
MOST_RUNNING = 512
REBUILD_GROWTH = 0.02

_EDGES = np.concatenate(
    [
        [0.0],
        SHORTEST_S * WIDENING ** np.arange(math.ceil(math.log(LONGEST_S / SHORTEST_S, WIDENING)) + 1),
    ]
)
_WIDTHS = np.diff(_EDGES)
_BINS = _WIDTHS.size


class Durations:
    """The law of one kind of duration, learnt from those that ended and those still running."""

    def __init__(self, prior_mean_s: float) -> None:
        self._ends = np.zeros(_BINS)
        self._spent = np.zeros(_BINS)
        self._weight = 1.0
        self._prior_mean_s = prior_mean_s
        self._log_sum = self._log_weight = 0.0
        self._paces: dict[int, tuple[float, float]] = {}
        self._cumulated: FloatArray | None = None
        self._learnt = self._built_at = self._asked = 0
        self.seen = 0.0

    def learn(self, agent: int, seconds: float) -> None:
        """Count one finished duration; a negative one or one that is no number is ignored."""
        if not (math.isfinite(seconds) and seconds >= 0.0):
            return
        seconds = min(seconds, LONGEST_S)
        last = min(int(np.searchsorted(_EDGES, seconds, side="right")) - 1, _BINS - 1)
        self._ends[last] += self._weight
        self._spent[:last] += self._weight * _WIDTHS[:last]
        self._spent[last] += self._weight * (seconds - _EDGES[last])
        self._weight *= 1.0 + 1.0 / MEMORY
        self.seen += 1.0
        self._learnt += 1
        self._learn_pace(agent, math.log(max(seconds, 1.0)))
        if self._weight > 1e6:
            self._ends /= self._weight
            self._spent /= self._weight
            self._weight = 1.0

    def due(self) -> bool:
        """Whether the next `cumulated_hazard` looks at the durations still running."""
        due_at = self._built_at + max(4, int(REBUILD_GROWTH * self._built_at))
        self._asked += 1
        # While little has ended, those still running say most; look at them often.
        return self._cumulated is None or self._learnt >= due_at or (self._asked >= 20 and self._learnt < 100)

    def cumulated_hazard(self, running_s: FloatArray | None = None) -> FloatArray:
        """The cumulated hazard at the bins' edges, made anew where durations still running are given."""
        if self._cumulated is None or running_s is not None:
            self._cumulated = self._build(np.zeros(0) if running_s is None else running_s)
            self._built_at, self._asked = self._learnt, 0
        return self._cumulated

    def _build(self, running_s: FloatArray) -> FloatArray:
        running = np.clip(np.nan_to_num(running_s[:MOST_RUNNING], nan=0.0), 0.0, LONGEST_S)
        spent_running = np.clip(running[:, None] - _EDGES[:-1], 0.0, _WIDTHS).sum(axis=0)
        spent = self._spent / self._weight + spent_running
        imagined = PRIOR_DURATIONS * np.exp(-_EDGES[:-1] / self._prior_mean_s) * _WIDTHS
        rising = np.minimum(2.0 * _EDGES[1:] / self._prior_mean_s, 1.0) / self._prior_mean_s
        hazard = (self._ends / self._weight + imagined * rising) / (spent + imagined + 1e-9)
        cumulated: FloatArray = np.concatenate([[0.0], np.cumsum(hazard * _WIDTHS)])
        return cumulated

    def pace(self, agent: int) -> float:
        """How much longer than the floor this agent takes, 1 for a stranger."""
        return float(self.paces([agent])[0])

    def paces(self, agents: Sequence[int]) -> FloatArray:
        """The same for each of these."""
        floor = self._log_sum / self._log_weight if self._log_weight else 0.0
        known = [self._paces.get(agent, (0.0, 0.0)) for agent in agents]
        shifts = [(log_sum - weight * floor) / (weight + PACE_PRIOR) for weight, log_sum in known]
        return np.exp(np.minimum(np.maximum(shifts, -MOST_SHIFT), MOST_SHIFT))

    def _learn_pace(self, agent: int, log_s: float) -> None:
        keep = 1.0 - 1.0 / MEMORY
        self._log_weight = keep * self._log_weight + 1.0
        self._log_sum = keep * self._log_sum + log_s
        weight, log_sum = self._paces.pop(agent, (0.0, 0.0))
        keep = 1.0 - 1.0 / PACE_MEMORY
        self._paces[agent] = (keep * weight + 1.0, keep * log_sum + log_s)
        if len(self._paces) > MOST_PACES:
            self._paces.pop(next(iter(self._paces)))

    def dump(self) -> dict[str, Any]:
        """Plain values of what was learnt."""
        return {
            "ends": (self._ends / self._weight).tolist(),
            "spent": (self._spent / self._weight).tolist(),
            "log": [self._log_sum, self._log_weight],
            "paces": [[agent, *known] for agent, known in self._paces.items()],
            "seen": self.seen,
        }

    def restore(self, dumped: Mapping[str, Any]) -> None:
        """Take over dumped values; raises ValueError when they do not fit."""
        ends, spent = np.asarray(dumped["ends"], float), np.asarray(dumped["spent"], float)
        if ends.shape != (_BINS,) or spent.shape != (_BINS,) or not np.isfinite(ends + spent).all():
            raise ValueError("dumped durations do not fit")
        paces: Sequence[Sequence[float]] = dumped["paces"]
        self._ends, self._spent, self._weight = ends, spent, 1.0
        self._log_sum, self._log_weight = map(float, dumped["log"])
        self._paces = {int(agent): (float(weight), float(logs)) for agent, weight, logs in paces}
        self.seen = float(dumped["seen"])
        self._cumulated = None


def residuals(cumulated: FloatArray, elapsed_s: FloatArray, exponentials: FloatArray) -> FloatArray:
    """Seconds still to go, given the time elapsed: inverts the cumulated hazard at unit exponentials.

    `elapsed_s` broadcasts against `exponentials`; infinite past the table's end.
    """
    passed = np.interp(elapsed_s, _EDGES, cumulated)
    seconds: FloatArray = np.interp(passed + exponentials, cumulated, _EDGES, right=np.inf) - elapsed_s
    return seconds


def chance_within(cumulated: FloatArray, elapsed_s: FloatArray, seconds: FloatArray) -> FloatArray:
    """Chance that a duration which lasted `elapsed_s` ends within `seconds` more."""
    passed = np.interp(elapsed_s, _EDGES, cumulated)
    chance: FloatArray = -np.expm1(passed - np.interp(elapsed_s + seconds, _EDGES, cumulated))
    return chance
