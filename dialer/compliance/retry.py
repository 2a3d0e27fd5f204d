"""What follows a call: the lead's next state and, where it is to be called again, the instant.

Outcomes are the switch's words, dispositions the agent's. All instants are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DAY_S = 86_400.0
HOUR_S = 3600.0
OTHER_HOUR_S = 3 * HOUR_S  # nearer than this is the same time of day
COSTS_NOTHING = frozenset({"congestion", "trunk_failed", "error"})
"""Outcomes that are not the lead's: they count against no limit of its own, and no spacing is due."""


@dataclass(frozen=True, slots=True)
class RetryRule:
    """What follows an outcome: rest, how often, on which number, at which time of day, or not at all."""

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
    """The lead's next state (pending, waiting, done, excluded), when, and why; is its number closed for good."""

    state: str
    at: float | None
    reason: str
    close_number: bool = False


def after_outcome(outcome: str, rule: RetryRule, tried: Tried, at: float) -> Next:
    """The lead after a call that reached no agent and ended at `at`."""
    if outcome == "not_dialed":
        return Next("pending", None, "not dialed")
    if outcome == "do_not_call":
        return Next("excluded", None, "the carrier says: do not call again")
    if outcome in COSTS_NOTHING:
        return Next("waiting", at + rule.delay_s, outcome)
    if tried.total >= tried.most:
        return Next("done", None, f"{outcome}; all {tried.most} attempts used")
    used = rule.max is not None and tried.alike >= rule.max
    if (rule.final or used) and not tried.other_numbers:
        return Next("done", None, outcome, close_number=rule.final)
    turn = tried.other_numbers and (rule.final or used or rule.other_number)
    delay_s = max(tried.spacing_s if turn else rule.delay_s, tried.spacing_s)
    later = at_other_hour(delay_s) if rule.other_hour and not turn else delay_s
    return Next("waiting", at + later, outcome, close_number=rule.final)


def at_other_hour(delay_s: float) -> float:
    """The delay, made longer where it would end at the same time of day as it began."""
    past = delay_s % DAY_S
    if past < OTHER_HOUR_S:
        return delay_s - past + OTHER_HOUR_S
    if past > DAY_S - OTHER_HOUR_S:
        return delay_s - past + DAY_S + OTHER_HOUR_S
    return delay_s


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
