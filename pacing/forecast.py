"""Joint futures of the floor over one ring: when people answer and when agents are free.

Small rooms draw each call and each agent; on large floors the bins' counts are Gaussian around the same
expectations. Both give `flow[j, m]`: agents getting free less people answering, in bin j of future m.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pacing.chances import COARSE_FUTURES, FUTURES, Chances
from pacing.contract import AgentColumns, AgentState, CallColumns, FloatArray
from pacing.grid import Grid
from pacing.learning.durations import Durations, chance_within, residuals
from pacing.learning.ringing import QUANTILES, RingTable
from pacing.reflection import Flow

MOST_DRAWN = 160
"""With more calls in flight, or more agents who are free or may get so, counts per bin replace single draws."""

FEW = 16
"""Draws of each agent where only expectations are asked for."""

MOST_PACED = 48
"""Among more agents than this, fast and slow ones even out."""

_EXPONENTIALS = -np.log1p(-(np.arange(QUANTILES) + 0.5) / QUANTILES)

Bins = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int16]
Laws = tuple[FloatArray, FloatArray]
"""Cumulated hazards of conversation and of wrap-up."""


@dataclass(frozen=True, slots=True)
class Ringing:
    """Calls in flight, ready to be forecast: age rows, ringing time so far.

    `shares`: what to multiply each call's row of `table.answer` with (Bayes on a mixture of leads).
    """

    id: npt.NDArray[np.int64]
    rows: npt.NDArray[np.intp]
    shares: FloatArray
    rang_s: FloatArray


@dataclass(frozen=True, slots=True)
class Busy:
    """Agents who may get free within the horizon and whose instant is not known.

    `count` of them, who end what they do with `chances`, `chance` over all of them; on a large floor the columns hold
    a sample.    `elapsed_s` of the state they are in, `pace` of it; `earliest_s`: seconds from now until their own call
    interval allows a call, counted from the end of the conversation while `talking`.
    """

    count: int
    chance: float
    chances: FloatArray
    talking: npt.NDArray[np.bool_]
    elapsed_s: FloatArray
    pace: FloatArray
    wrap_pace: FloatArray
    earliest_s: FloatArray


_NONE = np.zeros(0)
NOBODY = Busy(0, 0.0, _NONE, np.zeros(0, dtype=np.bool_), _NONE, _NONE, _NONE, _NONE)


def ringing(
    calls: CallColumns, now: float, table: RingTable, level_odds: float, mean_chance: float
) -> Ringing:
    """The calls in flight at `now`; a lead's own chance counts relative to the mean lead's."""
    rows = table.rows(now - calls.dialed_at)
    if calls.p_answer is None or not len(calls):
        shares = (level_odds / (level_odds * table.ever + 1.0 - table.ever))[rows]
    else:
        chance = np.clip(np.nan_to_num(calls.p_answer, nan=mean_chance), 0.001, 0.999)
        odds = chance / (1.0 - chance) * (level_odds * (1.0 - mean_chance) / mean_chance)
        ever = table.ever[rows]
        shares = odds / (odds * ever + 1.0 - ever)
    return Ringing(calls.id, rows, shares, now - calls.ringing_at)


def known_free(agents: AgentColumns, now: float, grid: Grid, early_s: float) -> FloatArray:
    """Agents per bin who are free at a known instant: those waiting out their own interval."""
    waiting = agents.state == AgentState.INTERVAL
    if agents.leaving is not None:
        waiting &= ~agents.leaving
    if not waiting.any():
        return np.zeros(grid.bins)
    free_s = agents.last_end[waiting] + agents.interval[waiting] - now
    return np.bincount(_bins(free_s, grid, early_s), minlength=grid.bins + 1)[: grid.bins].astype(np.float64)


def busy(agents: AgentColumns, now: float, grid: Grid, talk: Durations, wrap: Durations, laws: Laws) -> Busy:
    """Agents in conversation or wrap-up who may well be free within the horizon."""
    talking = agents.state == AgentState.TALKING
    staying = talking | (agents.state == AgentState.WRAPUP)
    if agents.leaving is not None:
        staying &= ~agents.leaving
    earliest = agents.interval + np.where(talking, 0.0, agents.last_end - now)
    soon = np.flatnonzero(staying & ~(earliest >= grid.horizon_s))
    if soon.size == 0:
        return NOBODY
    count, stride = soon.size, max(1.0, soon.size / MOST_DRAWN)
    soon = soon[(np.arange(min(count, MOST_DRAWN)) * stride).astype(np.intp)]
    talks = talking[soon]
    paces, wraps = _paces(agents.id[soon], talk, wrap)
    paces = np.where(talks, paces, wraps)
    elapsed = np.fmin(np.fmax(now - agents.since[soon], 0.0), 1e7)
    early = np.fmax(earliest[soon], 0.0)
    left_s = (grid.horizon_s - np.where(talks, early, 0.0)) / paces
    ends = [chance_within(law, elapsed / paces, left_s) for law in laws]
    chances = np.where(talks, ends[0], ends[1])
    return Busy(count, stride * float(chances.sum()), chances, talks, elapsed, paces, wraps, early)


def _paces(ids: npt.NDArray[np.int64], talk: Durations, wrap: Durations) -> tuple[FloatArray, FloatArray]:
    """Each agent's pace of talking and of wrap-up; among many agents they even out."""
    if ids.size > MOST_PACED:
        return np.ones(ids.size), np.ones(ids.size)
    return talk.paces(ids.tolist()), wrap.paces(ids.tolist())


def _bins(seconds: FloatArray, grid: Grid, early_s: float) -> Bins:
    """Bins of these instants, an agent counting from `early_s` before: a caller waits that long."""
    bins = np.fmin(np.fmax((seconds - early_s) * (1.0 / grid.step_s), 0.0), grid.bins)
    return bins.astype(np.int64)


def free_tally(who: Busy, laws: Laws, grid: Grid, early_s: float, quantiles: npt.NDArray[np.int16]) -> Counts:
    """Busy agents getting free per bin and future: each at max(wrap-up done, end + own interval)."""
    half = len(who.elapsed_s)
    # Most draws end past the horizon; a quantile beyond the agent's chance says so without inverting the law.
    k, m = np.nonzero(quantiles[:half] < np.ceil(who.chances * QUANTILES)[:, None])
    first, second = _EXPONENTIALS[quantiles[k, m]], _EXPONENTIALS[quantiles[k + half, m]]
    talks, free_s = who.talking[k], np.empty(k.size)
    for group, law in ((talks, laws[0]), (~talks, laws[1])):
        pace = who.pace[k[group]]
        free_s[group] = pace * residuals(law, who.elapsed_s[k[group]] / pace, first[group])
    after_s = who.wrap_pace[k[talks]] * residuals(laws[1], np.zeros(1), second[talks])
    free_s[talks] += np.maximum(after_s, who.earliest_s[k[talks]])
    free_s[~talks] = np.maximum(free_s[~talks], who.earliest_s[k[~talks]])
    return _counted(_bins(free_s, grid, early_s), m, quantiles.shape[1], grid)


def answer_draws(
    rows: npt.NDArray[np.intp],
    shares: FloatArray,
    table: RingTable,
    quantiles: npt.NDArray[np.int16],
    willing: FloatArray,
) -> npt.NDArray[np.int16]:
    """The bin in which each call is answered in each future, `grid.bins` for never."""
    scaled = (quantiles / (shares[:, None] * willing)).astype(np.int64)
    drawn = table.draws[rows[:, None], np.minimum(scaled, QUANTILES - 1)]
    drawn[scaled >= QUANTILES] = table.grid.bins
    return drawn


def tally(drawn: npt.NDArray[np.int16], grid: Grid) -> Counts:
    """Counts per bin and future of draws shaped (things, futures)."""
    thing, future = np.nonzero(drawn < grid.bins)
    return _counted(drawn[thing, future], future, drawn.shape[1], grid)


def _counted(bins: Bins | npt.NDArray[np.int16], future: Bins, futures: int, grid: Grid) -> Counts:
    """How many fell into each bin of each future; those past the last bin are left out."""
    counts = np.bincount(bins * np.int64(futures) + future, minlength=(grid.bins + 1) * futures)
    return counts[: grid.bins * futures].reshape(grid.bins, futures).astype(np.int16)


def expected_answers(calls: Ringing, table: RingTable) -> FloatArray:
    """Expected answers per bin of the calls in flight."""
    weights = np.bincount(calls.rows, weights=calls.shares, minlength=table.ever.size)
    return weights @ table.answer


def gaussian(mean: FloatArray, normals: FloatArray) -> FloatArray:
    """Counts per bin around `mean`, as a large floor's sums are."""
    return mean + np.sqrt(np.maximum(mean, 0.0)) * normals


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the look ahead starts from.

    `start`: READY agents less waiting callers. `flow[j, m]`: agents getting free less people answering.
    `willing[m]`: how readily people answer in that future.
    `answers`, `free`: their expectations per bin. `drawn`: answer bins per call and future in a small room.
    """

    grid: Grid
    start: float
    flow: Flow
    willing: FloatArray
    answers: FloatArray
    free: FloatArray
    drawn: npt.NDArray[np.int16] | None


def nobody_free(grid: Grid, start: float, answers: FloatArray) -> Outlook:
    """The one future of a floor where nobody will be free: every answer is lost."""
    flow = np.zeros((grid.bins, 1))
    return Outlook(grid, min(start, 0.0), flow, np.ones(1), answers, np.zeros(grid.bins), None)


def outlook(
    start: float,
    calls: Ringing,
    table: RingTable,
    known: FloatArray,
    who: Busy,
    laws: Laws,
    early_s: float,
    spread: float,
    chances: Chances,
    decision: int,
) -> Outlook:
    """Draw the joint futures."""
    grid = table.grid
    free = known
    answers = expected_answers(calls, table)
    crowd = max(calls.rows.size, who.count, abs(start), known.sum())
    large = crowd > MOST_DRAWN
    drawn_free: Counts | None = None
    if who.count:
        quantiles = chances.quantiles(decision, 1, 2 * len(who.elapsed_s))
        # A large floor asks for expectations only: a few draws of each agent do.
        drawn_free = free_tally(who, laws, grid, early_s, quantiles[:, :FEW] if large else quantiles)
        scale = who.count / (len(who.elapsed_s) * drawn_free.shape[1])
        free = known + scale * drawn_free.sum(axis=1)
    if large:
        willing = chances.willingness(spread, COARSE_FUTURES)
        flow = gaussian((free - known)[:, None], chances.gaussians(decision, 2, grid.bins)) + known[:, None]
        flow -= gaussian(answers[:, None] * willing, chances.gaussians(decision, 3, grid.bins))
        return Outlook(grid, start, flow, willing, answers, free, None)
    willing = chances.willingness(spread, FUTURES)
    counted = np.repeat(known.astype(np.int16)[:, None], FUTURES, axis=1)
    if drawn_free is not None:
        counted += drawn_free
    quantiles = chances.quantiles(decision, 4, calls.rows.size)
    drawn = answer_draws(calls.rows, calls.shares, table, quantiles, willing)
    if drawn.size:
        counted -= tally(drawn, grid)
    return Outlook(grid, start, counted, willing, answers, free, drawn)
