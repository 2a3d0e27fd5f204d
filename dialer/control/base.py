"""What all use cases share: the dialer they act on, finding floors and agents, and how these are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from typing import Any

import structlog

import storage
from dialer.control.errors import ControlError
from dialer.core import events as ev
from dialer.core.agent import Agent, SeatState, State
from dialer.core.call import Phase
from dialer.runtime import audit, shown_calls
from dialer.runtime.dialer import Dialer
from dialer.runtime.floor import FloorRunner
from dialer.runtime.tasks import Tasks

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S = 30.0


class UseCases:
    """The ground of every group of use cases. Every change is in the journal before it is acknowledged."""

    def __init__(self, dialer: Dialer) -> None:
        self.dialer = dialer
        self.tasks = Tasks()
        self.web_address = ""
        self.setup_link: Callable[[], Awaitable[str | None]] | None = None
        """Gives the first admin's link while there is no admin; None where there are no pages."""
        self.on_rights_changed: list[Callable[[], None]] = []

    async def note_change(
        self, actor: str, address: str, action: str, target: str, before: Any, after: Any
    ) -> None:
        """Keep in the audit log who changed what, from where; in the database when this returns."""
        await audit.note(self.dialer, actor, address, action, target, before, after)

    async def _feed(self, runner: FloorRunner, event: ev.Event) -> None:
        runner.feed(event)
        await self.dialer.books.durable_now()

    def _floor(self, campaign: str) -> FloorRunner:
        try:
            return self.dialer.floors[campaign]
        except KeyError:
            known = ", ".join(sorted(self.dialer.floors)) or "none"
            raise ControlError("campaign_unknown", f"no campaign {campaign!r}; there are: {known}") from None

    def _row(self, agent: str) -> storage.AgentRow:
        row = self.dialer.agents.get(agent)
        if row is None:
            raise ControlError(
                "agent_unknown", f"no agent {agent!r}; add it: dialer agent add {agent} --phone PJSIP/..."
            )
        return row

    def _seated(self, agent: str) -> FloorRunner | None:
        for runner in self.dialer.floors.values():
            found = runner.floor.roster.get(agent)
            if found is not None and found.state is not State.OUT:
                return runner
        return None

    def _floor_of(self, agent: str) -> FloorRunner:
        self._row(agent)
        runner = self._seated(agent)
        if runner is None:
            raise ControlError("agent_out", f"agent {agent} is not logged in; dialer agent login {agent}")
        return runner

    def _on_floor(self, runner: FloorRunner, agent: str) -> dict[str, Any]:
        found = runner.floor.roster.get(agent)
        return {"id": agent, "state": "out"} if found is None else self._agent(runner, found)

    def _listed(self, row: storage.AgentRow) -> dict[str, Any]:
        runner = self._seated(row.agent_id)
        base = {
            "id": row.agent_id,
            "name": row.name,
            "phone": row.endpoint,
            "campaign": row.campaign_id,
            "interval_s": row.interval_s,
            "skills": list(self.dialer.skills_of(row.agent_id)),
            "state": "out",
        }
        return base if runner is None else {**base, **self._on_floor(runner, row.agent_id)}

    def _agent(self, runner: FloorRunner, agent: Agent) -> dict[str, Any]:
        row = self.dialer.agents.get(agent.id)
        ends = agent.interval_ends_at if agent.state is State.INTERVAL else None
        return {
            "id": agent.id,
            "name": "" if row is None else row.name,
            "campaign": runner.campaign_id,
            "state": agent.state.value,
            "for_s": round(max(0.0, runner.now() - agent.since), 1),
            "reason": agent.reason,
            "interval_s": agent.interval_s,
            "skills": list(agent.skills),
            "ready_in_s": None if ends is None else round(max(0.0, ends - runner.now()), 1),
            "phone_held": agent.seat in (SeatState.HELD, SeatState.BUSY),
            "call": agent.call_id,
            "conversation": shown_calls.call_of(runner, agent.id),
        }

    def _brief(self, runner: FloorRunner) -> dict[str, Any]:
        floor = runner.floor
        phases = [call.phase for call in floor.calls.values()]
        return {
            "id": runner.campaign_id,
            "state": floor.run_state.value,
            "node": runner.wiring.node.name,
            "node_up": runner.wiring.node.up,
            "why": self.why(runner),
            "dialing": phases.count(Phase.DIALING),
            "ringing": phases.count(Phase.RINGING),
            "waiting": phases.count(Phase.WAITING),
            "talking": phases.count(Phase.TALKING),
            "agents_by_state": dict(_counted(agent.state.value for agent in floor.roster)),
        }

    def why(self, runner: FloorRunner) -> str:
        """What the campaign does or why it does not; a node that cannot be reached comes before all else."""
        node = runner.wiring.node
        return runner.floor.why.text if node.up else f"{node.name} cannot be reached: {node.reason}"

    def _pacing(self, runner: FloorRunner) -> dict[str, Any]:
        decision = runner.floor.why.decision
        return {
            "why": runner.floor.why.text,
            "decisions": runner.decisions,
            "cost_ms": round(1000 * runner.pace_cost_s / max(1, runner.decisions), 3),
            "last": None if decision is None else asdict(decision.why),
        }


def _counted(words: Iterator[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in words:
        counts[word] = counts.get(word, 0) + 1
    return counts
