"""Fixed random numbers: shuffled quantiles and normals, picked per decision from a bank."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from pacing.contract import FloatArray
from pacing.learning.ringing import QUANTILES

FUTURES = QUANTILES
COARSE_FUTURES = 64
_BANK = 509
"""A prime, so that any stride walks through the whole bank."""


@dataclass(frozen=True, slots=True)
class Chances:
    """Random numbers of one engine; a decision's number says where in the bank it begins to read.

    Each shuffled row holds every quantile once, so that one call's or agent's own chances are met exactly
    over the futures (Latin hypercube sampling; McKay, Beckman and Conover, 1979) and only the joint fate
    of several is a matter of luck.
    """

    shuffles: npt.NDArray[np.int16]
    normals: FloatArray
    levels: FloatArray

    @classmethod
    @lru_cache(maxsize=16)
    def of(cls, seed: int) -> Chances:
        """The bank of this seed; engines of one seed share it."""
        rng = np.random.default_rng(seed)
        shuffles = rng.permuted(np.tile(np.arange(QUANTILES, dtype=np.int16), (_BANK, 1)), axis=1)
        bell = np.array([NormalDist().inv_cdf((q + 0.5) / FUTURES) for q in range(FUTURES)])
        return cls(shuffles, rng.standard_normal((_BANK, COARSE_FUTURES)), rng.permutation(bell))

    def quantiles(self, decision: int, stream: int, count: int) -> npt.NDArray[np.int16]:
        """`count` shuffled rows of quantiles, FUTURES long."""
        return self.shuffles[self._rows(decision, stream, count)]

    def gaussians(self, decision: int, stream: int, count: int) -> FloatArray:
        """`count` rows of standard normals, COARSE_FUTURES long."""
        return self.normals[self._rows(decision, stream, count)]

    def willingness(self, spread: float, futures: int) -> FloatArray:
        """How much more willing to answer people are in each future than expected; the mean is 1."""
        drawn = np.exp(spread * self.levels[:futures])
        scaled: FloatArray = drawn / drawn.mean()
        return scaled

    @staticmethod
    def _rows(decision: int, stream: int, count: int) -> npt.NDArray[np.intp]:
        start = (decision * 7919 + stream * 163) % _BANK
        return (start + np.arange(count)) % _BANK
