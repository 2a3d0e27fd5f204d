"""The floor in messages: states of campaigns and agents, and what happens to calls. No number unless allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

import storage
from dialer.board import lanes
from dialer.control import Control
from dialer.core.agent import Agent, SeatState, State
from dialer.core.call import Phase
from dialer.core.ears import Ear, Mode
from dialer.mqtt.payloads import (
    AgentState,
    CallEvent,
    CampaignState,
    LaneState,
    Ledger,
    ListeningEvent,
    TargetState,
)
from dialer.runtime.clock import instant
from dialer.runtime.floor import FloorRunner

EVENTS: Final[Mapping[str, Any]] = {
    "attempt_dialed": "dialed",
    "attempt_rang": "ringing",
    "attempt_answered": "answered",
    "attempt_machine": "machine",
    "attempt_bridged": "connected",
    "attempt_abandoned": "abandoned",
    "attempt_opted_out": "opted_out",
    "attempt_passed": "passed",
    "attempt_ended": "ended",
    "disposition": "judged",
}


class Showing:
    """Makes payloads from a running dialer."""

    def __init__(self, control: Control, *, numbers: bool) -> None:
        """`numbers`: whether a call's number may be told."""
        self._dialer = control.dialer
        self._why = control.why
        self._numbers = numbers
        self._ears: Mapping[str, Ear] = {}

    def campaigns(self) -> dict[str, CampaignState]:
        """Every campaign as it stands."""
        return {name: self._campaign(runner) for name, runner in self._dialer.floors.items()}

    def agents(self) -> dict[str, AgentState]:
        """Every agent in the books as it stands."""
        seated = {agent.id: (agent, runner) for runner, agent in self._on_floors()}
        rows, told = self._dialer.activity.rows, self._dialer.listening.told
        return {
            row.agent_id: _agent(
                row, seated.get(row.agent_id), rows.get(row.agent_id, ()), told(row.agent_id)
            )
            for row in self._dialer.agents.values()
        }

    def call(self, campaign_id: str, fact: Mapping[str, Any]) -> CallEvent | None:
        """A floor's fact as a message; None for one that is not about a call."""
        event = EVENTS.get(fact["fact"])
        if event is None:
            return None
        order = self._dialer.floors[campaign_id].orders.get(fact["attempt"])
        at = fact["at"] or self._dialer.clock.now()
        return CallEvent(
            event=event,
            at=_iso(at),
            campaign=campaign_id,
            call=fact["attempt"],
            agent=fact.get("agent"),
            trunk=fact.get("trunk"),
            outcome=fact.get("outcome"),
            disposition=fact.get("code"),
            talk_s=fact.get("talk_s"),
            wait_s=fact.get("wait_s"),
            gave_up=bool(fact.get("gave_up")),
            from_agent=fact.get("from_agent"),
            number=order.number if self._numbers and order is not None else None,
        )

    def listening(self) -> list[ListeningEvent]:
        """What changed, since it was asked last, in who listens to whom; what agents are not told is left out."""
        known = self._dialer.listening
        now = {ear.id: ear for ear in known.ears if known.tells(ear)}
        before, self._ears = self._ears, now
        events = [
            self._heard("ended", ear)
            for ear in before.values()
            if ear.id not in now or now[ear.id].agent != ear.agent
        ]
        for ear in now.values():
            was = before.get(ear.id)
            if was is None or was.agent != ear.agent:
                events.append(self._heard("started", ear))
            elif was.mode is not ear.mode:
                events.append(self._heard("changed", ear))
        return events

    def _heard(self, event: Literal["started", "changed", "ended"], ear: Ear) -> ListeningEvent:
        return ListeningEvent(
            event=event,
            at=_iso(self._dialer.clock.now()),
            campaign=ear.campaign,
            agent=ear.agent,
            user=ear.user,
            mode=ear.mode.value,
        )

    def _on_floors(self) -> list[tuple[FloorRunner, Agent]]:
        floors = self._dialer.floors.values()
        return [(one, agent) for one in floors for agent in one.floor.roster if agent.state is not State.OUT]

    def _campaign(self, runner: FloorRunner) -> CampaignState:
        floor, budgets = runner.floor, self._dialer.budgets[runner.campaign_id]
        phases = Counter(call.phase for call in floor.calls.values())
        return CampaignState(
            id=runner.campaign_id,
            state=floor.run_state.value,
            node=runner.wiring.node.name,
            node_up=runner.wiring.node.up,
            why=self._why(runner),
            dialing=phases[Phase.DIALING],
            ringing=phases[Phase.RINGING],
            waiting=phases[Phase.WAITING],
            talking=phases[Phase.TALKING],
            agents=dict(Counter(agent.state.value for agent in floor.roster)),
            ledgers=[
                Ledger(
                    name=one.name,
                    share=round(one.share, 5),
                    limit=round(one.limit, 5),
                    left=round(one.left, 1),
                )
                for one in budgets.figures()
            ],
            lanes=[LaneState(**row) for row in lanes.counted(floor)],
        )


def _agent(
    row: storage.AgentRow,
    seated: tuple[Agent, FloorRunner] | None,
    standings: Iterable[Mapping[str, Any]],
    listened: Mode | None,
) -> AgentState:
    targets = [
        TargetState(**{name: one[name] for name in TargetState.__struct_fields__}) for one in standings
    ]
    if seated is None:
        return AgentState(
            id=row.agent_id,
            name=row.name,
            state="out",
            campaign=row.campaign_id,
            interval_s=row.interval_s,
            targets=targets,
        )
    agent, runner = seated
    waits = agent.state is State.INTERVAL
    return AgentState(
        id=agent.id,
        name=row.name,
        state=agent.state.value,
        campaign=runner.campaign_id,
        since=_iso(agent.since),
        reason=agent.reason,
        interval_s=agent.interval_s,
        ready_at=_iso(agent.interval_ends_at) if waits else None,
        phone_held=agent.seat in (SeatState.HELD, SeatState.BUSY),
        call=agent.call_id,
        listened=None if listened is None else listened.value,
        targets=targets,
    )


def _iso(at: float) -> str:
    return instant(at).isoformat(timespec="milliseconds")
