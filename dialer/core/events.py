"""What happened, as the pure core hears it: facts from the line, acts of people, and time.

Every event carries `at`, seconds since the Unix epoch on the daemon's clock that never steps.
Events may come in any order and more than once; a machine takes the fact and ignores the repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from dialer.core.settings import NOTHING_KNOWN, Known


@dataclass(frozen=True, slots=True)
class Event:
    """The instant at which the daemon learnt of it."""

    at: float


@dataclass(frozen=True, slots=True)
class CallEvent(Event):
    """Something about one customer's call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class CallRang(CallEvent):
    """The far end rings."""


@dataclass(frozen=True, slots=True)
class CallAnswered(CallEvent):
    """The far end picked up; person or machine is not known yet."""


@dataclass(frozen=True, slots=True)
class CallHeld(CallEvent):
    """The customer waits for an agent in a holding bridge; `rescue` after an agent's phone dropped."""

    rescue: bool = False


@dataclass(frozen=True, slots=True)
class CallBridged(CallEvent):
    """The customer entered a bridge that is not holding: two people can talk."""


@dataclass(frozen=True, slots=True)
class MachineJudged(CallEvent):
    """Answering-machine detection gave its verdict; `status` in its own word, where it was heard.

    `suspected`: a machine by that word, and given to an agent all the same.
    """

    machine: bool
    cause: str = ""
    status: str = ""
    suspected: bool = False


@dataclass(frozen=True, slots=True)
class GreetingBegan(CallEvent):
    """The person began to speak, where it is listened for; also later in the call."""


@dataclass(frozen=True, slots=True)
class GreetingEnded(CallEvent):
    """The person has been silent for a while after `spoke_s` of speech; also later in the call."""

    spoke_s: float


@dataclass(frozen=True, slots=True)
class CallAbandoned(CallEvent):
    """The dialplan gave up on an agent and plays the recorded message."""

    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class CallOptedOut(CallEvent):
    """The person pressed the opt-out key in the recorded message."""


@dataclass(frozen=True, slots=True)
class DialFailed(CallEvent):
    """Originate ended unanswered; `reason` as Asterisk gives it (3: our time-out, 0: look at the cause)."""

    reason: int


@dataclass(frozen=True, slots=True)
class DialRefused(CallEvent):
    """No channel was ever asked for: the line was down, or Asterisk refused the action."""

    why: str


@dataclass(frozen=True, slots=True)
class CallHungUp(CallEvent):
    """The customer's channel is gone."""

    cause: int
    tech_cause: int | None = None


@dataclass(frozen=True, slots=True)
class CallLost(CallEvent):
    """The channel is not on the switch any more and no hang-up was heard."""


@dataclass(frozen=True, slots=True)
class BridgeMade(CallEvent):
    """Asterisk answered Success to our Bridge."""

    seat_id: str


class Missing(StrEnum):
    """Which side of a refused bridge was gone."""

    CALL = "call"
    SEAT = "seat"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BridgeRefused(CallEvent):
    """Asterisk refused our Bridge, or never answered it."""

    seat_id: str
    missing: Missing


@dataclass(frozen=True, slots=True)
class SeatEvent(Event):
    """Something about the held leg to one agent's phone."""

    seat_id: str


@dataclass(frozen=True, slots=True)
class SeatHeld(SeatEvent):
    """The agent's leg is in its holding bridge: it can be bridged."""


@dataclass(frozen=True, slots=True)
class SeatBridged(SeatEvent):
    """The agent's leg left its hold for a conversation."""


@dataclass(frozen=True, slots=True)
class SeatLost(SeatEvent):
    """The agent's leg is gone, or was never answered."""

    why: str


class Whereabouts(StrEnum):
    """Where a live channel is on the switch, as a snapshot tells it."""

    RINGING = "ringing"
    UP = "up"
    HOLDING = "holding"
    PARKED = "parked"
    TALKING = "talking"


@dataclass(frozen=True, slots=True)
class LineSynced(Event):
    """The switch's state is known again: every live channel of ours, by id, with where it is.

    `asked_at` is when the snapshot was asked for: a channel younger than that may be missing from it.
    """

    asked_at: float
    channels: tuple[tuple[str, Whereabouts], ...]


@dataclass(frozen=True, slots=True)
class LineLost(Event):
    """The switch cannot be heard; its state is not known until the next `LineSynced`."""

    why: str


@dataclass(frozen=True, slots=True)
class TimePassed(Event):
    """An instant that a machine asked to be woken at has come."""


@dataclass(frozen=True, slots=True)
class NewCall:
    """One claimed lead, ready to be dialed: ids and settings only, never the lead's number; `caller_id` is ours."""

    call_id: str
    lead_id: int
    attempts: int
    owner: str | None = None
    p_answer: float | None = None
    other_numbers: bool = False
    past: tuple[str, ...] = ()
    known: Known = NOTHING_KNOWN
    caller_id: str = ""
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallArrived(CallEvent):
    """A lead rang us and has waited since `came_at`, as long as the dialplan lets them: `hold_s`."""

    new: NewCall
    came_at: float
    hold_s: int


@dataclass(frozen=True, slots=True)
class LeadsClaimed(Event):
    """The memory handed out leads; `asked` says how many pacing wanted.

    `resume_at`: before this instant it has no more to give, unless leads come or change; None: not known.
    `lane`: whose leads were asked for; None: anybody's.
    """

    asked: int
    calls: tuple[NewCall, ...]
    exhausted: bool = False
    why: str = ""
    resume_at: float | None = None
    lane: str | None = None


@dataclass(frozen=True, slots=True)
class LanesTold(Event):
    """The lanes that open leads are of, each with how many they are, counted up to a bound."""

    lanes: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LeadsChanged(Event):
    """Leads were added, moved or promised: a memory that had none to give may have some now."""


@dataclass(frozen=True, slots=True)
class AgentEvent(Event):
    """Something an agent or a supervisor did about one agent."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class AgentLoggedIn(AgentEvent):
    """The agent takes a seat: the phone is to be rung once; `seat_id` is unique per log-in."""

    seat_id: str
    interval_s: float
    ready: bool = False
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgentLoggedOut(AgentEvent):
    """The agent leaves; a conversation is finished first."""


@dataclass(frozen=True, slots=True)
class AgentWentReady(AgentEvent):
    """The agent wants calls; `skip_interval` ends the own interval now."""

    skip_interval: bool = False


@dataclass(frozen=True, slots=True)
class AgentPaused(AgentEvent):
    """The agent wants no further call until ready again; a conversation is finished first."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class IntervalChosen(AgentEvent):
    """The agent's own call interval from now on."""

    interval_s: float


@dataclass(frozen=True, slots=True)
class SkillsSet(AgentEvent):
    """The agent has these skills from now on, and no others."""

    skills: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DispositionGiven(AgentEvent):
    """The agent says what came of the conversation; during it or in wrap-up."""

    code: str
    call_id: str | None = None
    callback_at: float | None = None
    callback_mine: bool = False
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class SeatRenewed(AgentEvent):
    """A fresh seat id for an agent whose phone dropped: it is rung once more."""

    seat_id: str


class RunState(StrEnum):
    """What the operator wants of a campaign."""

    STOPPED = "stopped"
    RUNNING = "running"
    PAUSED = "paused"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class RunStateSet(Event):
    """The campaign was started, paused, drained or stopped."""

    state: RunState


@dataclass(frozen=True, slots=True)
class BudgetTold(Event):
    """The tightest ledger of abandonment: its counts, its limit, and the answers foreseen in its window.

    `doubtful` are lengths of ringing (from, to seconds) after which too many people were taken for machines.
    """

    answered: float
    abandoned: float
    limit: float
    expected: float
    ledger: str = ""
    doubtful: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class DialingForbidden(Event):
    """Fail closed: something outside the floor forbids new calls; an empty `why` lifts it."""

    source: str
    why: str
