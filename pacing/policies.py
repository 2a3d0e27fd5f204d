"""The simple modes: one line per ready agent, and a fixed ratio of lines to ready agents."""

from __future__ import annotations

import math

from pacing.guard import Facts


def progressive(facts: Facts) -> int:
    """One line per READY agent, less the calls in flight and the callers waiting."""
    return facts.free_lines


def ratio(facts: Facts, level: float) -> int:
    """`level` lines per READY agent, less the calls in flight and the callers waiting."""
    lines = min(level * facts.ready, 1e9)
    return max(0, math.floor(lines) - facts.in_flight - facts.waiting)
