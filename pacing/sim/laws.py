"""Laws of durations, in seconds: what ringing, talking and wrapping up are drawn from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Seconds = NDArray[np.float64]
_BATCH = 512


class Law(Protocol):
    """A law of non-negative durations."""

    @property
    def mean_s(self) -> float:
        """The mean, seconds."""
        ...

    def draw(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` independent durations, seconds."""
        ...


def _check_positive(name: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be a positive number, not {value!r}")


@dataclass(frozen=True, slots=True)
class Constant:
    """Always the same duration; 0 is allowed."""

    mean_s: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean_s) and self.mean_s >= 0):
            raise ValueError(f"a constant duration must be 0 or more, not {self.mean_s!r}")

    def draw(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` times the constant; takes nothing from the generator."""
        del rng
        return np.full(n, self.mean_s)


@dataclass(frozen=True, slots=True)
class Exponential:
    """The memoryless law."""

    mean_s: float

    def __post_init__(self) -> None:
        _check_positive("mean", self.mean_s)

    def draw(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` independent durations, seconds."""
        return rng.exponential(self.mean_s, n)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """Lognormal by its mean and its coefficient of variation (standard deviation over mean)."""

    mean_s: float
    cv: float = 0.7

    def __post_init__(self) -> None:
        _check_positive("mean", self.mean_s)
        _check_positive("cv", self.cv)

    def draw(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` independent durations, seconds."""
        variance = math.log1p(self.cv**2)
        return rng.lognormal(math.log(self.mean_s) - variance / 2, math.sqrt(variance), n)


@dataclass(frozen=True, slots=True)
class Gamma:
    """Gamma by its mean and its shape (1 is exponential, larger is steadier)."""

    mean_s: float
    shape: float = 2.0

    def __post_init__(self) -> None:
        _check_positive("mean", self.mean_s)
        _check_positive("shape", self.shape)

    def draw(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` independent durations, seconds."""
        return rng.gamma(self.shape, self.mean_s / self.shape, n)


@dataclass(frozen=True, slots=True)
class Empirical:
    """Durations as they were measured, each as likely as the others."""

    values_s: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values_s or not all(math.isfinite(v) and v >= 0 for v in self.values_s):
            raise ValueError("an empirical law needs one or more durations of 0 or more")

    @property
    def mean_s(self) -> float:
        """The mean, seconds."""
        return math.fsum(self.values_s) / len(self.values_s)

    def draw(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` independent picks, seconds."""
        return rng.choice(np.asarray(self.values_s, dtype=np.float64), n)


@dataclass(frozen=True, slots=True)
class Mixture:
    """One of several laws, by weight: say short refusals and long conversations."""

    parts: tuple[tuple[float, Law], ...]

    def __post_init__(self) -> None:
        if not self.parts or any(weight <= 0 for weight, _ in self.parts):
            raise ValueError("a mixture needs parts of positive weight")

    @property
    def mean_s(self) -> float:
        """The mean, seconds."""
        return sum(w * law.mean_s for w, law in self.parts) / sum(w for w, _ in self.parts)

    def draw(self, rng: np.random.Generator, n: int) -> Seconds:
        """`n` independent durations, seconds."""
        weights = np.array([w for w, _ in self.parts])
        which = rng.choice(len(self.parts), n, p=weights / weights.sum())
        drawn = np.stack([law.draw(rng, n) for _, law in self.parts])
        return np.asarray(drawn[which, np.arange(n)], dtype=np.float64)


def share_within(law: Law, seconds: float, seed: int = 0) -> float:
    """The share of the law's durations that are at most `seconds`, from 100,000 draws."""
    return float(np.mean(law.draw(np.random.default_rng(seed), 100_000) <= seconds))


def stream(law: Law, rng: np.random.Generator) -> Iterator[float]:
    """Endless draws as plain floats, made in batches to keep a draw cheap."""
    while True:
        yield from law.draw(rng, _BATCH).tolist()


def uniforms(rng: np.random.Generator) -> Iterator[float]:
    """Endless uniform draws in [0, 1)."""
    while True:
        yield from rng.random(_BATCH).tolist()
