"""Taking over what an earlier life of the daemon left on the switch, before the first snapshot is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.core import wrapup
from dialer.core.agent import Agent
from dialer.core.call import Call, Phase

if TYPE_CHECKING:
    from dialer.core.floor import Floor


def resume(floor: Floor, calls: tuple[Call, ...], agents: tuple[Agent, ...], now: float) -> None:
    """Put calls and agents back; nothing is recorded, since the books have told it."""
    floor.now = max(floor.now, now)
    for call in calls:
        floor.calls[call.id] = call
        floor.timers.set("call", call.id, call.overdue_at)
        if call.trunk is not None:
            floor.trunks.adopt(call.trunk, call.id)
        if call.phase is Phase.WAITING:
            floor.waiting[call.id] = call.held_at or now
    for agent in agents:
        floor.put_agent(agent, durable=False)
        wrapup.arm(floor, agent)
    floor.needs_pacing = True
