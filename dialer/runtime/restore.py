"""At start: the calls and agents an earlier life left, as the books and the switch still know them."""

from __future__ import annotations

from datetime import datetime

import ami
import storage
from dialer.core import agent as ag
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.runtime.ids import agent_of

RESUMED = {
    "ready": ag.State.READY,
    "talking": ag.State.TALKING,
    "wrapup": ag.State.WRAPUP,
    "interval": ag.State.INTERVAL,
    "away": ag.State.AWAY,
}
"""Durable states an agent goes on in; one who was being rung, or out, has to log in."""


def call_of(attempt: storage.Attempt, floor: Floor, attempts: int) -> Call:
    """A live attempt as the call machine's facts."""
    bridged = _at(attempt.bridged_at)
    return Call(
        id=attempt.attempt_id,
        key=floor.next_key(),
        lead_id=attempt.lead_id,
        claimed_at=attempt.claimed_at.timestamp(),
        attempts=attempts,
        amd=floor.settings.amd,
        trunk=attempt.trunk or None,
        dial_timeout_s=floor.settings.ring_timeout_s,
        dialed_at=_at(attempt.dialed_at),
        rang_at=_at(attempt.ringing_at),
        answered_at=_at(attempt.answered_at),
        held_at=_at(attempt.answered_at) if bridged is not None else None,
        machine=attempt.machine or None,
        agent_id=attempt.agent,
        bridged_at=bridged,
        talk_from=bridged,
        abandoned_at=_at(attempt.answered_at) if attempt.abandoned else None,
        gave_up=attempt.gave_up,
        opted_out=attempt.opted_out,
    )


def agent_row(
    row: storage.AgentRow, floor: Floor, interval_s: float, seat_id: str | None, talking_on: str | None
) -> ag.Agent | None:
    """An agent in the last durable state, in the seat the switch still holds; None for one who was out.

    Without a seat the agent has to log in again. One whose conversation is over goes to wrap-up when the
    calls are compared with the switch.
    """
    state = RESUMED.get(row.state)
    if state is None or seat_id is None:
        return None
    since = row.state_at.timestamp()
    if state is ag.State.TALKING and talking_on is None:
        state = ag.State.WRAPUP
    last_end = since if state in (ag.State.WRAPUP, ag.State.INTERVAL) else ag.NEVER
    return ag.Agent(
        id=row.agent_id,
        key=floor.next_key(),
        interval_s=interval_s,
        state=state,
        since=since,
        reason=row.state_reason,
        seat_id=seat_id,
        seat=ag.SeatState.BUSY,
        last_end=last_end,
        call_id=talking_on if state is ag.State.TALKING else None,
        last_call_id=talking_on,
        wants_ready=state is not ag.State.AWAY,
        ready_since=since,
    )


def seats_of(channels: tuple[ami.LiveChannel, ...], prefix: str) -> dict[str, str]:
    """Live seats by agent; an agent with two keeps the younger."""
    found: dict[str, str] = {}
    for channel in sorted(channels, key=lambda one: -one.duration_s):
        agent_id = agent_of(channel.channel_id)
        if agent_id is not None and channel.channel_id.startswith(prefix):
            found[agent_id] = channel.channel_id
    return found


def _at(instant: datetime | None) -> float | None:
    return None if instant is None else instant.timestamp()
