"""Control blocks: ten minutes at a time, drawn by lot, in which one line per agent is dialed, to have a comparison.

Whether a block is one follows from the campaign and the block's number alone, so that a restart, a standby and a
replay all draw the same lot.
"""

from __future__ import annotations

from hashlib import blake2b

from dialer.core import facts
from dialer.core.floor import Floor

BLOCK_S = 600.0
_KEY = b"cadence control blocks"


def is_control(campaign_id: str, block: int, minutes_per_hour: float) -> bool:
    """Whether one line per agent is dialed in a block; so many minutes of an hour are, on average."""
    drawn = blake2b(f"{campaign_id}:{block}".encode(), digest_size=8, key=_KEY).digest()
    return int.from_bytes(drawn, "big") / 2.0**64 < minutes_per_hour / 60.0


def take(floor: Floor) -> float | None:
    """The end of the present control block; None outside of one. Each block's lot is told to the journal."""
    minutes = floor.settings.control_minutes_per_hour
    if minutes <= 0.0 or floor.engine.settings.mode != "predictive":
        floor.block = -1
        return None
    block = int(floor.now // BLOCK_S)
    control = is_control(floor.settings.campaign_id, block, minutes)
    if block != floor.block:
        floor.block = block
        floor.record(facts.control_block(floor.settings.campaign_id, block * BLOCK_S, control))
    return (block + 1) * BLOCK_S if control else None
