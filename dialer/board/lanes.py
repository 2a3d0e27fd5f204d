"""The lanes of a floor as board and broker tell them: what is asked for, by how many, and who can serve it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import config
from dialer.core import lanes, skills
from dialer.core.agent import State
from dialer.core.floor import Floor
from dialer.core.lane import COUNTED


def counted(floor: Floor) -> list[dict[str, Any]]:
    """A row per lane by the ids of its skills, the longest first; none where leads ask for nothing."""
    flying = Counter(skills.lane_of(call.skills) for call in floor.calls.values() if call.in_flight)
    kept_back = lanes.kept_back(floor)
    rows = []
    for name, lane in sorted(floor.lanes.told.items(), key=lambda one: (-one[1].leads, one[0])):
        asked = skills.skills_of(name)
        able = [one for one in floor.roster if one.state is not State.OUT and skills.serves(one, asked)]
        rows.append(
            {
                "skills": list(asked),
                "leads": min(lane.leads, COUNTED),
                "more": lane.leads > COUNTED,
                "able": len(able),
                "ready": sum(one.free for one in able),
                "in_flight": flying[name],
                "why": kept_back.get(name, ""),
            }
        )
    return rows


def shown(floor: Floor, settings: config.Settings) -> list[dict[str, Any]] | None:
    """The same with the skills' names; None where leads ask for nothing."""
    rows = counted(floor)
    for row in rows:
        row["skills"] = [settings.skills.get(skill, skill) for skill in row["skills"]]
    return rows or None
