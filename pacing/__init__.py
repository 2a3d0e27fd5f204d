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

__all__ = [
    "Abandoned",
    "AgentColumns",
    "AgentState",
    "Budget",
    "CallColumns",
    "Decision",
    "Engine",
    "Event",
    "Limit",
    "Result",
    "RingEnded",
    "Settings",
    "Snapshot",
    "TalkEnded",
    "Why",
    "WrapEnded",
]
