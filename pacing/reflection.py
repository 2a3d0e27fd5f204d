"""What one more answer brings, in every future at once, by the reflection of the idle-agent path.

Agents free less people answering, reflected at zero, is the number of idle agents (Skorokhod, 1961): each
time the path would fall below zero a caller finds nobody. One more answer at bin t shortens idle time from t
until the path next touches zero; there, one caller more finds nobody. So all that matters of a future is
where its zeros lie.

Everything runs along the bins by doubling strides (Hillis and Steele, 1986): six passes over whole blocks of
memory cost less than one step for each of fifty bins.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pacing.contract import FloatArray
from pacing.grid import Grid

Flow = npt.NDArray[np.int16] | FloatArray
"""Agents getting free less people answering, shaped (bins, futures): counts, or reals on a large floor."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Means over the futures, each with its weight, per bin t of one more answer.

    `saved_s`: idle seconds it saves, later ones counting less (time constant `patience_s`);
    `lost`: chance that it finds nobody itself or costs somebody later the agent.
    """

    saved_s: FloatArray
    lost: FloatArray


def touch(start: float, flow: Flow, weight: FloatArray, grid: Grid, patience_s: float) -> Touch:
    """Follow each future of `flow`, which begins with `start` idle agents, from zero to zero."""
    touched = _zeros(start, flow)
    mass = weight.astype(np.float32)
    fading = np.float32(np.exp(-grid.step_s / patience_s))
    soon, later = touched * mass, np.empty(flow.shape, dtype=np.float32)
    stride, bins = 1, len(flow)
    while stride < bins:
        np.multiply(soon[stride:], fading, out=later[:-stride])
        np.maximum(soon[:-stride], later[:-stride], out=soon[:-stride])
        np.logical_or(touched[:-stride], touched[stride:], out=touched[:-stride])
        stride, fading = 2 * stride, fading * fading
    discounted: FloatArray = (soon @ np.ones_like(mass)).astype(np.float64) / weight.sum()
    lost: FloatArray = (touched @ mass).astype(np.float64) / weight.sum()
    return Touch(patience_s * (1.0 - discounted), lost)


def _zeros(start: float, flow: Flow) -> npt.NDArray[np.bool_]:
    """Where no agent is idle at the end of the bin."""
    path = flow.copy()
    path[0] += round(start) if path.dtype.kind == "i" else start
    stride, bins = 1, len(path)
    while stride < bins:
        path[stride:] += path[:-stride]
        stride *= 2
    lowest = path.copy()
    np.minimum(lowest[0], 0, out=lowest[0])
    stride = 1
    while stride < bins:
        np.minimum(lowest[stride:], lowest[:-stride], out=lowest[stride:])
        stride *= 2
    idle = np.subtract(path, lowest, out=path)
    # Twice the idle agents is below one where they are fewer than half a one, for counts and reals alike.
    idle += idle
    touched: npt.NDArray[np.bool_] = idle < 1
    return touched
