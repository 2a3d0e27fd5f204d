"""Ledgers of abandonment: from one log of calls, each jurisdiction's own figure.

Jurisdictions differ in the clock (from the answer, or from the end of the person's greeting), in what is divided by
what, and in the window of time; a figure that is fine under one is over the limit under another. L are live people
who got an agent in time, A those who did not, D what answering-machine detection took for machines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from dialer.compliance.bounds import upper_bound
from dialer.compliance.false_positives import NOBODY, FalsePositives
from dialer.compliance.zones import zone_info
from pacing import Budget

MINUTE_S = 60.0


class Clock(StrEnum):
    """From when an agent's time counts; the greeting's end is the answer where it was not measured."""

    ANSWER = "answer"
    GREETING_END = "greeting_end"


class Share(StrEnum):
    """What is divided by what."""

    LIVE = "live"  # A / (L + A)
    SUCCESSFUL = "successful"  # A / L
    ALL = "all"  # A / all calls dialed
    SHORT = "short"  # calls not longer than `within_s` / all calls dialed


class Window(StrEnum):
    """Over which time."""

    ROLLING = "rolling"  # the last `days`
    PERIODS = "periods"  # successive periods of `days` from the campaign's start
    MONTH = "month"  # calendar month
    DAY = "day"  # calendar day
    CAMPAIGN = "campaign"  # all of it


@dataclass(frozen=True, slots=True)
class LedgerRule:
    """One jurisdiction's figure.

    `machine_share`: without detection, the share of machines among the calls agents took is taken off A, and those
    calls off L. `false_positives`: the share of D that are people hung up on is added to A. `least_calls`: with
    fewer calls dialed in the window the limit does not apply. `zone` is whose calendar days and months count.
    """

    name: str
    limit: float
    share: Share = Share.LIVE
    clock: Clock = Clock.ANSWER
    within_s: float = 2.0
    window: Window = Window.ROLLING
    days: float = 1.0
    false_positives: bool = False
    machine_share: bool = False
    least_calls: int = 0
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call once its fate in a ledger is known; instants in seconds since the epoch.

    `machine`: detection said so and no agent was given. `agent_machine`: the agent said so. A person who hangs up
    while waiting counts as abandoned. `length_s`: answered time, for ledgers of short calls.
    """

    dialed_at: float
    answered_at: float | None = None
    greeting_end_at: float | None = None
    connected_at: float | None = None
    machine: bool = False
    agent_machine: bool = False
    length_s: float | None = None


@dataclass(slots=True)
class Tally:
    """Sums of one minute, or of a window."""

    calls: int = 0
    live: int = 0
    abandoned: int = 0
    machines: int = 0
    agent_machines: int = 0
    short: int = 0

    def add(self, other: Tally, sign: int = 1) -> None:
        """Add another's sums, or with -1 take them off."""
        self.calls += sign * other.calls
        self.live += sign * other.live
        self.abandoned += sign * other.abandoned
        self.machines += sign * other.machines
        self.agent_machines += sign * other.agent_machines
        self.short += sign * other.short


@dataclass(frozen=True, slots=True)
class Figure:
    """A ledger's state: the share by its own formula, what it may be at most, and how much is left.

    `over` and `under` are numerator and denominator; `upper` is the 95 % upper bound; `applies` is False while
    there are too few calls for the limit. `people_in_machines`: the share of D that was added, and the one its bound
    was made with; None where the rule adds none.
    """

    name: str
    limit: float
    over: float
    under: float
    upper: float
    since: float
    until: float | None
    applies: bool = True
    of_abandonment: bool = True
    people_in_machines: FalsePositives | None = None

    @property
    def share(self) -> float:
        """The figure itself; 0.0 while nothing was counted."""
        return self.over / self.under if self.under > 0 else 0.0

    @property
    def left(self) -> float:
        """Abandoned calls still within the limit; negative: too many."""
        return self.limit * self.under - self.over

    def budget(self, expected: float = 0.0) -> Budget:
        """The same for pacing; `expected` is the denominator foreseen for the end of the window."""
        return Budget(self.under, self.over, self.limit, expected)


@dataclass(slots=True)
class Ledger:
    """One rule's ledger of one campaign, in sums by the minute, so that a month of calls stays small."""

    rule: LedgerRule
    started_at: float
    people_in_machines: FalsePositives = NOBODY
    _minutes: dict[int, Tally] = field(default_factory=dict)

    def add(self, call: CallRecord) -> None:
        """Count a call, in the minute of its answer (of its dialing where nobody answered)."""
        at = call.dialed_at if call.answered_at is None else call.answered_at
        tally = self._minutes.setdefault(int(at // MINUTE_S), Tally())
        tally.calls += 1
        if call.length_s is not None and call.length_s <= self.rule.within_s:
            tally.short += 1
        if call.answered_at is None:
            return
        if call.machine:
            tally.machines += 1
        elif self._in_time(call):
            tally.live += 1
            tally.agent_machines += call.agent_machine
        else:
            tally.abandoned += 1

    def add_minute(self, minute: int, tally: Tally) -> None:
        """Count the calls of a minute since the epoch, summed up by this ledger's rule."""
        self._minutes.setdefault(minute, Tally()).add(tally)

    def figure(self, now: float) -> Figure:
        """The figure of the window that holds `now`."""
        since, until = self.bounds(now)
        total = Tally()
        # The minute in which the window begins counts whole: rather too much than too little.
        first, last = int(since // MINUTE_S), int(now // MINUTE_S)
        for minute, tally in self._minutes.items():
            if first <= minute <= last:
                total.add(tally)
        return self._figure(total, since, until)

    def worst(self, now: float) -> Figure:
        """The worst figure of any whole rolling window so far; one bad day counts though the average is fine."""
        worst = self.figure(now)
        if self.rule.window is not Window.ROLLING:
            return worst
        span = int(self.rule.days * 86_400.0 // MINUTE_S)
        minutes = sorted(self._minutes)
        total, oldest = Tally(), 0
        for minute in minutes:
            total.add(self._minutes[minute])
            while minutes[oldest] < minute - span:
                total.add(self._minutes[minutes[oldest]], -1)
                oldest += 1
            end = (minute + 1) * MINUTE_S
            figure = self._figure(total, end - self.rule.days * 86_400.0, None)
            if figure.applies and figure.share > worst.share:
                worst = figure
        return worst

    def forget(self, before: float) -> None:
        """Drop the minutes before an instant."""
        for minute in [minute for minute in self._minutes if (minute + 1) * MINUTE_S <= before]:
            del self._minutes[minute]

    def bounds(self, now: float) -> tuple[float, float | None]:
        """Start and end of the window that holds `now`; no end for one that rolls or lasts the campaign."""
        rule = self.rule
        if rule.window is Window.CAMPAIGN:
            return self.started_at, None
        if rule.window is Window.ROLLING:
            return now - rule.days * 86_400.0, None
        if rule.window is Window.PERIODS:
            length = rule.days * 86_400.0
            start = self.started_at + (now - self.started_at) // length * length
            return start, start + length
        return _calendar(rule, now)

    def _in_time(self, call: CallRecord) -> bool:
        if call.connected_at is None or call.answered_at is None:
            return False
        begin = call.answered_at
        if self.rule.clock is Clock.GREETING_END and call.greeting_end_at is not None:
            begin = max(begin, call.greeting_end_at)
        return call.connected_at - begin <= self.rule.within_s

    def _figure(self, total: Tally, since: float, until: float | None) -> Figure:
        found = self.people_in_machines
        over, under = shares(self.rule, total, found.share)
        most, of = shares(self.rule, total, found.upper)
        return Figure(
            name=self.rule.name,
            limit=self.rule.limit,
            over=over,
            under=under,
            upper=_upper(self.rule, most, of),
            since=since,
            until=until,
            applies=total.calls >= self.rule.least_calls,
            of_abandonment=self.rule.share is not Share.SHORT,
            people_in_machines=found if self.rule.false_positives else None,
        )


def shares(rule: LedgerRule, total: Tally, false_positive_share: float = 0.0) -> tuple[float, float]:
    """Numerator and denominator of a rule."""
    if rule.share is Share.SHORT:
        return float(total.short), float(total.calls)
    live, abandoned = float(total.live), float(total.abandoned)
    if rule.false_positives:
        abandoned += false_positive_share * total.machines
    if rule.machine_share and total.machines == 0 and total.live:
        machine_share = total.agent_machines / total.live
        abandoned *= 1.0 - machine_share
        live -= total.agent_machines
    if rule.share is Share.ALL:
        return abandoned, float(total.calls)
    if rule.share is Share.SUCCESSFUL:
        return abandoned, live
    return abandoned, live + abandoned


def tightest(figures: Iterable[Figure], expected: float = 0.0) -> Figure | None:
    """The figure that leaves the least room for abandoned calls; None where no such limit applies."""
    applying = [figure for figure in figures if figure.applies and figure.of_abandonment]
    return min(applying, key=lambda figure: figure.budget(expected).allowance, default=None)


def _upper(rule: LedgerRule, over: float, under: float) -> float:
    if rule.share is not Share.SUCCESSFUL:
        return upper_bound(over, under)
    # A / L is no share of a whole: bound A / (L + A), then turn it round.
    bound = upper_bound(over, under + over)
    return bound / (1.0 - bound) if bound < 1.0 else float("inf")


def _calendar(rule: LedgerRule, now: float) -> tuple[float, float]:
    zone = zone_info(rule.zone) or UTC
    local = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if rule.window is Window.DAY:
        return local.timestamp(), (local + timedelta(days=1)).timestamp()
    first = local.replace(day=1)
    return first.timestamp(), (first + timedelta(days=32)).replace(day=1).timestamp()
