"""How many calls to place now: pure arithmetic over agents, ringing calls and what was learnt."""

from __future__ import annotations

from pacing.contract import (
    Abandoned,
    AgentColumns,
    AgentState,
    Budget,
    CallColumns,
    Decision,
    Event,
    Limit,
    Result,
    RingEnded,
    Settings,
    Snapshot,
    TalkEnded,
    Why,
    WrapEnded,
)
from pacing.engine import Engine
from pacing.lane_engine import LaneDecision, LaneEngine, Lanes
from pacing.lanes import MOST_LANES

__all__ = [
    "MOST_LANES",
    "Abandoned",
    "AgentColumns",
    "AgentState",
    "Budget",
    "CallColumns",
    "Decision",
    "Engine",
    "Event",
    "LaneDecision",
    "LaneEngine",
    "Lanes",
    "Limit",
    "Result",
    "RingEnded",
    "Settings",
    "Snapshot",
    "TalkEnded",
    "Why",
    "WrapEnded",
]
