"""A statistical call centre without sockets, to measure policies in."""

from __future__ import annotations

from pacing.sim import bounds, laws
from pacing.sim.centre import Centre, Decided, Policy
from pacing.sim.errors import PolicyError, SimError
from pacing.sim.records import CallRecord, ShiftLog, StintRecord
from pacing.sim.scenario import AgentPlan, Detection, Profile, Scenario, agents, steady
from pacing.sim.tally import Tally, pool, tally, wait_interval

__all__ = [
    "AgentPlan",
    "CallRecord",
    "Centre",
    "Decided",
    "Detection",
    "Policy",
    "PolicyError",
    "Profile",
    "Scenario",
    "ShiftLog",
    "SimError",
    "StintRecord",
    "Tally",
    "agents",
    "bounds",
    "laws",
    "pool",
    "steady",
    "tally",
    "wait_interval",
]
