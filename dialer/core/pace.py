"""Asking pacing: the floor as columns, the answer as commands, and the reason kept for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.core import call as ca
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core import lanes, offers, trial
from pacing import Decision, Snapshot

if TYPE_CHECKING:
    from dialer.core.floor import Floor

RELEASE_CAUSE = 26
"""Hang-up cause of a ringing call we release: tells our own cancel from the carrier's word in every log."""

EMPTY_REST_S = 60.0
"""The longest an empty list is left alone: another program may have changed it and told nobody."""

SOON_S = 0.05
"""Pacing is not asked again by the clock sooner than this; events ask at once."""

NO_LEAD = "no lead may be called now"

CONTROL = "Ten minutes of one line per agent, to measure what prediction brings."

STOPPED_WHY = {
    ev.RunState.STOPPED: "the campaign is not started",
    ev.RunState.PAUSED: "the campaign is paused",
    ev.RunState.DRAINING: "the campaign is draining: no new calls, conversations go on",
}


BY_AGENTS = {
    "manual": "agents dial this campaign by hand",
    "preview": "each lead is shown to an agent before it is dialed",
}
"""Campaigns in which pacing places no call, and why."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What pacing does now and why, or why it does not dial; `decision` is None when it was not asked."""

    at: float = 0.0
    text: str = "not asked yet"
    dialing: bool = False
    asked_for: int = 0
    decision: Decision | None = None


def blocker(floor: Floor) -> str:
    """Why no call may be placed whatever pacing thinks; empty if none."""
    if floor.run_state is not ev.RunState.RUNNING:
        return STOPPED_WHY[floor.run_state]
    for why in floor.forbidden.values():
        return why
    if floor.synced_at is None:
        return f"the state of Asterisk is not known: {floor.line_why}"
    if floor.roster.working == 0:
        return "no agent is on the floor and at work"
    return ""


def decide(floor: Floor) -> None:
    """Place and release calls as pacing says, inside what trunks and memory allow."""
    why = blocker(floor)
    if why:
        floor.pace_at = float("inf")
        floor.why = Explanation(floor.now, why)
        return
    rests_until = max(floor.claim_after, floor.empty_until)
    skilled = lanes.in_force(floor)
    if not skilled and floor.now < rests_until and floor.calls.none_flies and not floor.claiming:
        # Nothing to place and nothing to release: pacing need not be asked.
        floor.pace_at = rests_until
        floor.why = Explanation(floor.now, floor.claim_why or NO_LEAD)
        return
    if floor.settings.dialing in BY_AGENTS:
        floor.pace_at = float("inf")
        floor.why = Explanation(floor.now, BY_AGENTS[floor.settings.dialing])
        return
    control_until = trial.take(floor)
    if skilled:
        lanes.decide(floor, control_until)
        return
    if control_until is None:
        decision = floor.engine.decide(snapshot(floor))
    else:
        decision = floor.engine.decide(snapshot(floor), one_line=True)
    release(floor, decision.release)
    floor.pace_at = max(decision.next_at, floor.now + SOON_S)
    if control_until is not None:
        floor.pace_at = min(floor.pace_at, max(control_until, floor.now + SOON_S))
    wanted = decision.dial
    if wanted and floor.now < rests_until:
        floor.engine.unplaced(wanted)
        floor.pace_at = min(floor.pace_at, rests_until)
        floor.why = Explanation(floor.now, floor.claim_why or NO_LEAD, decision=decision)
        return
    room = floor.trunks.capacity(floor.settings.trunks, floor.now) - floor.claiming
    n = max(0, min(wanted, room))
    if n < wanted:
        floor.engine.unplaced(wanted - n)
        floor.pace_at = min(
            floor.pace_at, max(floor.now + SOON_S, floor.trunks.opens_at(floor.settings.trunks, floor.now))
        )
    if n:
        floor.claiming += n
        floor.emit(do.ClaimLeads(n))
    text = _text(decision, n)
    if control_until is not None:
        text = f"{CONTROL} {text}"
    floor.why = Explanation(floor.now, text, dialing=n > 0, asked_for=n, decision=decision)


def _text(decision: Decision, n: int) -> str:
    if n < decision.dial:
        return f"Placing {n} of {decision.dial} wanted: the trunks have no more room. {decision.why.text}"
    return f"Placing {n}. {decision.why.text}" if n else decision.why.text


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
    return (
        call.held_at is not None
        and not call.by_hand
        and floor.now <= call.held_at + offers.hold_of(floor, call)
    )


def release(floor: Floor, keys: tuple[int, ...]) -> None:
    """Hang up these ringing calls on purpose."""
    for key in keys:
        call = floor.calls.in_flight(key)
        if call is not None and call.answered_at is None:
            floor.calls[call.id] = ca.release(call)
            floor.emit(do.HangUp(call.id, RELEASE_CAUSE))
