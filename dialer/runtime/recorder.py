"""The journal's other lines: every input event and every decision, so that a shift can be replayed."""

from __future__ import annotations

from typing import Any

import msgspec

from dialer.core import commands as do
from dialer.core.events import Event
from dialer.core.pace import Explanation


def event_record(campaign_id: str, event: Event) -> dict[str, Any]:
    """One input event of a floor; `in` names it."""
    return {"in": type(event).__name__, "campaign": campaign_id, **msgspec.to_builtins(event)}


def decision_record(campaign_id: str, why: Explanation, commands: list[do.Command]) -> dict[str, Any]:
    """What pacing decided at one instant, and why in a sentence."""
    released = [command.channel_id for command in commands if isinstance(command, do.HangUp)]
    return {
        "decided": campaign_id,
        "at": why.at,
        "claim": why.asked_for,
        "release": released,
        "why": why.text,
    }
