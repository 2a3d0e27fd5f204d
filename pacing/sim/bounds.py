"""Exact confidence bounds of a proportion, without scipy."""

from __future__ import annotations

import math


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), by Lentz's continued fraction (DLMF 8.17.22)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):
        return 1.0 - incomplete_beta(b, a, 1.0 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    tiny = 1e-300
    c, d = 1.0, 1.0 / _away_from_zero(1.0 - (a + b) * x / (a + 1.0), tiny)
    value = d
    for m in range(1, 1000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _away_from_zero(1.0 + term * d, tiny)
            c = _away_from_zero(1.0 + term / c, tiny)
            value *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return value


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def beta_quantile(q: float, a: float, b: float) -> float:
    """The point below which a beta(a, b) variable lies with probability `q`, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if incomplete_beta(a, b, middle) < q:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def upper_bound(events: int, trials: int, confidence: float = 0.95) -> float:
    """Clopper-Pearson's one-sided upper bound of a proportion; 1 without trials."""
    if trials <= 0 or events >= trials:
        return 1.0
    return beta_quantile(confidence, events + 1.0, float(trials - events))


def interval(events: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Clopper-Pearson's two-sided interval of a proportion."""
    side = 1.0 - (1.0 - confidence) / 2
    low = 0.0 if events <= 0 else beta_quantile(1.0 - side, float(events), trials - events + 1.0)
    return (low, upper_bound(events, trials, side))
