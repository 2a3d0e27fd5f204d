"""Leads that can hardly be called: those whose zones leave few common hours in a campaign's windows."""

from __future__ import annotations

from datetime import datetime

from dialer.compliance import Rules
from dialer.leads.keys import zones_of

FEW_HOURS_S = 4 * 3600.0
_WEEK_DAYS = 7


class HoursCheck:
    """Counts leads by how long they can be called on their best day of the coming week."""

    def __init__(self, rules: Rules, now: datetime) -> None:
        self._rules = rules
        self._now = now.timestamp()
        self._best: dict[str, float] = {}
        self.few = 0
        self.never = 0

    def count(self, window_key: str) -> None:
        """Count a lead by its window key; mixed ones are not counted."""
        zones = zones_of(window_key)
        if not zones:
            return
        best = self._best.get(window_key)
        if best is None:
            best = self._best[window_key] = self._best_day(zones)
        self.never += best <= self._rules.ring_s
        self.few += self._rules.ring_s < best < FEW_HOURS_S

    def _best_day(self, zones: tuple[str, ...]) -> float:
        days = []
        for day in range(_WEEK_DAYS):
            start = self._now + day * 86_400.0
            end = start + 86_400.0
            intervals = self._rules.hours.intervals(zones, start, end)
            days.append(sum(min(high, end) - max(low, start) for low, high in intervals))
        return max(days)
