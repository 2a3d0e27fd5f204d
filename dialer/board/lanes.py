"""The lanes of a floor as the board shows them: what is asked for, by how many, and who can serve it."""

from __future__ import annotations

from typing import Any

import config
from dialer.core import lanes, skills
from dialer.core.agent import State
from dialer.core.floor import Floor
from dialer.core.lane import COUNTED


def shown(floor: Floor, settings: config.Settings) -> list[dict[str, Any]] | None:
    """A row per lane, the longest first; None where leads ask for nothing."""
    told = floor.lanes.told
    if not told:
        return None
    flying: dict[str, int] = {}
    for call in floor.calls.values():
        if call.in_flight:
            its = skills.lane_of(call.skills)
            flying[its] = flying.get(its, 0) + 1
    rows = []
    for name, lane in sorted(told.items(), key=lambda one: (-one[1].leads, one[0])):
        asked = skills.skills_of(name)
        able = [one for one in floor.roster if one.state is not State.OUT and skills.serves(one, asked)]
        rows.append(
            {
                "skills": [settings.skills.get(skill, skill) for skill in asked],
                "leads": min(lane.leads, COUNTED),
                "more": lane.leads > COUNTED,
                "able": len(able),
                "ready": sum(one.free for one in able),
                "in_flight": flying.get(name, 0),
                "why": lanes.why_not(floor, name),
            }
        )
    return rows
