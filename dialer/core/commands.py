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
class ClaimLane(Command):
    """Claim up to `n` leads that ask for just the skills of this lane; answered by `LeadsClaimed` of the lane."""

    n: int
    lane: str


@dataclass(frozen=True, slots=True)
class ClaimPreview(Command):
    """Claim one lead to show to this agent; answered by `PreviewClaimed`."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class JudgePreview(Command):
    """The time of a shown lead is over and it is to be dialed: judge it; answered as an agent's wish is."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class Dial(Command):
    """Place the call of one claimed lead over `trunk`; failure is answered by `DialRefused`."""

    call_id: str
    trunk: str


@dataclass(frozen=True, slots=True)
class Bridge(Command):
    """Join customer and agent at once; answered by `BridgeMade` or `BridgeRefused`.

    `record` names a recording that begins in the same breath; `tone`: the agent hears the signal of a new caller.
    """

    call_id: str
    seat_id: str
    record: str = ""
    tone: bool = True


@dataclass(frozen=True, slots=True)
class Park(Command):
    """Put a connected customer on hold; the events tell, or `MoveFailed`."""

    call_id: str


@dataclass(frozen=True, slots=True)
class Rescue(Command):
    """Put a customer whose agent is gone into the second hold; the events tell, or `MoveFailed`."""

    call_id: str


@dataclass(frozen=True, slots=True)
class DialParty(Command):
    """Call a third party for a conversation over `trunk`; failure is answered by `PartyGone`."""

    call_id: str
    party_id: str
    trunk: str


@dataclass(frozen=True, slots=True)
class BridgeParty(Command):
    """Join a third party with one channel, a call or a seat; the events tell, or `PartyGone`."""

    channel_id: str
    party_id: str


@dataclass(frozen=True, slots=True)
class Join(Command):
    """Bring customer, agent and a third (a party, or an agent's seat) into one conversation; the events tell.

    `apart`: agent and third talk with each other now, and the customer is on hold.
    """

    call_id: str
    seat_id: str
    other_id: str
    other_is_seat: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True)
class TakeBack(Command):
    """Send an agent's seat back into its hold."""

    seat_id: str


@dataclass(frozen=True, slots=True)
class StartRecording(Command):
    """Record both sides of a call, apart, under this name."""

    call_id: str
    file: str


@dataclass(frozen=True, slots=True)
class StopRecording(Command):
    """Close the recording of a call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class MuteRecording(Command):
    """The recording of a call hears silence, or both sides again."""

    call_id: str
    muted: bool


@dataclass(frozen=True, slots=True)
class FindTapes(Command):
    """Ask the switch which calls it records now; answered by a `TapeFound` for each."""


@dataclass(frozen=True, slots=True)
class DoubtMachine(Command):
    """An agent gets this call even if it is taken for a machine."""

    call_id: str


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
