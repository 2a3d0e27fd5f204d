"""The time grid of one look ahead: equal bins from now to a little past one ring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pacing.contract import FloatArray

BIN_S = 0.5
MOST_BINS = 56
SET_UP_S = 4.0
"""Ringing may begin this long after dialing; an answer later than that is past looking ahead."""


@dataclass(frozen=True, slots=True)
class Grid:
    """`bins` bins of `step_s` seconds."""

    step_s: float
    bins: int

    @classmethod
    def over_ring(cls, ring_timeout_s: float) -> Grid:
        """The grid that covers one ring and its set-up in at most MOST_BINS bins."""
        horizon_s = ring_timeout_s + SET_UP_S
        step_s = max(BIN_S, horizon_s / MOST_BINS)
        return cls(step_s, round(horizon_s / step_s))

    @property
    def horizon_s(self) -> float:
        """How far the grid looks."""
        return self.step_s * self.bins

    def ends(self) -> FloatArray:
        """Seconds from now to the end of each bin."""
        return self.step_s * np.arange(1, self.bins + 1, dtype=np.float64)
