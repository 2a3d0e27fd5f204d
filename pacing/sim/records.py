"""What a simulated shift leaves behind: one flat record per call and per stretch of an agent's time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class CallRecord(NamedTuple):
    """One call; instants are seconds of the shift, NaN where it never came to that.

    `result` is the value of a `pacing.Result`, empty for a call still ringing at the end of the shift.
    `agent` is -1 where no agent had it. `abandoned` includes people who `gave_up` before their time was up.
    """

    call: int
    dialed_at: float
    ended_ringing_at: float
    result: str
    person: bool
    answered_at: float
    connected_at: float
    agent: int
    talk_s: float
    abandoned: bool
    gave_up: bool


class StintRecord(NamedTuple):
    """A stretch of one agent's time in one `pacing.AgentState`; `call` is the one that ended or filled it."""

    agent: int
    state: int
    began_at: float
    ended_at: float
    call: int


@dataclass(frozen=True, slots=True)
class ShiftLog:
    """Everything that happened in one shift."""

    scenario: str
    seed: int
    length_s: float
    calls: tuple[CallRecord, ...]
    stints: tuple[StintRecord, ...]
    decisions: int
