"""Who may listen to whom, how and when: what a campaign allows, and what the conversation does."""

from __future__ import annotations

import config
from dialer.access.identity import RANK
from dialer.control.errors import ControlError
from dialer.core import legs
from dialer.core.ears import Mode
from dialer.runtime.floor import FloorRunner


def mode_of(mode: str) -> Mode:
    """The mode of this name; raises ControlError for none."""
    try:
        return Mode(mode)
    except ValueError:
        raise ControlError("bad_request", "mode: listen, whisper or barge") from None


def may(rule: config.Listening, role: str, agent: str, mode: Mode, campaign: str) -> None:
    if RANK[role] < RANK[rule.by.value]:
        raise ControlError("forbidden", f"in campaign {campaign} this needs the role {rule.by.value}")
    if mode.value not in {one.value for one in rule.modes}:
        allowed = ", ".join(one.value for one in rule.modes) or "nothing"
        raise ControlError(
            "listening_off", f"campaign {campaign} does not allow {mode.value}; it allows {allowed}"
        )
    if agent in rule.not_to:
        raise ControlError("listening_never", f"nobody may listen to agent {agent} in campaign {campaign}")


def in_plain_conversation(runner: FloorRunner, agent: str) -> None:
    """Nobody is spoken to before a conversation, and in one of three the others would not hear it."""
    found = legs.of(runner.floor, agent)
    if found is None or found[1].parking or found[1].parked_at is not None:
        raise ControlError(
            "no_conversation", f"agent {agent} talks with nobody now; barge in when a conversation is on"
        )
    if found[1].confer:
        raise ControlError("party_there", "in a conversation of three only the agent would hear you: whisper")
