"""The agents of one floor: found by id or seat, offered longest-ready first, laid out for pacing."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator

from dialer.core.agent import Agent, State
from dialer.core.columns import Columns
from pacing import AgentColumns

_SPARE = 64
"""Stale places in the row that are not worth a look."""


class Roster:
    """Holds each agent's latest state. `put` is the only way in, so that the indexes never drift."""

    def __init__(self) -> None:
        self._agents: dict[str, Agent] = {}
        self._by_seat: dict[str, str] = {}
        self._ready: list[tuple[float, str]] = []
        self._states: Counter[State] = Counter()
        self._columns = Columns()

    def __len__(self) -> int:
        """Agents known, whatever they do."""
        return len(self._agents)

    def __iter__(self) -> Iterator[Agent]:
        """All agents in order of arrival."""
        return iter(self._agents.values())

    def get(self, agent_id: str) -> Agent | None:
        """The agent of that id."""
        return self._agents.get(agent_id)

    def at_seat(self, seat_id: str) -> Agent | None:
        """The agent who holds that seat now."""
        agent_id = self._by_seat.get(seat_id)
        return None if agent_id is None else self._agents[agent_id]

    def count(self, state: State) -> int:
        """How many agents are in `state`."""
        return self._states[state]

    @property
    def working(self) -> int:
        """Agents on the floor and not away."""
        away = self._states[State.AWAY] + self._states[State.OUT] + self._states[State.RINGING]
        return len(self._agents) - away

    def put(self, agent: Agent) -> None:
        """Take the agent's new state."""
        before = self._agents.get(agent.id)
        if before is not None:
            self._states[before.state] -= 1
            if before.seat_id is not None and before.seat_id != agent.seat_id:
                self._by_seat.pop(before.seat_id, None)
        self._agents[agent.id] = agent
        self._columns.set(agent)
        self._states[agent.state] += 1
        if agent.seat_id is not None:
            self._by_seat[agent.seat_id] = agent.id
        if agent.free and not (
            before is not None and before.free and before.ready_since == agent.ready_since
        ):
            heapq.heappush(self._ready, (agent.ready_since, agent.id))
            if len(self._ready) > 2 * len(self._agents) + _SPARE:  # nobody asks where agents preview or dial
                self._ready[:] = [(one.ready_since, one.id) for one in self._agents.values() if one.free]
                heapq.heapify(self._ready)

    def remove(self, agent_id: str) -> None:
        """Forget an agent who went to another floor."""
        gone = self._agents.pop(agent_id, None)
        if gone is not None:
            self._states[gone.state] -= 1
            self._columns.remove(agent_id)
            if gone.seat_id is not None:
                self._by_seat.pop(gone.seat_id, None)

    def longest_ready(self) -> Agent | None:
        """The free agent who has waited longest; stays on offer until `put` says otherwise."""
        while self._ready:
            since, agent_id = self._ready[0]
            agent = self._agents.get(agent_id)
            if agent is not None and agent.free and agent.ready_since == since:
                return agent
            heapq.heappop(self._ready)
        return None

    def columns(self) -> AgentColumns:
        """The floor as pacing sees it; a ready agent whose phone is not in its hold counts as away."""
        return self._columns.present()
