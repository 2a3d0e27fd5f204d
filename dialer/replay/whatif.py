"""What would have changed under other settings: the recorded shift, the same played again, and the other one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import config
from dialer import leads
from dialer.core.floor import Floor
from dialer.replay import rehearsal
from dialer.replay.errors import BadRecording
from dialer.replay.player import floor_of
from dialer.replay.world import World
from dialer.runtime import rules


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Figures of one world: as recorded, played again under its own settings, and under the others."""

    campaign: str
    hours: float
    recorded: dict[str, Any]
    again: dict[str, Any]
    other: dict[str, Any]
    left_out: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        row = {name: getattr(self, name) for name in type(self).__slots__}
        return {**row, "limits": list(rehearsal.LIMITS)}


def compare(world: World, campaign: config.Campaign) -> WhatIf:
    """Play the world twice. Raises BadRecording where the record cannot answer for these settings."""
    if not world.people:
        raise BadRecording(f"nobody was called for {world.campaign} in this record")
    again, other = floor_of(world.start), floor_of(world.start)
    if campaign.amd != other.settings.amd:
        raise BadRecording("answering-machine detection cannot be turned on or off after the fact")
    _retune(other, campaign)
    return WhatIf(
        campaign=world.campaign,
        hours=round((world.ended_at - world.began_at) / 3600.0, 3),
        recorded=world.meter.figures(),
        again=rehearsal.rehearsed(world, again),
        other=rehearsal.rehearsed(world, other),
        left_out=world.left,
    )


def _retune(floor: Floor, campaign: config.Campaign) -> None:
    """The other settings on the recorded trunks: which trunks a floor had is the world's."""
    wanted = rules.floor_settings(campaign, leads.rules_of(campaign))
    campaign_id, trunks = floor.settings.campaign_id, floor.settings.trunks
    floor.settings = replace(wanted, campaign_id=campaign_id, trunks=trunks)
    floor.engine.retune(rules.pacing_settings(campaign))
