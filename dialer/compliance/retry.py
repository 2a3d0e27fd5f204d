"""What follows a call: the lead's next state and, where it is to be called again, the instant.

Outcomes are the switch's words, dispositions the agent's. All instants are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dialer.compliance.hours_of_day import DAY_S, OTHER_HOUR_S, at_other_hour

__all__ = [
    "COSTS_NOTHING",
    "DAY_S",
    "DEFAULTS",
    "HOUR_S",
    "OTHER_HOUR_S",
    "DispositionRule",
    "Next",
    "RetryRule",
    "Tried",
    "after_disposition",
    "after_outcome",
    "at_other_hour",
]

HOUR_S = 3600.0
OtherHour = Callable[[float], float | None]
"""The first instant from one given that is another time of day and legal; None: not known."""
COSTS_NOTHING = frozenset({"congestion", "trunk_failed", "error"})
"""Outcomes that are not the lead's: they count against no limit of its own, and no spacing is due."""


@dataclass(frozen=True, slots=True)
class RetryRule:
    """What follows an outcome: rest, how often, on which number, at which time of day, or not at all.

    `other_number`: the rest is the number's, and the lead's other ones may be called as soon as spacing allows.
    """

    delay_s: float = HOUR_S
    max: int | None = None
    other_number: bool = False
    other_hour: bool = False
    final: bool = False


DEFAULTS: Mapping[str, RetryRule] = {
    "no_answer": RetryRule(4 * HOUR_S, other_hour=True),
    "unavailable": RetryRule(4 * HOUR_S, other_hour=True),
    "machine": RetryRule(4 * HOUR_S, other_hour=True),
    "busy": RetryRule(600.0),
    "released": RetryRule(HOUR_S),
    "rejected": RetryRule(DAY_S, other_number=True),
    "invalid": RetryRule(final=True),
    "abandoned": RetryRule(72 * HOUR_S),
    "gave_up": RetryRule(72 * HOUR_S),
    "congestion": RetryRule(300.0),
    "trunk_failed": RetryRule(300.0),
    "error": RetryRule(300.0),
    "unknown": RetryRule(HOUR_S / 2),
}
"""Without a rule of the campaign's own."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A lead's attempts so far, this one included: in all, and those that ended with this outcome or disposition."""

    total: int
    alike: int
    most: int
    spacing_s: float = 0.0
    other_numbers: bool = False


@dataclass(frozen=True, slots=True)
class Next:
    """The lead's next state (pending, waiting, done, excluded), when, and why; is its number closed for good.

    `rest_until`: before then the number just called gives way to the lead's other ones.
    """

    state: str
    at: float | None
    reason: str
    close_number: bool = False
    rest_until: float | None = None


def after_outcome(
    outcome: str,
    rule: RetryRule,
    tried: Tried,
    at: float,
    *,
    other_hour: OtherHour | None = None,
    plan_at: float | None = None,
) -> Next:
    """The lead after a call that reached no agent and ended at `at`.

    `plan_at` is the best instant for another try by the lead's deadline: it takes the place of the rule's delay
    where the rule only looks for another time of day.
    """
    if outcome == "not_dialed":
        return Next("pending", None, "not dialed")
    if outcome == "do_not_call":
        return Next("excluded", None, "the carrier says: do not call again")
    if outcome in COSTS_NOTHING and not rule.final:
        return Next("waiting", at + rule.delay_s, outcome)
    if tried.total >= tried.most:
        return Next("done", None, f"{outcome}; all {tried.most} attempts used")
    used = rule.max is not None and tried.alike >= rule.max
    if (rule.final or used) and not tried.other_numbers:
        return Next("done", None, outcome, close_number=rule.final)
    turn = tried.other_numbers and (rule.final or used or rule.other_number)
    if turn:
        rest_until = None if rule.final else at + max(rule.delay_s, tried.spacing_s)
        return Next("waiting", at + tried.spacing_s, outcome, rule.final, rest_until)
    delay_s = max(rule.delay_s, tried.spacing_s)
    if not rule.other_hour:
        return Next("waiting", at + delay_s, outcome)
    if plan_at is not None:
        return Next("waiting", max(plan_at, at + tried.spacing_s), outcome)
    found = None if other_hour is None else other_hour(at + delay_s)
    return Next("waiting", at + at_other_hour(delay_s) if found is None else found, outcome)


@dataclass(frozen=True, slots=True)
class DispositionRule:
    """What follows a disposition."""

    code: str
    final: bool = False
    retry_after_s: float | None = None
    max: int | None = None
    callback: bool = False
    do_not_call: bool = False
    wrong_number: bool = False


def after_disposition(
    rule: DispositionRule | None, tried: Tried, at: float, callback_at: float | None
) -> Next:
    """The lead after a conversation; `rule` None when no disposition was given (or one unknown)."""
    if rule is None:
        return Next("done", None, "no disposition given")
    if rule.do_not_call:
        return Next("excluded", None, rule.code)
    if rule.callback and callback_at is not None:
        # What a person asked for stands above the limits of attempts.
        return Next("waiting", max(callback_at, at), rule.code)
    used = tried.total >= tried.most or (rule.max is not None and tried.alike >= rule.max)
    if rule.final or used:
        return Next("done", None, rule.code)
    if rule.wrong_number and tried.other_numbers:
        return Next("waiting", at + tried.spacing_s, rule.code, close_number=True)
    if rule.wrong_number:
        return Next("done", None, rule.code, close_number=True)
    if rule.retry_after_s is not None or rule.callback:
        delay_s = HOUR_S if rule.retry_after_s is None else rule.retry_after_s
        return Next("waiting", at + max(delay_s, tried.spacing_s), rule.code)
    return Next("done", None, rule.code)
