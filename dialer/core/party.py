"""A third in a conversation, or another agent who was brought into it."""

from __future__ import annotations

from msgspec import Struct

from dialer.core import wishes as wi


class Party(Struct, frozen=True):
    """A third party of one call, or another agent in it (`to_agent`; then `id` is that agent's seat).

    `purpose` is transfer or add. Instants are None until known.
    """

    id: str
    call_id: str
    purpose: wi.Purpose
    asked_at: float
    to_agent: str | None = None
    trunk: str | None = None
    rang_at: float | None = None
    waited_at: float | None = None
    joined_at: float | None = None

    @property
    def state(self) -> str:
        """One word for people."""
        if self.joined_at is not None:
            return "joined"
        if self.waited_at is not None or self.to_agent is not None:
            return "joining"
        return "dialing" if self.rang_at is None else "ringing"
