"""The price of an abandoned call in idle seconds, by dual ascent on the engine's own expectations.

Least idle time subject to abandoned <= target * answered has one multiplier. Each call placed adds its
expected abandons and answers to a ledger, and the price rises while that ledger runs over the target. The
ledger is the model's own, so it carries no luck of single calls; what really happened comes in twice, and
slowly: as the ratio of real to expected abandons, and as the account of abandons still to be saved or spent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pacing.contract import Budget

START = 14.0
LOWEST, HIGHEST = 0.2, 2000.0
GAIN, EARLY_GAIN, EARLY_ANSWERS = 0.04, 0.12, 100.0
SMALL_FLOOR = 20.0
MOST_STEP = 0.3
MARGIN = 0.14
BIAS_PRIOR = 6.0
BIAS_MEMORY = 150.0
REPAY_ANSWERS, REPAY_PER_AGENT = 250.0, 4.0
ACCOUNT_MEMORY = 4000.0
LEAST_TARGET, MOST_TARGET = 0.15, 1.4


class Price:
    """The multiplier, in units of the idle-time constant, and the ledgers that steer it."""

    def __init__(self) -> None:
        self._log = math.log(START)
        self._answered = self._abandoned = 0.0
        self._real = self._expected = 0.0

    @property
    def value(self) -> float:
        """Idle-time constants that one abandoned call costs."""
        return math.exp(self._log)

    @property
    def bias(self) -> float:
        """Real over expected abandons."""
        return (self._real + BIAS_PRIOR) / (self._expected + BIAS_PRIOR)

    def answered(self) -> None:
        """One person answered."""
        keep = 1.0 - 1.0 / ACCOUNT_MEMORY
        self._answered = keep * self._answered + 1.0
        self._abandoned *= keep

    def abandoned(self) -> None:
        """One answered person was abandoned."""
        self._abandoned += 1.0
        self._real += 1.0

    def placed(
        self, answers: float, abandons: float, target: float, budget: Budget | None, working: int = 1
    ) -> None:
        """Calls were placed (or released: negative) with these expectations."""
        keep = math.exp(-abs(abandons) / BIAS_MEMORY)
        self._real, self._expected = keep * self._real, max(keep * self._expected + abandons, 0.0)
        if target <= 0.0:
            self._log = math.log(HIGHEST)
            return
        over = (self.bias * abandons - self.aim(target, budget, working) * answers) / target
        # A large floor has many calls in flight before the price can show; it must move less for each.
        early = math.exp(-self._answered / EARLY_ANSWERS)
        gain = (GAIN + (EARLY_GAIN - GAIN) * early) / max(1.0, working / SMALL_FLOOR)
        step = min(max(gain * over, -MOST_STEP), MOST_STEP)
        self._log = min(max(self._log + step, math.log(LOWEST)), math.log(HIGHEST))

    def aim(self, target: float, budget: Budget | None, working: int = 1) -> float:
        """The fraction to steer at now: the target less a margin, more or less what the account says."""
        if budget is not None and budget.limit < target:
            target = max(budget.limit, 0.0)
        usual = (1.0 - MARGIN) * target
        account = usual * self._answered - self._abandoned
        repay = max(REPAY_ANSWERS, REPAY_PER_AGENT * working)
        aim = min(max(usual + account / repay, LEAST_TARGET * target), MOST_TARGET * target)
        if budget is not None:
            aim = min(aim, target * min(max(0.5 * budget.allowance, LEAST_TARGET), MOST_TARGET))
        return aim

    def dump(self) -> dict[str, Any]:
        """Plain values of the price and its ledgers."""
        return {
            "log": self._log,
            "answered": self._answered,
            "abandoned": self._abandoned,
            "real": self._real,
            "expected": self._expected,
        }

    def restore(self, dumped: Mapping[str, Any]) -> None:
        """Take over dumped values."""
        self._log = min(max(float(dumped["log"]), math.log(LOWEST)), math.log(HIGHEST))
        self._answered, self._abandoned = float(dumped["answered"]), float(dumped["abandoned"])
        self._real, self._expected = float(dumped["real"]), float(dumped["expected"])
