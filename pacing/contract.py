"""What goes into the pacing engine and what comes out: plain columns, events and decisions.

All instants are seconds on one clock that never steps; durations are seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MODES = ("predictive", "progressive", "ratio")


class AgentState(IntEnum):
    """Where an agent is; AWAY is everyone who is not to be counted on."""

    READY = 0
    TALKING = 1
    WRAPUP = 2
    INTERVAL = 3
    AWAY = 4


class Result(StrEnum):
    """How a call left the ringing state."""

    ANSWERED = "answered"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    INVALID = "invalid"
    FAILED = "failed"
    RELEASED = "released"


class Limit(StrEnum):
    """What kept the last decision from placing one call more."""

    FORECAST = "forecast"
    ONE_LINE_PER_AGENT = "one line per ready agent"
    RATIO = "fixed ratio"
    NO_AGENTS = "no agents"
    STALE = "state of the switch is stale"
    BUDGET = "abandonment budget spent"
    MAX_RATIO = "max_ratio"
    MAX_CALLS = "max_calls"
    CALLS_PER_SECOND = "calls_per_second"
    CLOCK = "clock is not a number"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a campaign wants to be paced; every field has a usable default."""

    mode: str = "predictive"
    target_abandon: float = 0.03
    connect_within: float = 2.0
    ring_timeout: float = 30.0
    min_ring: float = 15.0
    max_ratio: float = 12.0
    max_calls: int | None = None
    calls_per_second: float | None = None
    release: bool = True
    ratio: float = 2.0

    def __post_init__(self) -> None:
        """Raise ValueError for a setting no campaign can mean."""
        if self.mode not in MODES:
            raise ValueError(f"mode must be one of {', '.join(MODES)}, not {self.mode!r}")
        _within("target_abandon", self.target_abandon, 0.0, 1.0)
        _within("connect_within", self.connect_within, 0.0, 60.0)
        _within("ring_timeout", self.ring_timeout, 5.0, 300.0)
        _within("min_ring", self.min_ring, 0.0, math.inf)
        _within("max_ratio", self.max_ratio, 0.0, math.inf)
        _within("ratio", self.ratio, 0.0, math.inf)
        if self.max_calls is not None:
            _within("max_calls", self.max_calls, 0.0, math.inf)
        if self.calls_per_second is not None:
            _within("calls_per_second", self.calls_per_second, 0.0, math.inf)


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:  # also refuses NaN
        raise ValueError(f"{name} must be between {low:g} and {high:g}, not {value!r}")


@dataclass(frozen=True, slots=True, eq=False)
class AgentColumns:
    """The floor, one row per agent in columns of equal length."""

    id: IntArray
    state: npt.NDArray[np.int8]
    since: FloatArray
    interval: FloatArray
    last_end: FloatArray
    leaving: BoolArray | None = None

    def __post_init__(self) -> None:
        """Coerce lists to arrays; raise ValueError when the columns differ in length."""
        _column(self, "id", np.int64)
        _column(self, "state", np.int8)
        for name in ("since", "interval", "last_end"):
            _column(self, name, np.float64)
        if self.leaving is not None:
            _column(self, "leaving", np.bool_)
        _same_length(self, ("id", "state", "since", "interval", "last_end", "leaving"))

    def __len__(self) -> int:
        """Agents known, AWAY ones included."""
        return int(self.id.size)

    @classmethod
    def empty(cls) -> AgentColumns:
        """A floor with nobody on it."""
        nothing: list[float] = []
        return cls(*(np.asarray(nothing) for _ in range(5)))


@dataclass(frozen=True, slots=True, eq=False)
class CallColumns:
    """Calls dialing, ringing or under answering-machine detection.

    NaN ringing_at: not ringing yet, or no longer (under detection); such a call is never released.
    """

    id: IntArray
    dialed_at: FloatArray
    ringing_at: FloatArray
    p_answer: FloatArray | None = None

    def __post_init__(self) -> None:
        """Coerce lists to arrays; raise ValueError when the columns differ in length."""
        _column(self, "id", np.int64)
        _column(self, "dialed_at", np.float64)
        _column(self, "ringing_at", np.float64)
        if self.p_answer is not None:
            _column(self, "p_answer", np.float64)
        _same_length(self, ("id", "dialed_at", "ringing_at", "p_answer"))

    def __len__(self) -> int:
        """Calls in flight."""
        return int(self.id.size)

    @classmethod
    def empty(cls) -> CallColumns:
        """No call in flight."""
        nothing: list[float] = []
        return cls(*(np.asarray(nothing) for _ in range(3)))


def _column(owner: object, name: str, dtype: type[Any]) -> None:
    object.__setattr__(owner, name, np.asarray(getattr(owner, name)).astype(dtype, copy=False).ravel())


def _same_length(owner: object, names: tuple[str, ...]) -> None:
    sizes = {name: column.size for name in names if (column := getattr(owner, name)) is not None}
    if len(set(sizes.values())) > 1:
        raise ValueError(f"columns differ in length: {sizes}")


@dataclass(frozen=True, slots=True)
class Budget:
    """The tightest legal window of abandonment: what has happened in it and what it allows."""

    answered: float
    abandoned: float
    limit: float
    expected: float = 0.0

    @property
    def allowance(self) -> float:
        """Abandoned calls the window still has room for; may be negative, and is 0 for a broken ledger."""
        allowance = self.limit * max(self.answered, self.expected, 100.0) - self.abandoned
        return allowance if math.isfinite(allowance) else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The floor at one instant; `waiting` holds when callers answered who have no agent yet."""

    now: float
    agents: AgentColumns
    calls: CallColumns
    waiting: FloatArray
    budget: Budget | None = None
    synced_at: float | None = None

    def __post_init__(self) -> None:
        """Coerce `waiting` to an array."""
        _column(self, "waiting", np.float64)


@dataclass(frozen=True, slots=True)
class RingEnded:
    """A call left the ringing state `age` seconds after dialing."""

    at: float
    age: float
    result: Result


@dataclass(frozen=True, slots=True)
class TalkEnded:
    """A conversation of `seconds` ended."""

    at: float
    agent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WrapEnded:
    """After-call work of `seconds` ended."""

    at: float
    agent: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Abandoned:
    """An answered person got no agent within `connect_within`, or gave up waiting."""

    at: float


Event = RingEnded | TalkEnded | WrapEnded | Abandoned


@dataclass(frozen=True, slots=True)
class Why:
    """The reasons of one decision, for people: forecast, risk and the limit that bound."""

    mode: str
    limit: Limit
    ready: int
    working: int
    in_flight: int
    waiting: int
    free_5_15_30: tuple[float, float, float] = (0.0, 0.0, 0.0)
    answers_5_15_30: tuple[float, float, float] = (0.0, 0.0, 0.0)
    abandon_chance: float = 0.0
    budget_left: float | None = None
    price_s: float = 0.0
    answer_rate: float = 0.0
    strip_bin_s: float = 0.5
    strip_answers: tuple[float, ...] = ()
    strip_free: tuple[float, ...] = ()

    @property
    def text(self) -> str:
        """The reasons in one sentence."""
        free, answers = self.free_5_15_30, self.answers_5_15_30
        budget = "" if self.budget_left is None else f", budget for {self.budget_left:.1f} more abandoned"
        return (
            f"{self.ready} of {self.working} agents ready, {self.in_flight} calls in flight, "
            f"{self.waiting} waiting; within 5/15/30 s {free[0]:.1f}/{free[1]:.1f}/{free[2]:.1f} agents free "
            f"and {answers[0]:.1f}/{answers[1]:.1f}/{answers[2]:.1f} answers expected; "
            f"risk of the last call {100 * self.abandon_chance:.1f} %{budget}; bound by {self.limit.value}"
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """Calls to place now, ringing calls to hang up, when to ask again at the latest, and why."""

    dial: int
    release: tuple[int, ...] = ()
    next_at: float = field(default=0.0)
    why: Why = field(default_factory=lambda: Why("", Limit.NO_AGENTS, 0, 0, 0, 0))
