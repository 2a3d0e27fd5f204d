"""A call as an agent's desk shows it: plain data, numbers masked."""

from __future__ import annotations

from typing import Any

from dialer import compliance
from dialer.core import by_hand, legs
from dialer.core.agent import Agent, State
from dialer.core.call import Call
from dialer.runtime.floor import FloorRunner

WHILE_TALKING = ("hang_up",)


def call_of(runner: FloorRunner, agent_id: str) -> dict[str, Any] | None:
    """The call this agent is locked for; None for none."""
    floor = runner.floor
    agent = floor.roster.get(agent_id)
    call = floor.calls.get(agent.call_id) if agent is not None and agent.call_id else None
    if agent is None or call is None:
        return None
    held_s = call.parked_s + (0.0 if call.parked_at is None else max(0.0, runner.now() - call.parked_at))
    return {
        "id": call.id,
        "direction": "in" if call.inbound else "manual" if call.by_hand else "out",
        "phase": call.phase.value,
        "since": agent.since,
        "answered_at": call.answered_at,
        "bridged_at": call.bridged_at,
        "held": call.parked_at is not None and not call.regroup,
        "held_since": call.parked_at,
        "held_s": round(held_s, 1),
        "helping": call.agent_id is not None and call.agent_id != agent_id,
        "recording": {
            "mode": floor.settings.recording,
            "on": call.tape_on,
            "paused": call.tape_muted,
            "file": call.tape,
        },
        "party": _party(runner, call),
        "trouble": call.trouble,
        "lead": lead_of(runner, call.id),
        "verbs": verbs_of(runner, agent_id),
    }


def verbs_of(runner: FloorRunner, agent_id: str) -> list[str]:
    """What this agent may ask for now, in the words of Control."""
    floor = runner.floor
    if not runner.wiring.node.up:
        return []
    if legs.helping(floor, agent_id) is not None:
        return ["leave"]
    found = legs.of(floor, agent_id)
    if found is None:
        agent = floor.roster.get(agent_id)
        if agent_id in floor.previews:
            return ["accept", "skip"]
        if by_hand.may(agent):
            return ["dial"]
        return ["hang_up"] if agent is not None and agent.state is State.DIALING else []
    return _while_talking(runner, *found)


def _while_talking(runner: FloorRunner, agent: Agent, call: Call) -> list[str]:
    verbs = ["hang_up"]
    party = runner.floor.parties.get(call.party_id or "")
    moving = call.parking or call.regroup or legs.moving_to(runner.floor, call) is not None
    if party is None and not call.confer and not moving:
        verbs += ["unhold" if call.parked_at is not None else "hold", "transfer", "add"]
    elif party is not None:
        verbs += ["drop"]
        verbs += ["leave"] if party.joined_at is not None else []
        verbs += ["unhold"] if call.parked_at is not None else []
    if runner.floor.settings.recording != "off" and agent.state is State.TALKING:
        verbs.append("record")
    return verbs


def _party(runner: FloorRunner, call: Call) -> dict[str, Any] | None:
    party = runner.floor.parties.get(call.party_id or "")
    if party is None:
        return None
    number = runner.moves.shown.get(party.id, "")
    consulting = party.joined_at is not None and call.parked_at is not None
    return {
        "id": party.id,
        "purpose": party.purpose.value,
        "state": "consult" if consulting else party.state,
        "to_agent": party.to_agent,
        "number": number,
        "since": party.asked_at,
    }


def lead_of(runner: FloorRunner, call_id: str) -> dict[str, Any] | None:
    """What the desk shows of the lead behind a call; None where an earlier life claimed it."""
    order = runner.orders.get(call_id)
    if order is None:
        return None
    screen = order.screen
    return {
        "id": screen.get("lead"),
        "name": screen.get("name", ""),
        "number": compliance.numbers.mask(order.number),
        "data": dict(screen.get("data", {})),
    }


def preview_of(runner: FloorRunner, agent_id: str) -> dict[str, Any] | None:
    """The lead in front of this agent; None for none."""
    shown = runner.floor.previews.get(agent_id)
    if shown is None:
        return None
    return {
        "call": shown.new.call_id,
        "ends_at": shown.ends_at,
        "on_timeout": runner.floor.settings.preview_on_timeout,
        "lead": lead_of(runner, shown.new.call_id),
    }
