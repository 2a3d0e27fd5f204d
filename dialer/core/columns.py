"""The agents of a floor as pacing's columns, kept up to date one row at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dialer.core.agent import PACING_STATE, Agent, SeatState, State
from pacing import AgentColumns
from pacing import AgentState as PacingState

_ROW = np.dtype(
    [
        ("present", np.bool_),
        ("id", np.int64),
        ("state", np.int8),
        ("since", np.float64),
        ("interval", np.float64),
        ("last_end", np.float64),
        ("leaving", np.bool_),
    ]
)


class Columns:
    """One row per agent ever seen, so that asking pacing costs nothing per agent in Python."""

    def __init__(self) -> None:
        self._rows: npt.NDArray[np.void] = np.zeros(16, dtype=_ROW)
        self._row_of: dict[str, int] = {}

    def set(self, agent: Agent) -> None:
        """Take the agent's new state; agents out or being rung are not on the floor."""
        row = self._row_of.setdefault(agent.id, len(self._row_of))
        if row >= len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros(len(self._rows), dtype=_ROW)])
        self._rows[row] = (
            agent.state in PACING_STATE,
            agent.key,
            _pacing_state(agent),
            agent.since,
            agent.interval_s,
            agent.last_end,
            agent.leaving or agent.pausing is not None,
        )

    def remove(self, agent_id: str) -> None:
        """The agent is on this floor no more; the row waits for a return."""
        row = self._row_of.get(agent_id)
        if row is not None:
            self._rows[row]["present"] = False

    def present(self) -> AgentColumns:
        """The agents on the floor, in order of arrival; a copy that later changes leave alone."""
        rows = self._rows[self._rows["present"]]
        return AgentColumns(
            *(rows[name] for name in ("id", "state", "since", "interval", "last_end", "leaving"))
        )


def _pacing_state(agent: Agent) -> PacingState:
    if agent.seat is SeatState.NONE or (agent.state is State.READY and not agent.free):
        return PacingState.AWAY
    return PACING_STATE.get(agent.state, PacingState.AWAY)
