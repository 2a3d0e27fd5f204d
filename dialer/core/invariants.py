"""What must hold on every floor between two events, whatever happened; cheap enough to look at all day.

Each check compares two things that are kept apart, so that no single slip can hide itself. A violation is a bug of
ours: the shell forbids new calls and keeps the evidence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from dialer.core import events as ev
from dialer.core.agent import Agent, State
from dialer.core.floor import Floor
from dialer.core.reconcile import YOUNG_S
from dialer.core.trunks import TrunkPool

MOST_TOLD = 5
"""Violations told of one look; more of a kind say no more."""


def violations(floor: Floor) -> tuple[str, ...]:
    """What is wrong on this floor now, in words with ids; empty when all holds."""
    return _first([*_locks(floor), *_leads(floor), *_waiting(floor), *_books(floor)])


def leaked(pool: TrunkPool, floors: Iterable[Floor]) -> tuple[str, ...]:
    """Channels of the trunks that no call on any floor of the node holds, and calls without theirs."""
    trunks: dict[str, str | None] = {}
    for floor in floors:
        trunks |= {call_id: call.trunk for call_id, call in floor.calls.items()}
        trunks |= {party_id: party.trunk for party_id, party in floor.parties.items()}
    wrong = [
        f"trunk {name} counts a channel for {call_id}, which is no call"
        for name, call_id in pool.holders()
        if trunks.get(call_id) != name
    ]
    return _first(wrong)


def unheard(floor: Floor, told: ev.LineSynced) -> tuple[str, ...]:
    """Calls that the switch did not list and that are still open after the list was taken."""
    live = {channel for channel, _ in told.channels}
    wrong = [
        f"{call.id} is {call.phase.value}, but the switch has no such channel"
        for call in floor.calls.values()
        if call.id not in live
        and max(call.heard_at, call.dialed_at or call.claimed_at) < told.asked_at - YOUNG_S
    ]
    return _first(wrong)


def _locks(floor: Floor) -> Iterator[str]:
    """An agent is locked for one call, which is locked for that agent; besides only whom a wish has named."""
    locked = [agent for agent in floor.roster if agent.call_id is not None]
    held = Counter(
        agent.call_id for agent in locked if agent.state is State.DIALING or not _named(floor, agent)
    )
    yield from (f"{count} agents are in call {call_id}" for call_id, count in held.items() if count > 1)
    for agent in floor.roster:
        locked_states = (State.CONNECTING, State.TALKING, State.DIALING, State.PREVIEW)
        claiming = agent.state is State.DIALING and agent.call_id is None
        if (agent.call_id is not None) != (agent.state in locked_states) and not claiming:
            yield f"agent {agent.id} is {agent.state.value} with the call {agent.call_id}"
        if agent.call_id is None or _named(floor, agent):
            continue
        if agent.state is State.PREVIEW:
            shown = floor.previews.get(agent.id)
            if shown is None or shown.new.call_id != agent.call_id:
                yield f"agent {agent.id} looks at {agent.call_id}, which is not shown"
            continue
        call = floor.calls.get(agent.call_id)
        if call is None or call.agent_id != agent.id:
            holder = None if call is None else call.agent_id
            yield f"agent {agent.id} holds call {agent.call_id}, which is held by {holder}"


def _named(floor: Floor, agent: Agent) -> bool:
    """Whether another agent gives this one the person of a live call, or has brought this one in."""
    call = floor.calls.get(agent.call_id or "")
    if call is None or call.agent_id == agent.id:
        return False
    if call.reserved == agent.id:
        return call.agent_id is None
    return call.moving_to == agent.id or (agent.seat_id is not None and call.party_id == agent.seat_id)


def _leads(floor: Floor) -> Iterator[str]:
    """No lead in two attempts at once."""
    leads = Counter(call.lead_id for call in floor.calls.values() if call.lead_id)
    yield from (f"lead {lead} is in {count} calls at once" for lead, count in leads.items() if count > 1)


def _waiting(floor: Floor) -> Iterator[str]:
    """Who waits is a call, and has no agent."""
    for call_id in floor.waiting:
        call = floor.calls.get(call_id)
        if call is None or call.agent_id is not None:
            yield f"{call_id} is waiting and " + (
                "is no call" if call is None else f"has agent {call.agent_id}"
            )


def _books(floor: Floor) -> Iterator[str]:
    """Every call that came is on the floor or has an outcome."""
    ended = sum(floor.outcomes.values())
    if floor.calls.taken != ended + len(floor.calls):
        yield f"{floor.calls.taken} calls came, {ended} ended and {len(floor.calls)} are on the floor"


def _first(wrong: list[str]) -> tuple[str, ...]:
    more = len(wrong) - MOST_TOLD
    return (*wrong[:MOST_TOLD], *((f"and {more} more",) if more > 0 else ()))
