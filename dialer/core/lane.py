"""What is known of each lane of a floor, and the engine that paces them."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core import skills
from dialer.core.agent import Agent
from dialer.core.call import Call
from pacing import Event as Learning
from pacing import LaneEngine

COUNTED = 1000
"""So many open leads of a lane are counted; of more it is only known that there are more."""


@dataclass(slots=True)
class Lane:
    """Open leads that ask for the same skills: how many (as told), how many are being claimed, how long it rests."""

    leads: int = 0
    claiming: int = 0
    rests_until: float = 0.0
    why: str = ""


class FloorLanes:
    """What the memory told of the lanes, and the engine that paces them. Without any, the floor is paced as one."""

    def __init__(self, engine: LaneEngine) -> None:
        self.told: dict[str, Lane] = {}
        self.engine = engine
        self.turned_away: tuple[str, ...] = ()

    def learn(self, event: Learning, call: Call | None) -> None:
        """Let the lane of this call learn too, where lanes are paced."""
        self.engine.learn(event, None if call is None else skills.lane_of(call.skills))

    def met(self, call: Call, agent: Agent) -> None:
        """A person was connected to this agent."""
        if self.told:
            served = [name for name in self.told if skills.serves(agent, skills.skills_of(name))]
            self.engine.met(skills.lane_of(call.skills), served)

    def rest_no_longer(self, until: float = 0.0) -> None:
        """A lead of some lane may be had from `until` on."""
        for lane in self.told.values():
            lane.rests_until = min(lane.rests_until, until)
