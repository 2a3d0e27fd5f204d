"""Taking over what an earlier life of the daemon left on the switch, before the first snapshot is compared."""

from __future__ import annotations

from msgspec.structs import replace

from dialer.core import commands as do
from dialer.core import wrapup
from dialer.core.agent import Agent, State
from dialer.core.call import Call, Phase
from dialer.core.floor import Floor


def resume(
    floor: Floor,
    calls: tuple[Call, ...],
    agents: tuple[Agent, ...],
    now: float,
    owed: tuple[tuple[str, Call], ...] = (),
) -> None:
    """Put calls and agents back; nothing is recorded, since the books have told it.

    `owed` holds ended conversations, each with its agent's id, whose leads still wait for the word about them.
    """
    floor.now = max(floor.now, now)
    keys = [call.key for call in calls] + [agent.key for agent in agents] + [call.key for _, call in owed]
    floor.spare_keys(max(keys, default=0))
    for call in calls:
        floor.calls[call.id] = call
        floor.timers.set("call", call.id, call.overdue_at)
        if call.trunk is not None:
            floor.trunks.adopt(call.trunk, call.id)
        if call.known.callback_owner is not None and not call.inbound:
            floor.promised[call.id] = call.known.callback_owner
        if call.phase is Phase.WAITING:
            floor.waiting[call.id] = call.held_at or now
    for agent in agents:
        floor.put_agent(agent, durable=False)
    for agent_id, call in owed:
        _owe(floor, agent_id, call, now)
    if floor.settings.recording != "off" and any(call.bridged_at is not None for call in calls):
        floor.emit(do.FindTapes())
    floor.needs_pacing = True


def _owe(floor: Floor, agent_id: str, call: Call, now: float) -> None:
    """Let the agent still say what came of it; with nobody to say it, the lead is decided now."""
    floor.wrapping[call.id] = (agent_id, call)
    agent = floor.roster.get(agent_id)
    if agent is not None and agent.state is not State.TALKING:
        floor.put_agent(
            replace(agent, last_call_id=call.id, last_end=max(agent.last_end, call.hung_up_at or now))
        )
        return
    nobody = Agent(agent_id, 0, 0.0, last_call_id=call.id)
    wrapup.close(floor, nobody, now, code=None)
