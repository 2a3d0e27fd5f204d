"""How willing people are to answer right now: observed over expected answers, forgotten quickly.

The shape of ringing changes slowly, the level within minutes (another list, another hour). The level is the
ratio of answers seen to answers the shape made us expect over the last couple of hundred; a burst that the ratio
cannot explain makes it forget all but the newest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

MEMORY_ANSWERS = 200.0
MEMORY_PER_AGENT = 1.5
SHORT_SHARE = 0.075
STRANGER_SPREAD = 0.45
STRANGER_ANSWERS = 20.0
PRIOR_ANSWERS = 15.0
LEAST_PRIOR = 3.0
BELIEF_ANSWERS = 15.0
MATURE_ANSWERS = 60.0
ALARM_SIGMAS = 2.0


class Level:
    """Observed over expected answers on two memories, the shorter one watching for a break."""

    def __init__(self) -> None:
        self._answers = self._seen = self._expected = 0.0
        self._seen_short = self._expected_short = 0.0
        self._ended = self._believed = 0.0
        self._memory = MEMORY_ANSWERS

    def fit(self, working: int) -> None:
        """Remember longer on a large floor, where a few dozen answers are a matter of seconds."""
        self._memory = max(MEMORY_ANSWERS, MEMORY_PER_AGENT * working)

    def rebase(self, factor: float, in_flight: float) -> None:
        """The shape now expects `factor` times as many answers of the same calls, `in_flight` of those up."""
        factor = min(max(factor, 0.2), 5.0)
        self._expected *= factor
        self._expected_short *= factor
        self._believed = self._belief * in_flight

    def learn(self, answered: bool, expected: float) -> None:
        """Count one ended call that was expected to bring `expected` answers by its age."""
        self._ended += min(max(expected, 0.0), 5.0)
        if answered:
            self._answers += 1.0
            self._seen += 1.0
            self._seen_short += 1.0

    def advance(self, in_flight: float) -> None:
        """Time passed: the calls still up were expected to bring `in_flight` answers by their ages.

        What is expected grows while phones ring, not when they stop: a hundred calls placed together would
        bring all their answers first and all their silence half a minute later, and look like two breaks.
        """
        believed = self._belief * in_flight
        passed = self._ended + believed - self._believed
        self._ended, self._believed = 0.0, believed
        keep = math.exp(-max(passed, 0.0) / self._memory)
        keep_short = math.exp(-max(passed, 0.0) / (SHORT_SHARE * self._memory))
        self._seen *= keep
        self._expected = max(keep * self._expected + passed, 0.0)
        self._seen_short *= keep_short
        self._expected_short = max(keep_short * self._expected_short + passed, 0.0)
        self._break_with_the_past()

    def ratio(self) -> float:
        """The level as of the last `advance`."""
        prior = self._prior
        return min(max((self._seen + prior) / (self._expected + prior), 0.02), 50.0)

    @property
    def _belief(self) -> float:
        """While the shape is young, rings are not believed: leaving them out errs on the safe side."""
        return self._answers / (self._answers + BELIEF_ANSWERS)

    @property
    def spread(self) -> float:
        """Standard error of the level, relative to it; a campaign nobody knows yet may be far off."""
        unknown = STRANGER_SPREAD**2 * math.exp(-self._answers / STRANGER_ANSWERS)
        return math.sqrt(1.0 / (self._seen + self._prior) + unknown)

    @property
    def _prior(self) -> float:
        """Imagined answers at a level of one, believed less as real ones come in."""
        return LEAST_PRIOR + PRIOR_ANSWERS * math.exp(-self._answers / MATURE_ANSWERS)

    def _break_with_the_past(self) -> None:
        usual = (self._seen + self._prior) / (self._expected + self._prior)
        due = usual * self._expected_short
        if abs(self._seen_short - due) > ALARM_SIGMAS * math.sqrt(due + 1.0):
            self._seen, self._expected = self._seen_short, self._expected_short

    def dump(self) -> dict[str, Any]:
        """Plain values of the sums."""
        return {
            "answers": self._answers,
            "seen": self._seen,
            "expected": self._expected,
            "seen_short": self._seen_short,
            "expected_short": self._expected_short,
        }

    def restore(self, dumped: Mapping[str, Any]) -> None:
        """Take over dumped sums."""
        self._answers = float(dumped["answers"])
        self._seen, self._expected = float(dumped["seen"]), float(dumped["expected"])
        self._seen_short = float(dumped["seen_short"])
        self._expected_short = float(dumped["expected_short"])
