"""What follows a call: dispositions of agents, retries by outcome, limits of attempts."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from config.rolling import RollingLimit
from config.values import Id, Name, Real, Seconds, Section, Share, Text, Whole, Yes, live, wrong


class Outcome(StrEnum):
    """What the switch can know of a call that reached no agent, as retry rules name it."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    MACHINE = "machine"
    INVALID = "invalid"
    REJECTED = "rejected"
    ABANDONED = "abandoned"
    GAVE_UP = "gave_up"
    CONGESTION = "congestion"
    TRUNK_FAILED = "trunk_failed"
    ERROR = "error"
    RELEASED = "released"
    UNKNOWN = "unknown"


class Retry(Section):
    """What follows an outcome."""

    delay_s: Seconds = live(3600.0, "Rest before the next attempt: seconds or 4 h.", ge=0, le=90 * 86_400)
    max: Whole | None = live(
        None, "Attempts with this outcome after which the lead is done; none: no limit.", ge=1
    )
    other_number: Yes = live(False, "Try the lead's next number first.")
    other_hour: Yes = live(False, "Try at another time of day.")
    final: Yes = live(False, "No further attempt on this number.")


class Disposition(Section):
    """What an agent can say came of a call."""

    code: Id = live(..., "Short name in reports and exports.")
    label: Name = live(..., "What the agent reads.")
    key: Annotated[Text, Field(pattern="^[0-9a-z]$")] | None = live(
        None, "Key that gives it: one digit or letter."
    )
    final: Yes = live(False, "The lead is done.")
    retry_after_s: Seconds | None = live(None, "Call again after this: seconds or 4 h.", le=90 * 86_400)
    max: Whole | None = live(None, "How often before the lead is done; none: no limit.", ge=1)
    callback: Yes = live(False, "The agent gives an instant at which to call again.")
    do_not_call: Yes = live(False, "The number goes on the do-not-call list.")
    wrong_number: Yes = live(False, "This number is not tried again, the lead's others are.")
    reached: Yes = live(False, "Counts as the lead reached.")
    machine: Yes = live(False, "A machine answered: ledgers that take machines off count it.")
    conversion: Yes = live(False, "Counts as a conversion in reports, such as a sale.")
    asks_amount: Yes = live(
        False, "A conversion with which the agent tells an amount, in the campaign's currency."
    )
    value: Real | None = live(
        None, "What a conversion is worth where no amount is told, in the campaign's currency.", ge=0, le=1e9
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.final and (self.retry_after_s is not None or self.callback):
            raise wrong("disposition", "is final and yet asks for another call", "remove final or the other")
        return self

    @property
    def converts(self) -> bool:
        """Whether it counts as a conversion: it says so, or has a value."""
        return self.conversion or self.asks_amount or self.value is not None


class Deadlines(Section):
    """Leads that must be reached by an instant of their own."""

    plan: Yes = live(
        True,
        "Calls to leads with a deadline are put where they are most likely answered before it; no: in list order.",
    )
    at_risk_below: Share = live(
        0.5, "A lead less likely than this to be reached by its deadline is reported as at risk: 50 % or 0.5."
    )


class Attempts(Section):
    """How often a lead, or a number, may be called."""

    max: Whole = live(10, "Per lead, over its life.", ge=1, le=1000)
    per_day: Whole = live(3, "Per lead and calendar day in its zone.", ge=1, le=100)
    per_number_day: Whole | None = live(
        None, "Per number and day, over all leads; none: no limit.", ge=1, le=100
    )
    spacing_s: Seconds = live(1800.0, "Least time between two attempts on a lead.", le=30 * 86_400)
    abandoned_rest_s: Seconds = live(
        72 * 3600.0,
        "Rest of a number after a call that no agent took in time, over all leads: seconds, 72 h, 5 d.",
        le=90 * 86_400,
    )
    rolling: tuple[RollingLimit, ...] = live(
        (), 'Further limits over a sliding time, as "3 in 24 h" or "7 in 7 d".', max_length=10
    )
