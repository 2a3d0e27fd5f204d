"""What a day in a call centre is made of; pure data, read from YAML elsewhere."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field

from pacing.sim.laws import Constant, Law, LogNormal

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A value that changes over the shift.

    `points` are (second of the shift, value), in order of time. Between two points the value is the earlier
    one, or a straight line where `linear`. Before the first and after the last point it is constant.
    """

    points: tuple[tuple[float, float], ...]
    linear: bool = False

    def __post_init__(self) -> None:
        times = [at for at, _ in self.points]
        if not times or times != sorted(times):
            raise ValueError("a profile needs points in order of time")

    def at(self, second: float) -> float:
        """The value at that second of the shift."""
        points = self.points
        if len(points) == 1:
            return points[0][1]
        i = bisect_right(points, (second, math.inf))
        if i == 0:
            return points[0][1]
        if i == len(points) or not self.linear:
            return points[i - 1][1]
        (t0, v0), (t1, v1) = points[i - 1], points[i]
        return v0 + (v1 - v0) * (second - t0) / (t1 - t0)


def steady(value: float) -> Profile:
    """A value that never changes."""
    return Profile(((0.0, value),))


@dataclass(frozen=True, slots=True)
class AgentPlan:
    """One agent's day: own call interval, shift and breaks (seconds of the shift), own pace of talking."""

    interval_s: float = 60.0
    begins_s: float = 0.0
    ends_s: float = math.inf
    breaks: tuple[tuple[float, float], ...] = ()
    talk_factor: float = 1.0


@dataclass(frozen=True, slots=True)
class Detection:
    """Answering-machine detection: how long a verdict takes and how often it is right."""

    delay: Law = field(default_factory=lambda: Constant(0.0))
    machines_found: float = 1.0
    people_lost: float = 0.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A shift of one campaign.

    `answer` is the chance that a person would pick up if it rang for ever, `machine` that a machine would;
    what comes after `ring_timeout_s` of ringing is lost to both. `busy`, `invalid` and `failed` are chances
    as well; the rest is nobody at home, who rings out or, where `nobody_ring` is given, ends by that law.
    `spread` is the standard deviation of single leads' own chance of an answer around `answer`, told to the
    policy where `chances_known`. All times are seconds.
    """

    name: str
    agents: tuple[AgentPlan, ...]
    answer: Profile
    machine: float = 0.0
    busy: float = 0.04
    invalid: float = 0.03
    failed: float = 0.0
    spread: float = 0.0
    chances_known: bool = False
    ring: Law = field(default_factory=lambda: LogNormal(12.0, 0.5))
    machine_ring: Law = field(default_factory=lambda: LogNormal(20.0, 0.25))
    refusal_ring: Law = field(default_factory=lambda: LogNormal(4.0, 0.5))
    nobody_ring: Law | None = None
    setup: Law = field(default_factory=lambda: Constant(0.0))
    talk: Law = field(default_factory=lambda: LogNormal(180.0, 0.7))
    machine_talk: Law = field(default_factory=lambda: LogNormal(8.0, 0.4))
    wrap: Law = field(default_factory=lambda: LogNormal(15.0, 0.6))
    patience: Law | None = None
    detection: Detection | None = None
    ring_timeout_s: float = 30.0
    min_ring_s: float = 15.0
    connect_within_s: float = 2.0
    target_abandon: float = 0.03
    leads: int | None = None
    length_s: float = 8 * HOUR_S

    def __post_init__(self) -> None:
        worst = max(v for _, v in self.answer.points)
        others = self.machine + self.busy + self.invalid + self.failed
        if min(v for _, v in self.answer.points) < 0 or worst + others > 1 + 1e-9:
            raise ValueError(f"scenario {self.name}: the chances of a call's ends add up to more than 1")
        if self.length_s <= 0 or self.ring_timeout_s <= 0 or self.connect_within_s < 0:
            raise ValueError(f"scenario {self.name}: times must be positive")


def agents(
    count: int, intervals_s: Iterable[float] = (60.0,), breaks: tuple[tuple[float, float], ...] = ()
) -> tuple[AgentPlan, ...]:
    """`count` agents who take the intervals in turn and share the breaks."""
    turns = tuple(intervals_s)
    return tuple(AgentPlan(turns[i % len(turns)], breaks=breaks) for i in range(count))
