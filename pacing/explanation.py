"""The reasons of a decision, in figures and words a supervisor understands."""

from __future__ import annotations

import numpy as np

from pacing.contract import Limit, Settings, Why
from pacing.guard import Facts
from pacing.predictive import IDLE_S, Plan


def brief(settings: Settings, facts: Facts, limit: Limit) -> Why:
    """The counts and the limit, where no forecast was made."""
    return Why(
        mode=settings.mode,
        limit=limit,
        ready=facts.ready,
        working=facts.working,
        in_flight=facts.in_flight,
        waiting=facts.waiting,
        budget_left=None if facts.budget is None else facts.budget.allowance,
    )


def full(settings: Settings, facts: Facts, limit: Limit, plan: Plan, price: float) -> Why:
    """The forecast as well: agents free and answers expected, risk and price."""
    free = facts.ready + np.cumsum(plan.expected_free)
    answers = np.cumsum(plan.expected_answers)
    return Why(
        mode=settings.mode,
        limit=limit,
        ready=facts.ready,
        working=facts.working,
        in_flight=facts.in_flight,
        waiting=facts.waiting,
        free_5_15_30=_within(free, plan.step_s),
        answers_5_15_30=_within(answers, plan.step_s),
        abandon_chance=min(max(plan.last_risk, 0.0), 1.0),
        budget_left=None if facts.budget is None else facts.budget.allowance,
        price_s=price * IDLE_S,
        answer_rate=plan.answer_rate,
        strip_bin_s=plan.step_s,
        strip_answers=tuple(plan.expected_answers.tolist()),
        strip_free=tuple(free.tolist()),
    )


def _within(
    cumulated: np.ndarray[tuple[int, ...], np.dtype[np.float64]], step_s: float
) -> tuple[float, float, float]:
    last = cumulated.size - 1
    five, fifteen, thirty = (
        float(cumulated[min(max(round(s / step_s) - 1, 0), last)]) for s in (5.0, 15.0, 30.0)
    )
    return five, fifteen, thirty
