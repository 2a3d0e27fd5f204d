"""What goes into and comes out of the memory: frozen records; instants are aware UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number to add: E.164 with the leading plus, and the zones it may ring in."""

    e164: str
    kind: str = ""
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NewLead:
    """A lead to add; `window_key` groups leads whose calling windows open and close together."""

    numbers: tuple[NewNumber, ...]
    external_id: str | None = None
    name: str = ""
    zone: str | None = None
    priority: int = 0
    deadline: datetime | None = None
    owner: str | None = None
    window_key: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NumberRow:
    """A lead's number; `closed` says why it is not to be dialed any more, empty while it may be.

    In a claim's candidates `recent` are the instants of late calls to it for any lead of any campaign, and
    `abandoned_at` the last one that no agent took in time. Until `rest_until` the lead's other numbers come first.
    """

    number_id: int
    e164: str
    kind: str
    zones: tuple[str, ...]
    position: int
    attempts: int
    last_at: datetime | None = None
    closed: str = ""
    recent: tuple[datetime, ...] = ()
    abandoned_at: datetime | None = None
    rest_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead as it stands; `chance` is that of being reached before its deadline, where it was planned."""

    lead_id: int
    campaign_id: str
    external_id: str | None
    name: str
    state: str
    reason: str
    priority: int
    window_key: str
    zone: str | None
    deadline: datetime | None
    owner: str | None
    next_at: datetime | None
    attempts: int
    data: Mapping[str, str]
    created_at: datetime
    changed_at: datetime
    callback_at: datetime | None = None
    callback_owner: str | None = None
    caller_id: str = ""
    chance: float | None = None
    numbers: tuple[NumberRow, ...] = ()


@dataclass(frozen=True, slots=True)
class LeadNote:
    """Why a lead changed its state without a call."""

    at: datetime
    state: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Added:
    """What `leads.add` did: one entry per lead given, its id or None for a known external id."""

    lead_ids: tuple[int | None, ...]

    @property
    def added(self) -> int:
        """How many are new."""
        return sum(1 for lead_id in self.lead_ids if lead_id is not None)

    @property
    def known(self) -> int:
        """How many were there before."""
        return len(self.lead_ids) - self.added


@dataclass(frozen=True, slots=True)
class Candidate:
    """A lead offered to the judge; `dnc` maps its numbers on a do-not-call list to the lists' names.

    `recent` are the instants of its late calls, on any of its numbers; `past` the outcomes of all that ended,
    and "said=CODE" for each of their dispositions.
    """

    lead_id: int
    campaign_id: str
    external_id: str | None
    name: str
    numbers: tuple[NumberRow, ...]
    zone: str | None
    priority: int
    deadline: datetime | None
    owner: str | None
    attempts: int
    data: Mapping[str, str]
    dnc: Mapping[str, tuple[str, ...]]
    window_key: str
    next_at: datetime | None
    reason: str
    recent: tuple[datetime, ...] = ()
    callback_at: datetime | None = None
    callback_owner: str | None = None
    caller_id: str = ""
    past: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Accept:
    """Call this lead on this number, under this id."""

    number_id: int
    attempt_id: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not call this lead before `until`; None excludes it for good."""

    reason: str
    detail: str = ""
    until: datetime | None = None


Judgement = Accept | Refuse


@dataclass(frozen=True, slots=True)
class ClaimedCall:
    """An attempt committed: this daemon, and no other, may dial it now."""

    attempt_id: str
    lead: Candidate
    number: NumberRow
    claimed_at: datetime

    @property
    def lead_id(self) -> int:
        """The lead's id."""
        return self.lead.lead_id

    @property
    def e164(self) -> str:
        """The number to dial."""
        return self.number.e164


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """Attempts in the order of the leads; refused leads with reasons; `exhausted`: none is left to offer."""

    attempts: tuple[ClaimedCall, ...]
    refused: tuple[tuple[int, str], ...]
    exhausted: bool
    scanned: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call placed for a lead, or with `inbound` one of a lead who rang us, as the books know it."""

    attempt_id: str
    lead_id: int
    number_id: int
    e164: str
    campaign_id: str
    node: str
    trunk: str
    agent: str | None
    state: str
    claimed_at: datetime
    dialed_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    ended_at: datetime | None
    outcome: str
    disposition: str
    cause: int | None
    tech_cause: int | None
    talk_s: float | None
    wait_s: float | None
    abandoned: bool
    gave_up: bool
    machine: bool
    opted_out: bool
    caller_id: str = ""
    inbound: bool = False
    greeting_end_at: datetime | None = None
    verdict: str | None = None
    verdict_cause: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """An agent with a person; `talk_s` is None while `live`; `new`: the lead's first ever."""

    attempt_id: str
    agent: str
    campaign_id: str
    bridged_at: datetime
    talk_s: float | None
    live: bool
    new: bool


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign's run state: running, paused, draining or stopped."""

    campaign_id: str
    state: str
    changed_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class AgentRow:
    """An agent and the last durable state; `interval_s` is None until the agent set one.

    `skills` is None until somebody set them: then those of the configuration hold.
    """

    agent_id: str
    name: str
    endpoint: str
    interval_s: float | None
    campaign_id: str | None
    state: str
    state_at: datetime
    state_reason: str
    removed_at: datetime | None
    skills: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class AgentLogRow:
    """One change of an agent's state."""

    agent_id: str
    at: datetime
    state: str
    reason: str
    campaign_id: str | None


@dataclass(frozen=True, slots=True)
class DncEntry:
    """A number, or with `is_prefix` the beginning of numbers, not to be called."""

    entry: str
    list_id: str = "system"
    is_prefix: bool = False
    expires_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DispositionRow:
    """What an agent said came of an attempt; the last one counts."""

    attempt_id: str
    agent_id: str | None
    at: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Note:
    """Free text about a lead."""

    lead_id: int
    at: datetime
    body: str
    attempt_id: str | None = None
    agent_id: str | None = None


@dataclass(frozen=True, slots=True)
class Applied:
    """What `books.apply` did; `position` is what is stored now."""

    position: int
    applied: int
    skipped: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Answered and abandoned calls of a window: the raw counts from which every rule's figure is computed."""

    answered: int
    bridged: int
    abandoned: int
    gave_up: int
    machines: int
    opted_out: int


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """`current` is None on an empty database; `state`: empty, behind, current or unknown."""

    current: str | None
    head: str
    state: str
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UserRow:
    """A person who may sign in; `role` is agent, supervisor or admin, `agent_id` whose desk is theirs.

    `phone` is where they listen to agents; empty: nowhere of their own.
    """

    user_id: str
    role: str
    password_hash: str = field(repr=False)
    agent_id: str | None
    disabled: bool
    created_at: datetime
    changed_at: datetime
    phone: str = ""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A sign-in that holds, known by the hash of its secret, with the person as they are now."""

    id_hash: str
    user: UserRow
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A program's key, known by its hash; `scopes` narrow what its role may do."""

    token_id: str
    name: str
    role: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One change: who made it, from where, on what; `before` and `after` are JSON."""

    at: datetime
    actor: str
    address: str
    action: str
    target: str
    before: str
    after: str
    audit_id: int = 0
