"""Predictive gain: talk bought by prediction, from the difference between control blocks and the others.

Each block of ten minutes is drawn by lot, so what differs between the two kinds, but for chance, is the dialing. The
first two minutes of a block still belong to calls placed before it and are left out. Talk per hour of work is a
ratio of sums over blocks; its variance is that of a ratio estimator (Cochran, Sampling Techniques, 3rd ed., 6.3), and
the interval of the difference is Welch's t with Satterthwaite's degrees of freedom.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dialer.compliance.bounds import beta_below
from dialer.reports.table import Cell, Column, Kind, Table

BLOCK_MIN = 10
LEFT_OUT_MIN = 2
LEAST_WORK_S = 60.0
"""A block with less work than this tells nothing."""

LEAST_BLOCKS = 3
_ROUNDS = 80


@dataclass(frozen=True, slots=True)
class Block:
    """What agents did in one block: seconds of talk and of work."""

    one_line: bool
    talk_s: float
    work_s: float


@dataclass(frozen=True, slots=True)
class Rate:
    """Talk minutes per hour of work over blocks, and the variance of that figure."""

    blocks: int
    work_s: float
    talk_min_h: float
    variance: float


@dataclass(frozen=True, slots=True)
class Gain:
    """Talk minutes per agent and hour bought by prediction; the interval holds it in 95 of 100 such trials."""

    predictive: Rate
    control: Rate
    gain_min_h: float
    low: float
    high: float


def rate(blocks: Sequence[Block]) -> Rate:
    """Talk per hour of work over blocks of one kind."""
    talk = np.array([block.talk_s for block in blocks])
    work = np.array([block.work_s for block in blocks])
    n, whole = len(blocks), float(work.sum())
    if not whole:
        return Rate(n, 0.0, 0.0, math.inf)
    ratio = float(talk.sum()) / whole
    residuals = talk - ratio * work
    variance = n / (n - 1) * float(residuals @ residuals) / whole**2 if n > 1 else math.inf
    return Rate(n, whole, 60.0 * ratio, 3600.0 * variance)


def gain(blocks: Iterable[Block]) -> Gain | None:
    """The difference between both kinds of blocks; None while there are too few of one."""
    told = [block for block in blocks if block.work_s >= LEAST_WORK_S]
    predictive = rate([block for block in told if not block.one_line])
    control = rate([block for block in told if block.one_line])
    if min(predictive.blocks, control.blocks) < LEAST_BLOCKS:
        return None
    difference = predictive.talk_min_h - control.talk_min_h
    variance = predictive.variance + control.variance
    degrees = _degrees(predictive, control)
    half = t_quantile(0.975, degrees) * math.sqrt(variance)
    return Gain(predictive, control, difference, difference - half, difference + half)


def _degrees(one: Rate, other: Rate) -> float:
    under = one.variance**2 / (one.blocks - 1) + other.variance**2 / (other.blocks - 1)
    return (one.variance + other.variance) ** 2 / under if under > 0 else 1.0


def t_quantile(share: float, degrees: float) -> float:
    """Student's t below which a share (over one half) lies, by bisection of the incomplete beta function."""
    low, high = 0.0, 1e4
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        x = degrees / (degrees + middle * middle)
        if 1.0 - 0.5 * beta_below(x, degrees / 2, 0.5) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def blocks_of_day(
    starts: Iterable[tuple[float, bool]], talk: NDArray[np.float64], work: NDArray[np.float64], since: float
) -> list[Block]:
    """A day's blocks, given their beginnings and the seconds of talk and of work in each minute of the day."""
    found = []
    for began, one_line in starts:
        first = round((began - since) / 60.0)
        minutes = slice(max(0, first + LEFT_OUT_MIN), max(0, first + BLOCK_MIN))
        found.append(Block(one_line, float(talk[minutes].sum()), float(work[minutes].sum())))
    return found


COLUMNS = (
    Column("campaign", "Campaign", Kind.TEXT),
    Column("blocks", "Blocks"),
    Column("control_blocks", "Control blocks"),
    Column("hours", "Agent hours", Kind.NUMBER),
    Column("control_hours", "Agent hours, control", Kind.NUMBER),
    Column("talk_min_h", "Talk min per hour", Kind.NUMBER),
    Column("control_talk_min_h", "Talk min per hour, control", Kind.NUMBER),
    Column("gain_min_h", "Gain, min per hour", Kind.NUMBER),
    Column("gain_low", "at least (95 %)", Kind.NUMBER),
    Column("gain_high", "at most (95 %)", Kind.NUMBER),
)


def table(found: dict[str, list[Block]]) -> Table:
    """The gain of each campaign that has control blocks; empty cells while there are too few of them."""
    rows = []
    for campaign, blocks in found.items():
        told = [block for block in blocks if block.work_s >= LEAST_WORK_S]
        one, other = (rate([block for block in told if block.one_line is kind]) for kind in (False, True))
        measured = gain(told)
        interval: tuple[Cell, ...] = (None, None, None)
        if measured is not None:
            interval = (measured.gain_min_h, measured.low, measured.high)
        rates = (one.talk_min_h if one.blocks else None, other.talk_min_h if other.blocks else None)
        hours = (one.work_s / 3600.0, other.work_s / 3600.0)
        rows.append((campaign, one.blocks, other.blocks, *hours, *rates, *interval))
    note = f"Control blocks dial one line per agent. With fewer than {LEAST_BLOCKS} blocks of a kind nothing is said."
    return Table("gain", "Predictive gain", COLUMNS, tuple(rows), note)
