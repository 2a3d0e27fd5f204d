"""What goes to pacing and what comes back, for a floor that is paced as one and for one that is paced by lanes."""

from __future__ import annotations

import numpy as np

from dialer.core import call as ca
from dialer.core import commands as do
from dialer.core.floor import Floor
from pacing import Snapshot

RELEASE_CAUSE = 26
"""Hang-up cause of a ringing call we release: tells our own cancel from the carrier's word in every log."""

EMPTY_REST_S = 60.0
"""The longest an empty list is left alone: another program may have changed it and told nobody."""

SOON_S = 0.05
"""Pacing is not asked again by the clock sooner than this; events ask at once."""

NO_LEAD = "no lead may be called now"

CONTROL = "Ten minutes of one line per agent, to measure what prediction brings."


def snapshot(floor: Floor) -> Snapshot:
    """The floor as pacing's columns; leads being claimed count as calls dialed this instant."""
    waiting = [floor.waiting[call.id] for call in waiting_calls(floor)]
    waiting += floor.calls.arriving
    return Snapshot(
        now=floor.now,
        agents=floor.roster.columns(),
        calls=floor.calls.flying(floor.claiming, floor.now),
        waiting=np.array(waiting, dtype=np.float64),
        budget=floor.budget(),
        synced_at=floor.now if floor.synced_at is not None else None,
    )


def waiting_calls(floor: Floor) -> list[ca.Call]:
    """Callers to whom an agent may still come."""
    calls = (floor.calls[call_id] for call_id in floor.waiting)
    return [call for call in calls if _can_wait(floor, call)]


def _can_wait(floor: Floor, call: ca.Call) -> bool:
    """Whether the dialplan still leaves this caller time for an agent."""
    return call.held_at is not None and not call.by_hand and floor.now <= call.held_at + floor.hold_of(call)


def release(floor: Floor, keys: tuple[int, ...]) -> None:
    """Hang up these ringing calls on purpose."""
    for key in keys:
        call = floor.calls.in_flight(key)
        if call is not None and call.answered_at is None:
            floor.calls[call.id] = ca.release(call)
            floor.emit(do.HangUp(call.id, RELEASE_CAUSE))
