"""The messages, as they are written and as the published document describes them. Instants are ISO 8601, UTC."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

Transaction = Annotated[str, Meta(max_length=128, description="Chosen by the caller; comes back unchanged.")]
Instant = Annotated[str, Meta(description="ISO 8601, UTC.", extra_json_schema={"format": "date-time"})]


ListeningMode = Literal["listen", "whisper", "barge"]


class Status(Struct, frozen=True, kw_only=True):
    """Whether the daemon is there. `offline` is also its last will, sent by the broker."""

    state: Literal["online", "offline"]
    instance: str
    version: str = ""
    since: Instant | None = None


class Ledger(Struct, frozen=True, kw_only=True):
    """One figure of abandonment and its limit, as shares; `left` is how many abandoned calls it still bears."""

    name: str
    share: float
    limit: float
    left: float


class LaneState(Struct, frozen=True, kw_only=True):
    """Open leads that ask for the same skills: how many wait (`more` than told), and the calls on their way.

    `able` and `ready` count agents of the floor who have all that is asked for. `why` says why none is dialed.
    """

    skills: list[str]
    leads: int
    more: bool
    able: int
    ready: int
    in_flight: int
    why: str


class CampaignState(Struct, frozen=True, kw_only=True):
    """A campaign now: its run state, what pacing does and why, its calls, its agents, its lanes of skills."""

    id: str
    state: Literal["stopped", "running", "paused", "draining"]
    node: str
    node_up: bool
    why: str
    dialing: int
    ringing: int
    waiting: int
    talking: int
    agents: dict[str, int]
    ledgers: list[Ledger]
    lanes: list[LaneState] = []


class TargetState(Struct, frozen=True, kw_only=True):
    """How an agent stands against an activity target: minutes of talk, or new numbers; `says` in a sentence."""

    id: str
    title: str
    measure: Literal["talk", "new_numbers"]
    value: int
    goal: int
    expected: int
    state: Literal["ahead", "on_track", "behind", "done", "missed"]
    left_min: int
    needed_per_h: int | None
    says: str


class AgentState(Struct, frozen=True, kw_only=True):
    """An agent now; `out` is logged out. `ready_at` is told while the own call interval runs.

    `listened`: how a supervisor listens, as far as the campaign's rule tells the agent.
    """

    id: str
    name: str
    state: str
    campaign: str | None = None
    since: Instant | None = None
    reason: str = ""
    interval_s: float | None = None
    ready_at: Instant | None = None
    phone_held: bool = False
    call: str | None = None
    listened: ListeningMode | None = None
    targets: list[TargetState] = []


class CallEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something happened to a call. `number` is only there where the configuration allows numbers."""

    event: Literal[
        "dialed",
        "ringing",
        "answered",
        "machine",
        "connected",
        "abandoned",
        "opted_out",
        "passed",
        "ended",
        "judged",
    ]
    at: Instant
    campaign: str
    call: str
    agent: str | None = None
    trunk: str | None = None
    outcome: str | None = None
    disposition: str | None = None
    talk_s: float | None = None
    wait_s: float | None = None
    gave_up: bool = False
    from_agent: str | None = None
    number: str | None = None


class ListeningEvent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A supervisor began to listen to an agent, went on in another mode, or ended; said as far as the agent is told.

    `mode`: who hears the supervisor: nobody (listen), the agent (whisper), the person called too (barge).
    """

    event: Literal["started", "changed", "ended"]
    at: Instant
    campaign: str
    agent: str
    user: str
    mode: ListeningMode


class Failure(Struct, frozen=True, kw_only=True):
    """Why a request was not granted: `id` is stable for programs, `message` says what to do."""

    id: str
    message: str


class Response(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to one request: a result, or an error."""

    status: Literal["ok", "error"]
    transaction: str | None = None
    result: Any = None
    error: Failure | None = None


encode = msgspec.json.Encoder().encode
