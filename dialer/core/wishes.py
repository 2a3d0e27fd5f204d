"""What an agent asks for in a conversation, and what the switch says of a third party: further events of a floor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dialer.core.events import AgentEvent, CallEvent, Event, NewCall


@dataclass(frozen=True, slots=True)
class CallParked(CallEvent):
    """The person is on hold and hears music; the agent's leg is in its own hold."""


@dataclass(frozen=True, slots=True)
class MoveFailed(CallEvent):
    """The switch refused to move this call, or nobody knows: its list of channels will tell."""

    why: str


@dataclass(frozen=True, slots=True)
class HangUpAsked(AgentEvent):
    """End the conversation."""


@dataclass(frozen=True, slots=True)
class HoldAsked(AgentEvent):
    """Put the person on hold."""


@dataclass(frozen=True, slots=True)
class UnholdAsked(AgentEvent):
    """Back to the person; with a third party on the line all three."""


@dataclass(frozen=True, slots=True)
class TransferAsked(AgentEvent):
    """Give the person to another agent, who is free now."""

    to_agent: str


class Purpose(StrEnum):
    """What a third party is called for."""

    TRANSFER = "transfer"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class PartyAsked(AgentEvent):
    """Call a third party: to give the person to, or to talk with. The number stays with the shell."""

    party_id: str
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class AgentAdded(AgentEvent):
    """Bring another agent, who is free now, into the conversation."""

    to_agent: str


@dataclass(frozen=True, slots=True)
class PartyDropped(AgentEvent):
    """The third party is to go; the conversation goes on."""


@dataclass(frozen=True, slots=True)
class LeaveAsked(AgentEvent):
    """The agent leaves; the person and the third party go on."""


@dataclass(frozen=True, slots=True)
class ReserveAsked(AgentEvent):
    """The agent is about to dial by hand: nobody is offered while the lead is being claimed."""


@dataclass(frozen=True, slots=True)
class ReserveLifted(AgentEvent):
    """Nothing came of it."""


@dataclass(frozen=True, slots=True)
class DialAsked(AgentEvent):
    """The lead is claimed: dial it for this agent."""

    call: NewCall


@dataclass(frozen=True, slots=True)
class PreviewClaimed(AgentEvent):
    """The memory handed out a lead to show to this agent, or (None) has none and says why."""

    call: NewCall | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class PreviewAccepted(AgentEvent):
    """The agent wants the shown lead dialed, and it may be dialed at this instant."""


@dataclass(frozen=True, slots=True)
class PreviewRefused(AgentEvent):
    """The shown lead may not be dialed any more: it goes back."""

    why: str


@dataclass(frozen=True, slots=True)
class PreviewSkipped(AgentEvent):
    """The agent passes the shown lead over; `reason` is one of the campaign's."""

    reason: str


class Tape(StrEnum):
    """What may be done with a recording."""

    START = "start"
    STOP = "stop"
    PAUSE = "pause"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class RecordAsked(AgentEvent):
    """Start, stop, pause or resume the recording of the conversation."""

    what: Tape


@dataclass(frozen=True, slots=True)
class TapeFound(CallEvent):
    """A recording that an earlier life of the daemon began goes on; `muted`: it hears silence."""

    file: str
    muted: bool


@dataclass(frozen=True, slots=True)
class PartyEvent(Event):
    """Something about a third party's leg."""

    party_id: str


@dataclass(frozen=True, slots=True)
class PartyFound(PartyEvent):
    """After a start: the leg that an earlier life called into this conversation, where it stands.

    `to_agent`: it is the seat of this agent, who was brought in.
    """

    call_id: str
    joined: bool
    to_agent: str | None = None


@dataclass(frozen=True, slots=True)
class PartyRang(PartyEvent):
    """The third party's phone rings."""


@dataclass(frozen=True, slots=True)
class PartyWaited(PartyEvent):
    """The third party has answered and waits to be joined."""


@dataclass(frozen=True, slots=True)
class PartyMet(PartyEvent):
    """The third party is in a conversation."""


@dataclass(frozen=True, slots=True)
class PartyGone(PartyEvent):
    """The third party's leg is gone, or never was."""

    why: str
    cause: int | None = None
