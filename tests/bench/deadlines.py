"""Deadlines: leads to be reached within ten days by people who answer at hours of their own.

The same people, the same agents' calls an hour and the same attempts a lead, once with a retry every four hours
and once planned. What is planned knows nothing of the people but what its own calls tell.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from dialer.compliance import Calendar, Hours, Span
from dialer.leads.hours_model import HoursModel
from dialer.leads.planning import HOUR_S, Room, Slots, between, plan, slots_of

START = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
DAY_S = 86_400.0
DEADLINE_DAYS = 10
ENTRY_DAYS = 10
RING_S = 40.0
RETRY_S = 4 * HOUR_S
WEEKDAY, SATURDAY = (Span(540, 1200),), (Span(600, 960),)
HOURS = Hours(Calendar((WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, SATURDAY, ())))
ROOM = Room(attempts=8, per_day=3, spacing_s=1800.0)
console = Console()

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument("--leads", type=int, help="leads with a deadline (5,000)")
    parser.add_argument("--seed", type=int, default=7)


def run(args: argparse.Namespace) -> int:
    """Print what each way of retrying misses; 1 where planning misses more than four fifths."""
    people = world(args.leads or 5000, args.seed)
    fixed = work(people, Fixed(), args.seed)
    planned = work(people, Planned(), args.seed, dials=fixed.dials)
    table = Table("retry", "leads", "dials", "missed", "share", title="Reached before the deadline")
    for name, result in (("every four hours", fixed), ("planned", planned)):
        share = f"{result.missed / result.leads:.1%}"
        table.add_row(name, str(result.leads), str(result.dials), str(result.missed), share)
    console.print(table)
    fewer = 1 - planned.missed / fixed.missed
    console.print(f"{fewer:.1%} fewer misses with {planned.dials / fixed.dials:.1%} of the dials")
    return 0 if fewer >= 0.2 else 1


@dataclass(frozen=True, slots=True)
class World:
    """People: the chance of an answer by hour of the week, and when each is given to us."""

    answers: Floats
    entered_at: Floats
    segments: tuple[str, ...]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.entered_at)


def world(n: int, seed: int) -> World:
    """People of several habits; a segment tells little of them, as in life."""
    rng = np.random.default_rng(seed)
    hour = np.arange(168) % 24
    weekday = np.arange(168) < 5 * 24
    evening, morning = weekday & (hour >= 17), weekday & (hour < 12)
    noon = weekday & (hour >= 12) & (hour < 14)
    habits = np.array(
        [
            np.where(evening, 0.45, np.where(weekday, 0.05, 0.30)),
            np.where(morning, 0.45, np.where(weekday, 0.20, 0.20)),
            np.where(noon, 0.45, np.where(weekday, 0.06, 0.10)),
            np.where(weekday, 0.05, 0.50),
            np.full(168, 0.07),
        ]
    )
    kinds = rng.choice(len(habits), n, p=[0.40, 0.20, 0.12, 0.13, 0.15])
    level = rng.beta(4, 2, n) * 1.5
    answers = np.clip(habits[kinds] * level[:, None], 0.005, 0.95)
    mobile = rng.random(n) < np.where(kinds == 1, 0.3, 0.75)
    days = rng.integers(0, ENTRY_DAYS, n)
    segments = tuple("mobile" if one else "fixed_line" for one in mobile)
    return World(answers, START + days * DAY_S + 9 * HOUR_S, segments)


@dataclass(slots=True)
class Lead:
    """A lead as the list knows it."""

    index: int
    segment: str
    deadline: float
    next_at: float
    urgency: int = 50
    tried: list[int] = field(default_factory=list)
    last_day: tuple[int, int] = (0, 0)
    calls: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a list."""

    leads: int
    dials: int
    missed: int


class Fixed:
    """A retry every four hours, the longest due first."""

    def learn(self, lead: Lead, hour: int, answered: bool) -> None:
        """Nothing."""

    def forget(self, lead: Lead) -> None:
        """Nothing."""

    def next(self, lead: Lead, slots: Slots, now: float, *, called: bool) -> None:
        """Four hours on."""
        lead.next_at = now + RETRY_S if called else lead.next_at


class Planned:
    """The planner, with the model it has learnt by then."""

    def __init__(self) -> None:
        self.model = HoursModel()
        self.load = np.zeros(24 * 60)
        self.capacity = 1.0

    def learn(self, lead: Lead, hour: int, answered: bool) -> None:
        """Count the call."""
        self.model.add(lead.segment, hour, 1.0, float(answered))

    def next(self, lead: Lead, slots: Slots, now: float, *, called: bool) -> None:
        """Plan anew; somebody new is called as soon as there is room."""
        earliest = now + (ROOM.spacing_s if called else 0.0)
        left = Room(ROOM.attempts - len(lead.tried), ROOM.per_day, ROOM.spacing_s)
        self._count(lead, -1.0)
        legal = between(slots, earliest, lead.deadline)
        load = self.load[((legal.at - START) // HOUR_S).astype(np.int64)]
        shares = np.minimum(1.0, self.capacity / (1.0 + load))
        chosen = plan(
            legal,
            self.model.rates(lead.segment),
            np.array(lead.tried, dtype=np.int64),
            left,
            today=lead.last_day,
            shares=shares,
        )
        lead.calls = () if chosen is None else chosen.calls
        self._count(lead, 1.0)
        if chosen is None:
            lead.next_at = float("inf")
            return
        lead.urgency = chosen.urgency
        lead.next_at = chosen.next_at

    def forget(self, lead: Lead) -> None:
        """Its planned calls are not needed any more."""
        self._count(lead, -1.0)
        lead.calls = ()

    def _count(self, lead: Lead, sign: float) -> None:
        for at, needed in lead.calls:
            self.load[int((at - START) // HOUR_S)] += sign * needed


Policy = Fixed | Planned


def work(
    people: World, policy: Policy, seed: int, *, dials: int | None = None, per_hour: int | None = None
) -> Outcome:
    """Call everybody until the last deadline; `dials` at most in all, `per_hour` by the agents there are."""
    rng = np.random.default_rng(seed + 1)
    end = START + (ENTRY_DAYS + DEADLINE_DAYS + 1) * DAY_S
    slots = slots_of(HOURS, ("UTC",), START, end, RING_S)
    capacity = per_hour or max(1, len(people) // 6)
    if isinstance(policy, Planned):
        policy.capacity = capacity
    leads = [
        Lead(n, segment, at + DEADLINE_DAYS * DAY_S, at)
        for n, (segment, at) in enumerate(zip(people.segments, people.entered_at, strict=True))
    ]
    waiting = {lead.index: lead for lead in leads}
    fresh = sorted(leads, key=lambda lead: -lead.next_at)
    made = 0
    for at, hour, day in zip(slots.at, slots.hour, slots.day, strict=True):
        now, local, today = float(at), int(hour), int(day)
        while fresh and fresh[-1].next_at <= now:
            policy.next(fresh.pop(), slots, now, called=False)
        due = [lead for lead in waiting.values() if lead.next_at <= now < lead.deadline]
        due.sort(key=_order_of(policy))
        for lead in due[:capacity]:
            if dials is not None and made >= dials:
                break
            if lead.last_day == (today, ROOM.per_day):
                continue
            made += 1
            answered = bool(rng.random() < people.answers[lead.index, local])
            policy.learn(lead, local, answered)
            lead.tried.append(local)
            count = lead.last_day[1] if lead.last_day[0] == today else 0
            lead.last_day = (today, count + 1)
            if answered or len(lead.tried) >= ROOM.attempts:
                del waiting[lead.index]
                policy.forget(lead)
                if answered:
                    lead.next_at = -1.0
            else:
                policy.next(lead, slots, now, called=True)
        if isinstance(policy, Planned):
            for lead in due[capacity:]:
                policy.next(lead, slots, now + HOUR_S, called=False)
    reached = sum(1 for lead in leads if lead.next_at == -1.0)
    return Outcome(len(leads), made, len(leads) - reached)


def _order_of(policy: Policy) -> Callable[[Lead], tuple[float, float]]:
    if isinstance(policy, Planned):
        return lambda lead: (-lead.urgency, lead.next_at)
    return lambda lead: (lead.next_at, 0.0)
