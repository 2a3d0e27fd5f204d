"""How high a share may really be, given what was seen of it."""

from __future__ import annotations

import math
from functools import lru_cache

_ROUNDS = 60
_TERMS = 400


@lru_cache(maxsize=1_000)
def upper_bound(hits: float, trials: float, confidence: float = 0.95) -> float:
    """The one-sided upper bound by Clopper and Pearson (1934) of a share seen as `hits` of `trials`.

    It is the `confidence` quantile of Beta(hits + 1, trials - hits); 1.0 where nothing is known. Hits may be
    fractions of calls, as estimates of false positives are.
    """
    if trials <= 0 or hits >= trials:
        return 1.0
    a, b = max(hits, 0.0) + 1.0, trials - max(hits, 0.0)
    low, high = 0.0, 1.0
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if beta_below(middle, a, b) < confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def beta_below(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_below(1.0 - x, b, a)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return front * _fraction(x, a, b) / a


def _fraction(x: float, a: float, b: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1), tiny)
    result = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1.0 / _away(1.0 + even * d, tiny)
        c = _away(1.0 + even / c, tiny)
        result *= d * c
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1.0 / _away(1.0 + odd * d, tiny)
        c = _away(1.0 + odd / c, tiny)
        step = d * c
        result *= step
        if abs(step - 1.0) < 1e-12:
            break
    return result


def _away(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny
