"""What one more answer brings, in every future at once, by the reflection of the idle-agent path.

Agents free less people answering, reflected at zero, is the number of idle agents (Skorokhod, 1961): each
time the path would fall below zero a caller finds nobody. One more answer at bin t shortens idle time from t
until the path next touches zero; there, one caller more finds nobody. So all that matters of a future is
where its next zero lies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pacing.contract import FloatArray
from pacing.grid import Grid


@dataclass(frozen=True, slots=True)
class Touch:
    """Means over the futures, per bin t of one more answer.

    `saved_s`: idle seconds it saves, later ones counting less (time constant `patience_s`);
    `at_once`: chance that it finds nobody itself; `later`: chance that it costs somebody later the agent,
    a loss at bin v counting `blame[v]`.
    """

    saved_s: FloatArray
    at_once: FloatArray
    later: FloatArray


def touch(net: FloatArray, grid: Grid, patience_s: float, blame: FloatArray) -> Touch:
    """Follow each future of `net` (bins, futures) to the next zero of its idle agents."""
    bins = net.shape[0]
    idle = net - np.minimum(np.minimum.accumulate(net, axis=0), 0.0)
    zero = idle < 0.5
    at = np.arange(bins, dtype=np.int64)[:, None]
    next_zero = np.where(zero, at, bins)
    next_zero = np.minimum.accumulate(next_zero[::-1], axis=0)[::-1]
    decay = np.exp(-grid.step_s / patience_s * np.arange(2 * bins + 1))
    decay[bins + 1 :] = 0.0
    never = next_zero == bins
    lag = next_zero - at
    discounted = decay[lag]
    discounted[never] = 0.0
    at_once = zero.mean(axis=1)
    weights = np.append(blame, 0.0)
    all_losses = weights[next_zero].mean(axis=1)
    later = all_losses - blame * at_once
    return Touch(patience_s * (1.0 - discounted.mean(axis=1)), at_once, later)
