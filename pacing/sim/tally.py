"""Figures of merit, all derived from the records of one or more shifts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from pacing import Result
from pacing.sim.floor import AWAY, READY, TALKING
from pacing.sim.records import ShiftLog


@dataclass(frozen=True, slots=True)
class Tally:
    """Sums over a period of one or several shifts; the figures follow from the sums.

    An answer is what a dialer without ears calls one: a person, a machine where no detection finds it.
    """

    answers: int = 0
    abandoned: int = 0
    conversations: int = 0
    dials: int = 0
    released: int = 0
    ready_s: float = 0.0
    talk_s: float = 0.0
    working_s: float = 0.0
    hours: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def abandon_rate(self) -> float:
        """Abandoned over answered; 0 where nobody answered."""
        return self.abandoned / self.answers if self.answers else 0.0

    @property
    def wait_s(self) -> float:
        """Seconds of standing ready per conversation; infinite where there was none."""
        return self.ready_s / self.conversations if self.conversations else math.inf

    @property
    def utilisation(self) -> float:
        """Share of talk in talk and readiness."""
        total = self.talk_s + self.ready_s
        return self.talk_s / total if total else 0.0

    @property
    def talk_minutes_per_hour(self) -> float:
        """Minutes of conversation per agent and working hour."""
        return 60.0 * self.talk_s / self.working_s if self.working_s else 0.0

    @property
    def conversations_per_hour(self) -> float:
        """Conversations of the whole floor per hour of the shift."""
        return self.conversations / self.hours if self.hours else 0.0

    @property
    def dials_per_conversation(self) -> float:
        """Calls placed for one conversation."""
        return self.dials / self.conversations if self.conversations else math.inf


def tally(log: ShiftLog, begins_s: float = 0.0, ends_s: float = math.inf) -> Tally:
    """Sum up one shift or a period: calls by when they were dialed or answered, time as it overlaps."""
    ends_s = min(ends_s, log.length_s)
    answers = abandoned = conversations = dials = released = 0
    for call in log.calls:
        if begins_s <= call.dialed_at < ends_s:
            dials += 1
            released += call.result == Result.RELEASED
        if call.result == Result.ANSWERED and begins_s <= call.answered_at < ends_s:
            answers += 1
            abandoned += call.abandoned
            conversations += call.agent >= 0
    ready_s = talk_s = working_s = 0.0
    for stint in log.stints:
        seconds = min(stint.ended_at, ends_s) - max(stint.began_at, begins_s)
        if seconds <= 0 or stint.state == AWAY:
            continue
        working_s += seconds
        if stint.state == READY:
            ready_s += seconds
        elif stint.state == TALKING:
            talk_s += seconds
    hours = max(ends_s - begins_s, 0.0) / 3600.0
    return Tally(answers, abandoned, conversations, dials, released, ready_s, talk_s, working_s, hours)


def pool(tallies: Iterable[Tally]) -> Tally:
    """The sum over shifts."""
    return sum(tallies, Tally())


def wait_interval(tallies: Sequence[Tally]) -> tuple[float, float]:
    """95 % interval of the pooled wait, seconds, from the spread between shifts (ratio estimator)."""
    total = pool(tallies)
    n = len(tallies)
    if n < 2 or not total.conversations:
        return (0.0, math.inf)
    residuals = [t.ready_s - total.wait_s * t.conversations for t in tallies]
    error = math.sqrt(n / (n - 1) * math.fsum(r * r for r in residuals)) / total.conversations
    half = _student_95(n - 1) * error
    return (max(total.wait_s - half, 0.0), total.wait_s + half)


def _student_95(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t, to about 1 % (Cornish-Fisher expansion; exact for 1 and 2)."""
    if freedom == 1:
        return 12.706
    if freedom == 2:
        return 4.303
    z = 1.959964
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + g1 / freedom + g2 / freedom**2 + g3 / freedom**3
