"""How calls ring: competing risks by age, as discrete hazards with a prior, forgetting and censoring.

At each age a call still ringing is answered by a person, or ends otherwise (machine, busy, time-out), with
chances that are counted: events in the bin over calls that reached it (the life table of Kaplan and Meier,
1958, for competing risks). A released call counts as exposure up to its age and as no event.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pacing.contract import FloatArray, Result, RingEnded
from pacing.grid import BIN_S, Grid

QUANTILES = 256
"""Equally likely draws of one call's fate; also the number of joint futures."""

LONGEST_S = 320.0
MEMORY_CALLS = 3000.0
PRIOR_CALLS = 12.0
PRIOR_ANSWER = 0.35
SMOOTH_S = 1.25

_BINS = int(LONGEST_S / BIN_S)
_ANSWER, _OTHER, _CENSORED = 0, 1, 2
_KIND = {Result.ANSWERED: _ANSWER, Result.RELEASED: _CENSORED}


@dataclass(frozen=True, slots=True)
class RingTable:
    """Chances of a call by its age now, on one grid; the last age row means "past any answer".

    `answer[a, j]`: chance that a call alive at age bin a is answered in bin j from now.
    `ever[a]`: the sum of that row. `draws[a, q]`: the bin of the answer in the q-th of QUANTILES equally
    likely futures, or `grid.bins` for never. `hazard[a]`: expected answers of a call that reached age bin a.
    """

    grid: Grid
    answer: FloatArray
    ever: FloatArray
    draws: npt.NDArray[np.int16]
    hazard: FloatArray

    def rows(self, ages_s: FloatArray) -> npt.NDArray[np.intp]:
        """The age rows of calls of these ages."""
        last = self.ever.size - 1
        # fmin and fmax: an age that is no number counts as past any answer.
        return np.fmax(np.fmin(ages_s * (1.0 / self.grid.step_s), last), 0.0).astype(np.intp)

    def due(self, ages_s: FloatArray) -> float:
        """Answers expected so far of calls of these ages."""
        return float(self.hazard[self.rows(ages_s)].sum())


class RingLaw:
    """Counts of how ringing ended, by age, with exponential forgetting."""

    def __init__(self) -> None:
        self._counts = np.zeros((3, _BINS))
        self._weight = 1.0
        self.seen = 0.0

    def learn(self, event: RingEnded) -> None:
        """Count one call; an age that is no number is ignored."""
        if not math.isfinite(event.age):
            return
        age_bin = int(min(max(event.age / BIN_S, 0.0), _BINS - 1.0))
        self._counts[_KIND.get(event.result, _OTHER), age_bin] += self._weight
        self._weight *= 1.0 + 1.0 / MEMORY_CALLS
        self.seen += 1.0
        if self._weight > 1e6:
            self._counts /= self._weight
            self._weight = 1.0

    def table(self, grid: Grid, ringing_s: FloatArray | None = None) -> RingTable:
        """The chances by age on this grid; calls ringing for `ringing_s` now count as censored."""
        answer_hazard, other_hazard = self._hazards(grid, ringing_s)
        return _table(grid, answer_hazard, other_hazard)

    def _hazards(self, grid: Grid, ringing_s: FloatArray | None) -> tuple[FloatArray, FloatArray]:
        counts = self._counts / self._weight
        if ringing_s is not None and ringing_s.size:
            ages = np.fmin(np.fmax(ringing_s / BIN_S, 0.0), _BINS - 1.0).astype(np.intp)
            counts[_CENSORED] += np.bincount(ages, minlength=_BINS)
        reached = counts.sum(axis=0)[::-1].cumsum()[::-1]
        # A call that ended inside a bin was exposed to about half of it.
        exposed = reached - 0.5 * counts[_CENSORED]
        prior_answer, prior_reached = _PRIOR
        answers = _smooth(counts[_ANSWER]) + prior_answer
        others = counts[_OTHER]
        at_risk = np.maximum(_smooth(exposed), 0.0) + prior_reached
        answer = np.minimum(answers / at_risk, 0.95)
        other = np.minimum(others / (np.maximum(exposed, 0.0) + prior_reached), 0.95)
        if grid.step_s == BIN_S:
            return answer[: grid.bins], other[: grid.bins]
        return _coarser(answer, other, grid)

    def reach_s(self) -> float:
        """The age below which nearly all answers fell; infinite while too few are known."""
        answers = self._counts[_ANSWER]
        total = answers.sum()
        if total < 60.0 * self._weight:
            return math.inf
        return BIN_S * float(np.searchsorted(answers.cumsum(), 0.995 * total) + 1)

    def dump(self) -> dict[str, Any]:
        """Plain values of the counts."""
        used = int(np.flatnonzero(self._counts.any(axis=0)).max(initial=-1)) + 1
        return {"counts": (self._counts[:, :used] / self._weight).tolist(), "seen": self.seen}

    def restore(self, dumped: Mapping[str, Any]) -> None:
        """Take over dumped counts; raises ValueError when they are not finite counts."""
        rows: Sequence[Sequence[float]] = dumped["counts"]
        counts = np.asarray(rows, dtype=np.float64).reshape(3, -1)[:, :_BINS]
        if not np.isfinite(counts).all() or (counts < 0).any():
            raise ValueError("dumped ring counts must be finite and not negative")
        self._counts[:] = 0.0
        self._counts[:, : counts.shape[1]] = counts
        self._weight = 1.0
        self.seen = float(dumped["seen"])


def _table(grid: Grid, answer_hazard: FloatArray, other_hazard: FloatArray) -> RingTable:
    bins = grid.bins
    alive = np.ones(bins + 1)
    np.cumprod(np.maximum(1.0 - answer_hazard - other_hazard, 1e-6), out=alive[1:])
    density = np.zeros(2 * bins + 1)
    density[:bins] = alive[:bins] * answer_hazard
    answer = np.lib.stride_tricks.sliding_window_view(density, bins)[: bins + 1] / alive[:, None]
    total = answer.sum(axis=1, keepdims=True)
    answer = answer / np.maximum(total, 1.0)
    cumulated = np.concatenate([[0.0], density.cumsum()])
    scale = alive * np.maximum(total[:, 0], 1.0)
    levels = (np.arange(QUANTILES) + 0.5) / QUANTILES
    wanted = cumulated[: bins + 1, None] + scale[:, None] * levels
    found = np.searchsorted(cumulated[1:], wanted.ravel(), side="right").reshape(wanted.shape)
    draws = np.minimum(found - np.arange(bins + 1)[:, None], bins)
    draws[wanted >= cumulated[-1] - 1e-12] = bins
    hazard = np.concatenate([[0.0], np.cumsum(answer_hazard)])
    return RingTable(grid, answer, answer.sum(axis=1), draws.astype(np.int16), hazard)


def _smooth(values: FloatArray) -> FloatArray:
    """Spread counts over their neighbours: data of one bin are too few to trust alone."""
    return np.convolve(np.pad(values, _REACH, mode="reflect"), _KERNEL, mode="valid")


_REACH = math.ceil(3 * SMOOTH_S / BIN_S)
_KERNEL = np.exp(-0.5 * (BIN_S * np.arange(-_REACH, _REACH + 1) / SMOOTH_S) ** 2)
_KERNEL /= _KERNEL.sum()


def _prior() -> tuple[FloatArray, FloatArray]:
    """What a handful of imagined calls did: answers around 12 s, everyone else rings on."""
    ages = BIN_S * (np.arange(_BINS) + 0.5)
    shape = np.exp(-0.5 * (np.log(ages / 11.0) / 0.6) ** 2) / ages
    answers = PRIOR_CALLS * PRIOR_ANSWER * shape / shape.sum()
    reached = PRIOR_CALLS - np.concatenate([[0.0], answers.cumsum()[:-1]])
    return answers, reached


_PRIOR = _prior()


def _coarser(answer: FloatArray, other: FloatArray, grid: Grid) -> tuple[FloatArray, FloatArray]:
    """The same hazards on wider bins, by way of cumulated hazards."""
    edges = BIN_S * np.arange(_BINS + 1)
    wanted = np.minimum(grid.step_s * np.arange(grid.bins + 1), LONGEST_S)
    both = -np.log1p(-np.minimum(answer + other, 0.999))
    ended = -np.expm1(-np.diff(np.interp(wanted, edges, np.concatenate([[0.0], both.cumsum()]))))
    parts = [
        np.diff(np.interp(wanted, edges, np.concatenate([[0.0], part.cumsum()]))) for part in (answer, other)
    ]
    share = parts[0] / np.maximum(parts[0] + parts[1], 1e-12)
    return share * ended, (1.0 - share) * ended
