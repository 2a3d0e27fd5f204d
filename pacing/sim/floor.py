"""The agents of a simulated shift: their columns as the policy sees them, and who is ready."""

from __future__ import annotations

import numpy as np

from pacing import AgentColumns, AgentState
from pacing.sim.records import StintRecord
from pacing.sim.scenario import AgentPlan

READY, TALKING, WRAPUP, INTERVAL, AWAY = (
    int(AgentState.READY),
    int(AgentState.TALKING),
    int(AgentState.WRAPUP),
    int(AgentState.INTERVAL),
    int(AgentState.AWAY),
)


class Floor:
    """Agents' states, kept in arrays; agents off shift are not on the floor."""

    def __init__(self, plans: tuple[AgentPlan, ...]) -> None:
        n = len(plans)
        self.plans = plans
        self.present = np.zeros(n, dtype=bool)
        self.missing = n
        self._id = np.arange(n, dtype=np.int64)
        self._state = np.full(n, AWAY, dtype=np.int8)
        self._since = np.zeros(n)
        self._interval = np.array([p.interval_s for p in plans], dtype=np.float64)
        self._last_end = np.full(n, -np.inf)
        self._leaving = np.zeros(n, dtype=bool)
        self.states = [AWAY] * n
        self.sinces = [0.0] * n
        self.last_ends = [-np.inf] * n
        self.leaving = [False] * n
        self.versions = [0] * n
        self.ready: dict[int, float] = {}
        self.talking = 0
        self.working = 0
        self.stints: list[StintRecord] = []

    def enter(self, agent: int, at: float) -> None:
        """The agent logs in, paused until told otherwise."""
        if not self.present[agent]:
            self.present[agent] = True
            self.missing -= 1
            self._put(agent, AWAY, at)

    def go(self, agent: int, state: int, at: float, call: int = -1) -> None:
        """The agent is in `state` from now on; the stint before it is recorded."""
        before = self.states[agent]
        if self.present[agent]:
            self.stints.append(StintRecord(agent, before, self.sinces[agent], at, call))
        if before == READY:
            self.ready.pop(agent, None)
        self._put(agent, state, at)
        if state == READY:
            self.ready[agent] = at

    def exit(self, agent: int, at: float) -> None:
        """The agent logs out."""
        self.go(agent, AWAY, at)
        self.present[agent] = False
        self.missing += 1

    def conversation_ended(self, agent: int, at: float) -> None:
        """The call interval of the agent counts from here."""
        self.last_ends[agent] = at
        self._last_end[agent] = at

    def set_leaving(self, agent: int, leaving: bool) -> None:
        """Whether the agent pauses after this conversation."""
        self.leaving[agent] = leaving
        self._leaving[agent] = leaving

    def close(self, at: float) -> None:
        """Record the stints still open when the shift ends."""
        for agent in range(len(self.plans)):
            if self.present[agent]:
                self.stints.append(StintRecord(agent, self.states[agent], self.sinces[agent], at, -1))

    def columns(self) -> AgentColumns:
        """Copies of the columns of those on the floor."""
        if self.missing:
            on = self.present
            return AgentColumns(
                id=self._id[on],
                state=self._state[on],
                since=self._since[on],
                interval=self._interval[on],
                last_end=self._last_end[on],
                leaving=self._leaving[on],
            )
        return AgentColumns(
            id=self._id.copy(),
            state=self._state.copy(),
            since=self._since.copy(),
            interval=self._interval.copy(),
            last_end=self._last_end.copy(),
            leaving=self._leaving.copy(),
        )

    def _put(self, agent: int, state: int, at: float) -> None:
        before = self.states[agent]
        self.talking += (state == TALKING) - (before == TALKING)
        self.working += (state != AWAY) - (before != AWAY)
        self.states[agent] = state
        self.sinces[agent] = at
        self._state[agent] = state
        self._since[agent] = at
        self.versions[agent] += 1
