"""All ledgers of a campaign at once, fed by the facts of the journal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dialer.compliance.false_positives import NOBODY, FalsePositives
from dialer.compliance.ledgers import CallRecord, Figure, Ledger, LedgerRule, Tally, tightest

FORGOTTEN_CALLS = 200_000
"""Calls whose end was never told, at most; beyond this the oldest is dropped uncounted."""


SET_BACK_S = 86_400.0
"""A clock that runs ahead and is set right again must not have emptied a window."""

RECENT_CALLS = 5_000
"""Ended calls remembered one by one: more than the database is ever behind while calls are allowed."""


@dataclass(slots=True)
class LedgerBook:
    """A campaign's ledgers. Facts come in any order and any number of times within a call's life.

    A call is counted when its attempt ends: then all is known of it (abandoned wins over connected). Until then
    `pending_abandoned` tells how many abandoned calls are not yet in the figures, so that pacing learns of them at
    once. `seen` are those of an earlier book's recent calls that were counted here from the database.
    """

    rules: tuple[LedgerRule, ...]
    started_at: float
    people_in_machines: FalsePositives = NOBODY
    ledgers: tuple[Ledger, ...] = field(init=False)
    seen: frozenset[str] = frozenset()
    _recent: dict[str, CallRecord] = field(default_factory=dict)
    _open: dict[str, _Call] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ledgers = tuple(Ledger(rule, self.started_at, self.people_in_machines) for rule in self.rules)

    @property
    def pending_abandoned(self) -> int:
        """Abandoned calls not yet ended."""
        return sum(call.abandoned for call in self._open.values())

    def hear(self, fact: Mapping[str, Any]) -> None:
        """Take a fact of the journal; those that are not about calls change nothing."""
        attempt, at = fact.get("attempt"), fact.get("at")
        if not isinstance(attempt, str) or not isinstance(at, int | float):
            return
        kind = fact.get("fact")
        if kind == "attempt_dialed":
            if len(self._open) >= FORGOTTEN_CALLS:
                del self._open[next(iter(self._open))]
            self._open.setdefault(attempt, _Call(CallRecord(float(at))))
            return
        call = self._open.get(attempt)
        if call is None:
            return
        if kind == "attempt_ended":
            del self._open[attempt]
            if fact.get("outcome") not in ("not_dialed", "error", "congestion", "trunk_failed"):
                record = call.whole(float(at))
                self.add(record)
                self._remember(attempt, record)
        elif kind == "disposition":
            return
        else:
            call.hear(str(kind), float(at))

    @property
    def recent(self) -> frozenset[str]:
        """The calls that ended last: the books may not have them yet."""
        return frozenset(self._recent)

    def take_over(self, old: LedgerBook) -> None:
        """Go on for a book counted from facts: its live calls, and ended ones that are not among `seen`."""
        self._open, self._recent = old._open, old._recent
        for attempt, record in self._recent.items():
            if attempt not in self.seen:
                self.add(record)

    def _remember(self, attempt: str, record: CallRecord) -> None:
        if len(self._recent) >= RECENT_CALLS:
            del self._recent[next(iter(self._recent))]
        self._recent[attempt] = record

    def estimate(self, found: FalsePositives) -> None:
        """Reckon with this share of people among the machines heard from now on, for calls counted already too."""
        self.people_in_machines = found
        for ledger in self.ledgers:
            ledger.people_in_machines = found

    def add(self, record: CallRecord) -> None:
        """Count a call whose fate is known, in every ledger."""
        for ledger in self.ledgers:
            ledger.add(record)

    def add_minute(self, minute: int, tallies: Sequence[Tally]) -> None:
        """Count a minute's calls, summed up for each ledger by its own rule."""
        for ledger, tally in zip(self.ledgers, tallies, strict=True):
            ledger.add_minute(minute, tally)

    def figures(self, now: float) -> tuple[Figure, ...]:
        """Each ledger's figure, in the order of the rules."""
        return tuple(ledger.figure(now) for ledger in self.ledgers)

    def tightest(self, now: float, expected: float = 0.0) -> Figure | None:
        """The figure that leaves least room, with calls abandoned a moment ago counted in already."""
        pending = self.pending_abandoned
        figures = (
            replace(figure, over=figure.over + pending, under=figure.under + pending)
            if figure.of_abandonment
            else figure
            for figure in self.figures(now)
        )
        return tightest(figures, expected)

    def forget(self, now: float) -> None:
        """Drop what no window reaches any more, nor would if the clock were set back by a day."""
        for ledger in self.ledgers:
            ledger.forget(ledger.bounds(now - SET_BACK_S)[0])


@dataclass(slots=True)
class _Call:
    record: CallRecord
    abandoned: bool = False

    def hear(self, kind: str, at: float) -> None:
        if kind == "attempt_answered":
            self.record = replace(self.record, answered_at=at)
        elif kind == "attempt_bridged" and self.record.connected_at is None:
            self.record = replace(self.record, connected_at=at)
        elif kind == "attempt_machine":
            self.record = replace(self.record, machine=True)
        elif kind == "attempt_greeting":
            self.record = replace(self.record, greeting_end_at=at)
        elif kind == "attempt_abandoned":
            self.abandoned = True

    def whole(self, ended_at: float) -> CallRecord:
        record = self.record
        if self.abandoned:
            record = replace(
                record, connected_at=None, machine=False, answered_at=record.answered_at or ended_at
            )
        if record.answered_at is not None:
            record = replace(record, length_s=max(0.0, ended_at - record.answered_at))
        return record
