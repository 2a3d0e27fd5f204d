"""What the carrier saw: the record of a call that the switch's own events are checked against, and sums over all."""

from __future__ import annotations

from dataclasses import dataclass, field

KEEP_CALLS = 20_000
"""Records kept unless told otherwise: 11 MB. Older ones are forgotten; the sums still count them."""


@dataclass(slots=True)
class Sums:
    """Every call of one kind since the switch was first started, also those whose records are forgotten."""

    calls: int = 0
    talk_s: float = 0.0
    """How long agents were on the line."""


@dataclass(slots=True)
class CarrierCall:
    """One call as it arrived at the far end. Instants are seconds since the Unix epoch."""

    number: str
    kind: str
    channel_id: str
    caller_id: str
    arrived_at: float
    rang_at: float | None = None
    answered_at: float | None = None
    ended_at: float | None = None
    ended_by: str = ""
    """callee or caller."""
    heard: list[tuple[float, str]] = field(default_factory=list)
    """What the person heard and from when: hold, agent, message, tone."""
    pressed: str = ""
    talk_s: float = 0.0
    """How long an agent was on the line, so far."""

    @property
    def call_id(self) -> str:
        """The id of the channel, which is the id of the call."""
        return self.channel_id

    @property
    def open(self) -> bool:
        """Whether the call is still up or ringing."""
        return self.ended_at is None

    def heard_agent(self) -> bool:
        """Whether an agent's voice was ever heard."""
        return any(what == "agent" for _, what in self.heard)

    def heard_message(self) -> bool:
        """Whether the message for abandoned calls was begun."""
        return any(what == "message" for _, what in self.heard)
