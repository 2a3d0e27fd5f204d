"""What the core wants done: the shell runs these and answers with events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """One thing for the shell to do."""


@dataclass(frozen=True, slots=True)
class ClaimLeads(Command):
    """Claim up to `n` leads; answered by `LeadsClaimed`."""

    n: int


@dataclass(frozen=True, slots=True)
class Dial(Command):
    """Place the call of one claimed lead over `trunk`; failure is answered by `DialRefused`."""

    call_id: str
    trunk: str


@dataclass(frozen=True, slots=True)
class Bridge(Command):
    """Join customer and agent at once; answered by `BridgeMade` or `BridgeRefused`."""

    call_id: str
    seat_id: str


@dataclass(frozen=True, slots=True)
class HangUp(Command):
    """Hang up one channel of ours with an ISDN cause."""

    channel_id: str
    cause: int = 16


@dataclass(frozen=True, slots=True)
class EndWait(Command):
    """Nobody can come: the person waiting hears now who called, and the opt-out key."""

    call_id: str


@dataclass(frozen=True, slots=True)
class RingSeat(Command):
    """Ring the agent's phone once and keep the leg; answered by `SeatHeld` or `SeatLost`."""

    agent_id: str
    seat_id: str


@dataclass(frozen=True, slots=True)
class RenewSeat(Command):
    """Make a fresh seat id for the agent; answered by `SeatRenewed`."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class AuditChannels(Command):
    """Something is overdue: ask the switch for its live channels; answered by `LineSynced`."""

    why: str


@dataclass(frozen=True, slots=True)
class Record(Command):
    """Write one fact to the journal: ids, instants and words of ours, never a number or a name."""

    fact: dict[str, Any]
