"""Asking pacing: the floor as columns, the answer as commands, and the reason kept for people."""

from __future__ import annotations

from dialer.core import commands as do
from dialer.core import exchange, lanes, trial
from dialer.core.floor import Explanation, Floor
from pacing import Decision

BY_AGENTS = {
    "manual": "agents dial this campaign by hand",
    "preview": "each lead is shown to an agent before it is dialed",
}
"""Campaigns in which pacing places no call, and why."""


def decide(floor: Floor) -> None:
    """Place and release calls as pacing says, inside what trunks and memory allow."""
    why = floor.blocker()
    if why:
        floor.pace_at = float("inf")
        floor.why = Explanation(floor.now, why)
        return
    rests_until = max(floor.claim_after, floor.empty_until)
    skilled = lanes.in_force(floor)
    if not skilled and floor.now < rests_until and floor.calls.none_flies and not floor.claiming:
        # Nothing to place and nothing to release: pacing need not be asked.
        floor.pace_at = rests_until
        floor.why = Explanation(floor.now, floor.claim_why or exchange.NO_LEAD)
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
        decision = floor.engine.decide(exchange.snapshot(floor))
    else:
        decision = floor.engine.decide(exchange.snapshot(floor), one_line=True)
    exchange.release(floor, decision.release)
    floor.pace_at = max(decision.next_at, floor.now + exchange.SOON_S)
    if control_until is not None:
        floor.pace_at = min(floor.pace_at, max(control_until, floor.now + exchange.SOON_S))
    wanted = decision.dial
    if wanted and floor.now < rests_until:
        floor.engine.unplaced(wanted)
        floor.pace_at = min(floor.pace_at, rests_until)
        floor.why = Explanation(floor.now, floor.claim_why or exchange.NO_LEAD, decision=decision)
        return
    room = floor.trunks.capacity(floor.settings.trunks, floor.now) - floor.claiming
    n = max(0, min(wanted, room))
    if n < wanted:
        floor.engine.unplaced(wanted - n)
        floor.pace_at = min(
            floor.pace_at,
            max(floor.now + exchange.SOON_S, floor.trunks.opens_at(floor.settings.trunks, floor.now)),
        )
    if n:
        floor.claiming += n
        floor.emit(do.ClaimLeads(n))
    text = _text(decision, n)
    if control_until is not None:
        text = f"{exchange.CONTROL} {text}"
    floor.why = Explanation(floor.now, text, dialing=n > 0, asked_for=n, decision=decision)


def _text(decision: Decision, n: int) -> str:
    if n < decision.dial:
        return f"Placing {n} of {decision.dial} wanted: the trunks have no more room. {decision.why.text}"
    return f"Placing {n}. {decision.why.text}" if n else decision.why.text
