"""The facts that `books.apply` understands, as they stand in the journal under the key "fact".

Instants (`at`, `next_at`) are seconds since the epoch. Fields not named here are ignored.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

Instant = Annotated[float, msgspec.Meta(ge=0, lt=1e11)]
Seconds = Annotated[float, msgspec.Meta(ge=0, lt=1e9)]
Cents = Annotated[int, msgspec.Meta(ge=0, le=10**14)]
"""Hundredths of the campaign's currency."""

Cause = Annotated[int, msgspec.Meta(ge=0, lt=1 << 31)]
Text = Annotated[str, msgspec.Meta(max_length=1000)]
LeadState = Literal["pending", "claimed", "in_call", "wrap_up", "waiting", "done", "excluded"]
RunState = Literal["running", "paused", "draining", "stopped"]


class AttemptDialed(msgspec.Struct, tag_field="fact", tag="attempt_dialed", frozen=True):
    """The call left for the switch; `agent` is the one it is kept for, in a call by hand."""

    attempt: Text
    at: Instant
    node: Text = ""
    trunk: Text = ""
    caller_id: Text = ""
    agent: Text | None = None


class AttemptRerouted(msgspec.Struct, tag_field="fact", tag="attempt_rerouted", frozen=True):
    """A trunk refused the call, and it left over another."""

    attempt: Text
    at: Instant
    trunk: Text = ""
    refused: Text = ""


class AttemptRang(msgspec.Struct, tag_field="fact", tag="attempt_rang", frozen=True):
    """The far end rings."""

    attempt: Text
    at: Instant


class AttemptAnswered(msgspec.Struct, tag_field="fact", tag="attempt_answered", frozen=True):
    """Somebody or something answered."""

    attempt: Text
    at: Instant


class AttemptBridged(msgspec.Struct, tag_field="fact", tag="attempt_bridged", frozen=True):
    """The customer hears the agent."""

    attempt: Text
    at: Instant
    agent: Text | None = None


class AttemptPassed(msgspec.Struct, tag_field="fact", tag="attempt_passed", frozen=True):
    """An agent left the conversation: `agent` has it now, or (None) the person goes on with a third party."""

    attempt: Text
    at: Instant
    agent: Text | None = None
    talk_s: Seconds | None = None


class AttemptAbandoned(msgspec.Struct, tag_field="fact", tag="attempt_abandoned", frozen=True):
    """An answered person got no agent in time, or gave up waiting."""

    attempt: Text
    at: Instant
    gave_up: bool = False


class AttemptGreeting(msgspec.Struct, tag_field="fact", tag="attempt_greeting", frozen=True):
    """The person who answered ended the greeting."""

    attempt: Text
    at: Instant


class AttemptMachine(msgspec.Struct, tag_field="fact", tag="attempt_machine", frozen=True):
    """A machine answered."""

    attempt: Text
    at: Instant


class AttemptVerdict(msgspec.Struct, tag_field="fact", tag="attempt_verdict", frozen=True):
    """What answering-machine detection said: its status and cause."""

    attempt: Text
    at: Instant
    status: Text
    cause: Text = ""


class AttemptOptedOut(msgspec.Struct, tag_field="fact", tag="attempt_opted_out", frozen=True):
    """The person asked not to be called: the number goes on the do-not-call list `list`."""

    attempt: Text
    at: Instant
    list: Text = "system"


class AttemptEnded(msgspec.Struct, tag_field="fact", tag="attempt_ended", frozen=True):
    """The call is over; the lead goes to `lead_state` (None leaves it); `close_number`: why never again.

    `undialed`: it never left after all, and costs the lead no attempt. `callback_at` and `callback_owner` are a
    promise that stands; `rest_number_until`: before then the lead's other numbers come first.
    """

    attempt: Text
    at: Instant
    outcome: Text = ""
    cause: Cause | None = None
    tech_cause: Cause | None = None
    talk_s: Seconds | None = None
    wait_s: Seconds | None = None
    agent: Text | None = None
    lead_state: LeadState | None = None
    next_at: Instant | None = None
    reason: Text = ""
    close_number: Text = ""
    undialed: bool = False
    callback_at: Instant | None = None
    callback_owner: Text | None = None
    rest_number_until: Instant | None = None


class Disposition(msgspec.Struct, tag_field="fact", tag="disposition", frozen=True):
    """What the agent says came of the call; with `list` the number goes on that do-not-call list too.

    `close_number`: why the number is never to be called again for this lead.
    """

    attempt: Text
    at: Instant
    code: Text
    agent: Text | None = None
    lead_state: LeadState | None = None
    next_at: Instant | None = None
    callback_at: Instant | None = None
    callback_owner: Text | None = None
    reason: Text = ""
    list: Text | None = None
    close_number: Text = ""
    amount_cents: Cents | None = None


class LeadSettled(msgspec.Struct, tag_field="fact", tag="lead_settled", frozen=True):
    """What becomes of a lead, by what was said before."""

    attempt: Text
    at: Instant
    agent: Text | None = None
    lead_state: LeadState | None = None
    next_at: Instant | None = None
    callback_at: Instant | None = None
    callback_owner: Text | None = None
    reason: Text = ""


class AgentState(msgspec.Struct, tag_field="fact", tag="agent_state", frozen=True):
    """An agent's state changed."""

    agent: Text
    at: Instant
    state: Text
    reason: Text = ""
    campaign: Text | None = None
    attempt: Text | None = None


class AgentInterval(msgspec.Struct, tag_field="fact", tag="agent_interval", frozen=True):
    """An agent chose a call interval."""

    agent: Text
    at: Instant
    interval_s: Seconds | None = None


class CampaignState(msgspec.Struct, tag_field="fact", tag="campaign_state", frozen=True):
    """A campaign was started, paused, drained or stopped."""

    campaign: Text
    at: Instant
    state: RunState
    reason: Text = ""


class ControlBlock(msgspec.Struct, tag_field="fact", tag="control_block", frozen=True):
    """A block of a campaign's time began; `one_line`: it dials one line per agent, to have a comparison."""

    campaign: Text
    at: Instant
    one_line: bool = False


Fact = (
    AttemptDialed
    | AttemptRerouted
    | AttemptRang
    | AttemptAnswered
    | AttemptBridged
    | AttemptPassed
    | AttemptAbandoned
    | AttemptGreeting
    | AttemptMachine
    | AttemptVerdict
    | AttemptOptedOut
    | AttemptEnded
    | Disposition
    | LeadSettled
    | AgentState
    | AgentInterval
    | CampaignState
    | ControlBlock
)


FOR_OTHERS = frozenset(
    {
        "call_held",
        "call_unheld",
        "party_dialed",
        "party_joined",
        "party_gone",
        "recording_started",
        "recording_stopped",
        "recording_paused",
        "recording_resumed",
        "preview_shown",
        "preview_skipped",
    }
)
"""Facts that change nothing in the books: desks, recordings and reports read them."""


def understand(fact: Mapping[str, object]) -> Fact | None:
    """Return the typed fact; None for a kind this program does not know or a field of a wrong type."""
    try:
        understood: Fact = msgspec.convert(fact, Fact)
    except (msgspec.ValidationError, ValueError, OverflowError):
        return None
    return understood if all(_storable(value) for value in fact.values()) else None


def _storable(value: object) -> bool:
    """Say whether a database holds it: no NaN, which comparisons let through, no half or zero characters."""
    if not isinstance(value, str):
        return value == value  # noqa: PLR0124
    return "\0" not in value and (value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value))
