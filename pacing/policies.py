"""The simple modes: one line per ready agent, and a fixed ratio of lines to ready agents."""

from __future__ import annotations

import math

from pacing.guard import MOST_CALLS, Facts


def progressive(facts: Facts) -> int:
    """One line per READY agent, less the calls in flight and the callers waiting."""
    return facts.free_lines


def ratio(facts: Facts, level: float) -> int:
    """`level` lines per READY agent, less the calls in flight and the callers waiting."""
    lines = math.floor(min(level * facts.ready, MOST_CALLS)) if facts.ready else 0
    return max(0, lines - facts.in_flight - facts.waiting)
