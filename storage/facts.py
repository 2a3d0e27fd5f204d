"""The facts that `books.apply` understands, as they stand in the journal under the key "fact".

Instants (`at`, `next_at`) are seconds since the epoch. Fields not named here are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

Instant = Annotated[float, msgspec.Meta(ge=0, lt=1e11)]
LeadState = Literal["pending", "claimed", "in_call", "wrap_up", "waiting", "done", "excluded"]
RunState = Literal["running", "paused", "draining", "stopped"]


class AttemptDialed(msgspec.Struct, tag_field="fact", tag="attempt_dialed", frozen=True):
    """The call left for the switch."""

    attempt: str
    at: Instant
    node: str = ""
    trunk: str = ""


class AttemptRang(msgspec.Struct, tag_field="fact", tag="attempt_rang", frozen=True):
    """The far end rings."""

    attempt: str
    at: Instant


class AttemptAnswered(msgspec.Struct, tag_field="fact", tag="attempt_answered", frozen=True):
    """Somebody or something answered."""

    attempt: str
    at: Instant


class AttemptBridged(msgspec.Struct, tag_field="fact", tag="attempt_bridged", frozen=True):
    """The customer hears the agent."""

    attempt: str
    at: Instant
    agent: str | None = None


class AttemptAbandoned(msgspec.Struct, tag_field="fact", tag="attempt_abandoned", frozen=True):
    """An answered person got no agent in time, or gave up waiting."""

    attempt: str
    at: Instant
    gave_up: bool = False


class AttemptMachine(msgspec.Struct, tag_field="fact", tag="attempt_machine", frozen=True):
    """A machine answered."""

    attempt: str
    at: Instant


class AttemptOptedOut(msgspec.Struct, tag_field="fact", tag="attempt_opted_out", frozen=True):
    """The person asked not to be called: the number goes on the do-not-call list `list`."""

    attempt: str
    at: Instant
    list: str = "system"


class AttemptEnded(msgspec.Struct, tag_field="fact", tag="attempt_ended", frozen=True):
    """The call is over; the lead goes to `lead_state` (None leaves it)."""

    attempt: str
    at: Instant
    outcome: str = ""
    cause: int | None = None
    tech_cause: int | None = None
    talk_s: float | None = None
    wait_s: float | None = None
    agent: str | None = None
    lead_state: LeadState | None = None
    next_at: Instant | None = None
    reason: str = ""


class Disposition(msgspec.Struct, tag_field="fact", tag="disposition", frozen=True):
    """What the agent says came of the call; with `list` the number goes on that do-not-call list too."""

    attempt: str
    at: Instant
    code: str
    agent: str | None = None
    lead_state: LeadState | None = None
    next_at: Instant | None = None
    callback_owner: str | None = None
    reason: str = ""
    list: str | None = None


class AgentState(msgspec.Struct, tag_field="fact", tag="agent_state", frozen=True):
    """An agent's state changed."""

    agent: str
    at: Instant
    state: str
    reason: str = ""
    campaign: str | None = None


class AgentInterval(msgspec.Struct, tag_field="fact", tag="agent_interval", frozen=True):
    """An agent chose a call interval."""

    agent: str
    at: Instant
    interval_s: float | None = None


class CampaignState(msgspec.Struct, tag_field="fact", tag="campaign_state", frozen=True):
    """A campaign was started, paused, drained or stopped."""

    campaign: str
    at: Instant
    state: RunState
    reason: str = ""


Fact = (
    AttemptDialed
    | AttemptRang
    | AttemptAnswered
    | AttemptBridged
    | AttemptAbandoned
    | AttemptMachine
    | AttemptOptedOut
    | AttemptEnded
    | Disposition
    | AgentState
    | AgentInterval
    | CampaignState
)


def understand(fact: Mapping[str, object]) -> Fact | None:
    """Return the typed fact; None for a kind this program does not know or a field of a wrong type."""
    try:
        understood: Fact = msgspec.convert(fact, Fact)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None
    return understood
