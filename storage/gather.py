"""Many facts folded into few changes: one per attempt, lead, agent and campaign; the last word wins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from storage import facts
from storage.types import from_epoch

Row = dict[str, Any]

_ATTEMPT: Final[Row] = dict.fromkeys(
    (
        "node",
        "trunk",
        "agent",
        "dialed_at",
        "ringing_at",
        "answered_at",
        "greeting_end_at",
        "bridged_at",
        "ended_at",
        "outcome",
        "disposition",
        "amount_cents",
        "cause",
        "tech_cause",
        "talk_s",
        "wait_s",
        "abandoned",
        "gave_up",
        "machine",
        "verdict",
        "verdict_cause",
        "opted_out",
        "caller_id",
        "state",
    )
)
"""Columns of an attempt that facts change; None leaves a column as it is."""

_TALKING: Final = "talking"

_LEAD: Final[Row] = {
    **dict.fromkeys(("state", "next_at", "reason", "owner", "caller_id", "callback_at", "callback_owner")),
    "dialed": 0,
}


class Gathered:
    """What a batch of facts comes to."""

    def __init__(self) -> None:
        self.attempts: dict[str, Row] = {}
        self.leads: dict[str, Row] = {}
        self.dialed: dict[str, Row] = {}
        self.closed: dict[str, Row] = {}
        self.resting: dict[str, Row] = {}
        self.dispositions: list[Row] = []
        self.listed: list[Row] = []
        self.agent_log: list[Row] = []
        self.agents: dict[str, Row] = {}
        self.intervals: dict[str, Row] = {}
        self.campaigns: dict[str, Row] = {}
        self.blocks: dict[str, Row] = {}

    def add(self, fact: facts.Fact) -> None:
        """Take one more fact, later than those before."""
        _FOLD[type(fact)](self, fact)

    def _attempt(self, attempt_id: str) -> Row:
        row = self.attempts.get(attempt_id)
        if row is None:
            row = self.attempts[attempt_id] = {**_ATTEMPT, "attempt": attempt_id}
        return row

    def _lead(
        self,
        attempt_id: str,
        at: float,
        state: str | None,
        next_at: float | None = None,
        reason: str = "",
        owner: str | None = None,
        callback_at: float | None = None,
    ) -> None:
        if state is None:
            return
        if next_at is None and state in {"pending", "waiting"}:
            next_at = at
        row = self._lead_row(attempt_id)
        row.update(state=state, next_at=from_epoch(next_at) if next_at is not None else None, reason=reason)
        row["at"] = from_epoch(at)
        row["callback_at"] = None if callback_at is None else from_epoch(callback_at)
        row["callback_owner"] = owner if callback_at is not None else None
        row["owner"] = owner or row["owner"]

    def _lead_row(self, attempt_id: str) -> Row:
        row = self.leads.get(attempt_id)
        if row is None:
            row = self.leads[attempt_id] = {**_LEAD, "attempt": attempt_id}
        return row

    def _dialed(self, fact: facts.AttemptDialed) -> None:
        at = from_epoch(fact.at)
        self._attempt(fact.attempt).update(
            dialed_at=at, node=fact.node, trunk=fact.trunk, caller_id=fact.caller_id
        )
        row = self._attempt(fact.attempt)
        row["agent"] = fact.agent or row["agent"]
        self._count(fact.attempt, 1, at)
        row = self._lead_row(fact.attempt)
        row["caller_id"] = row["caller_id"] or fact.caller_id or None

    def _count(self, attempt_id: str, n: int, at: datetime) -> None:
        """Count a call that left, or one that never left after all, for its number and its lead."""
        number = self.dialed.setdefault(attempt_id, {"attempt": attempt_id, "n": 0, "at": None})
        number["n"] += n
        number["at"] = at if n > 0 else number["at"]
        row = self._lead_row(attempt_id)
        row["dialed"] += n
        row["at"] = at

    def _rerouted(self, fact: facts.AttemptRerouted) -> None:
        self._attempt(fact.attempt)["trunk"] = fact.trunk

    def _rang(self, fact: facts.AttemptRang) -> None:
        self._attempt(fact.attempt)["ringing_at"] = from_epoch(fact.at)

    def _answered(self, fact: facts.AttemptAnswered) -> None:
        self._attempt(fact.attempt)["answered_at"] = from_epoch(fact.at)

    def _greeting(self, fact: facts.AttemptGreeting) -> None:
        self._attempt(fact.attempt)["greeting_end_at"] = from_epoch(fact.at)

    def _bridged(self, fact: facts.AttemptBridged) -> None:
        self._attempt(fact.attempt).update(bridged_at=from_epoch(fact.at), agent=fact.agent)
        self._lead(fact.attempt, fact.at, "in_call")

    def _passed(self, fact: facts.AttemptPassed) -> None:
        row = self._attempt(fact.attempt)
        row["agent"] = fact.agent or row["agent"]
        row["talk_s"] = row["talk_s"] if fact.talk_s is None else fact.talk_s

    def _abandoned(self, fact: facts.AttemptAbandoned) -> None:
        row = self._attempt(fact.attempt)
        row["abandoned"] = True
        row["gave_up"] = fact.gave_up or row["gave_up"]

    def _verdict(self, fact: facts.AttemptVerdict) -> None:
        self._attempt(fact.attempt).update(verdict=fact.status, verdict_cause=fact.cause)

    def _machine(self, fact: facts.AttemptMachine) -> None:
        self._attempt(fact.attempt)["machine"] = True

    def _opted_out(self, fact: facts.AttemptOptedOut) -> None:
        self._attempt(fact.attempt)["opted_out"] = True
        self._list(fact.attempt, fact.at, fact.list, "opted out")

    def _list(self, attempt_id: str, at: float, list_id: str, reason: str) -> None:
        self.listed.append({"attempt": attempt_id, "at": from_epoch(at), "list_id": list_id, "why": reason})

    def _ended(self, fact: facts.AttemptEnded) -> None:
        row = self._attempt(fact.attempt)
        row.update(
            state="ended",
            ended_at=from_epoch(fact.at),
            outcome=fact.outcome,
            cause=fact.cause,
            tech_cause=fact.tech_cause,
            talk_s=fact.talk_s,
            wait_s=fact.wait_s,
        )
        row["agent"] = fact.agent or row["agent"]
        promise = fact.callback_owner, fact.callback_at
        self._lead(fact.attempt, fact.at, fact.lead_state, fact.next_at, fact.reason, *promise)
        if fact.rest_number_until is not None:
            until = from_epoch(fact.rest_number_until)
            self.resting[fact.attempt] = {"attempt": fact.attempt, "until": until}
        if fact.undialed:
            self._count(fact.attempt, -1, from_epoch(fact.at))
        if fact.close_number:
            self.closed[fact.attempt] = {"attempt": fact.attempt, "closed": fact.close_number}

    def _disposition(self, fact: facts.Disposition) -> None:
        self._attempt(fact.attempt).update(disposition=fact.code, amount_cents=fact.amount_cents)
        self.dispositions.append(
            {
                "attempt_id": fact.attempt,
                "agent_id": fact.agent,
                "at": from_epoch(fact.at),
                "code": fact.code,
                "amount_cents": fact.amount_cents,
            }
        )
        promise = fact.callback_owner, fact.callback_at
        self._lead(fact.attempt, fact.at, fact.lead_state, fact.next_at, fact.reason, *promise)
        if fact.list:
            self._list(fact.attempt, fact.at, fact.list, fact.code)
        if fact.close_number:
            self.closed[fact.attempt] = {"attempt": fact.attempt, "closed": fact.close_number}

    def _lead_settled(self, fact: facts.LeadSettled) -> None:
        promise = fact.callback_owner, fact.callback_at
        self._lead(fact.attempt, fact.at, fact.lead_state, fact.next_at, fact.reason, *promise)

    def _agent_state(self, fact: facts.AgentState) -> None:
        at = from_epoch(fact.at)
        self.agent_log.append(
            {
                "agent_id": fact.agent,
                "at": at,
                "state": fact.state,
                "reason": fact.reason,
                "campaign_id": fact.campaign,
                "attempt_id": fact.attempt if fact.state == _TALKING else None,
            }
        )
        self.agents[fact.agent] = {
            "id": fact.agent,
            "state": fact.state,
            "state_at": at,
            "state_reason": fact.reason,
            "campaign_id": fact.campaign or self.agents.get(fact.agent, {}).get("campaign_id"),
        }

    def _agent_interval(self, fact: facts.AgentInterval) -> None:
        at = from_epoch(fact.at)
        self.intervals[fact.agent] = {"id": fact.agent, "interval_s": fact.interval_s, "state_at": at}

    def _campaign_state(self, fact: facts.CampaignState) -> None:
        self.campaigns[fact.campaign] = {
            "id": fact.campaign,
            "state": fact.state,
            "changed_at": from_epoch(fact.at),
            "reason": fact.reason,
        }

    def _control_block(self, fact: facts.ControlBlock) -> None:
        began_at = from_epoch(fact.at)
        row = {"campaign_id": fact.campaign, "began_at": began_at, "one_line": fact.one_line}
        self.blocks[f"{fact.campaign} {began_at.isoformat()}"] = row


_FOLD: Final[dict[type, Callable[[Gathered, Any], None]]] = {
    facts.AttemptDialed: Gathered._dialed,
    facts.AttemptRerouted: Gathered._rerouted,
    facts.AttemptRang: Gathered._rang,
    facts.AttemptAnswered: Gathered._answered,
    facts.AttemptGreeting: Gathered._greeting,
    facts.AttemptBridged: Gathered._bridged,
    facts.AttemptPassed: Gathered._passed,
    facts.AttemptAbandoned: Gathered._abandoned,
    facts.AttemptVerdict: Gathered._verdict,
    facts.AttemptMachine: Gathered._machine,
    facts.AttemptOptedOut: Gathered._opted_out,
    facts.AttemptEnded: Gathered._ended,
    facts.Disposition: Gathered._disposition,
    facts.LeadSettled: Gathered._lead_settled,
    facts.AgentState: Gathered._agent_state,
    facts.AgentInterval: Gathered._agent_interval,
    facts.CampaignState: Gathered._campaign_state,
    facts.ControlBlock: Gathered._control_block,
}
