"""What one more answer brings, in every future at once, by the reflection of the idle-agent path.

Agents free less people answering, reflected at zero, is the number of idle agents (Skorokhod, 1961): each
time the path would fall below zero a caller finds nobody. One more answer at bin t shortens idle time from t
until the path next touches zero; there, one caller more finds nobody. So all that matters of a future is
where its zeros lie.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pacing.contract import FloatArray
from pacing.grid import Grid


@dataclass(frozen=True, slots=True)
class Touch:
    """Means over the futures, each with its weight, per bin t of one more answer.

    `saved_s`: idle seconds it saves, later ones counting less (time constant `patience_s`);
    `at_once`: chance that it finds nobody itself; `later`: chance that it costs somebody later the agent,
    a loss at bin v counting `blame[v]`.
    """

    saved_s: FloatArray
    at_once: FloatArray
    later: FloatArray


def touch(
    start: float, flow: FloatArray, weight: FloatArray, grid: Grid, patience_s: float, blame: FloatArray
) -> Touch:
    """Follow each future of `flow` (bins, futures), agents free less answers, from zero to zero."""
    bins = flow.shape[0]
    bin_of, before, future = _zeros(_idle(start, flow))
    weights = weight[future]
    # Bins after the zero `before` up to the zero `bin_of` have the latter for their next zero, so sums over
    # all bins telescope: add at each zero, take away at the zero before it.
    fade = np.exp(-grid.step_s / patience_s * np.arange(bins + 1))
    earlier = before >= 0
    first, second, both = before[earlier], bin_of[earlier], weights[earlier]
    here = np.bincount(bin_of, weights=weights, minlength=bins)
    faded = here - np.bincount(first, weights=both * fade[second - first], minlength=bins)
    losses = here * blame - np.bincount(first, weights=both * blame[second], minlength=bins)
    total = weight.sum()
    at_once = here / total
    # The sum over later bins of faded[v] * fade[v - t], by undoing the fading first: bins are few enough.
    discounted = np.cumsum((faded * fade[:bins])[::-1])[::-1] / fade[:bins]
    later = np.cumsum(losses[::-1])[::-1] / total - blame * at_once
    return Touch(patience_s * (1.0 - discounted / total), at_once, later)


def _idle(start: float, flow: FloatArray) -> FloatArray:
    """Idle agents at the end of each bin of each future."""
    idle = np.empty_like(flow)
    # Row by row: numpy's accumulate is several times slower across rows.
    row = np.full(flow.shape[1], start, dtype=flow.dtype)
    for change, out in zip(flow, idle, strict=True):
        np.add(row, change, out=out)
        row = np.maximum(out, 0.0, out=out)
    return idle


def _zeros(idle: FloatArray) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], ...]:
    """All zeros of all futures: their bins, the bin of the zero before in the same future or -1, the future."""
    bins = idle.shape[0]
    where = np.flatnonzero((idle < 0.5).T)
    future, bin_of = np.divmod(where, bins)
    before = np.empty_like(bin_of)
    before[:1] = -1
    before[1:] = np.where(future[1:] == future[:-1], bin_of[:-1], -1)
    return bin_of, before, future
