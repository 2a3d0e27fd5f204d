"""One customer's call as a set of facts: what is known decides, never the order in which it came."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from dialer.core.outcomes import OUR_TIMEOUT, Outcome, judge_unanswered
from dialer.core.settings import NOTHING_KNOWN, Known

HANG_UP_GRACE_S = 1.0
"""How long a failed Originate waits for the Hangup with its cause; some failures never had a channel."""

UNANSWERED_GRACE_S = 5.0
"""How long after its own time-out an unanswered call may stay silent before the switch is asked."""

WAITING_GRACE_S = 90.0
"""How long an answered call without an agent may last: its hold, the recorded message and the opt-out key."""

TIMEOUT_SLACK_S = 0.5
"""A ring that ended this close to Originate's own time-out was ended by it, whatever the cause beside it."""


class Phase(StrEnum):
    """Where a call stands, read off its facts."""

    CLAIMED = "claimed"
    DIALING = "dialing"
    RINGING = "ringing"
    ANSWERED = "answered"
    WAITING = "waiting"
    CONNECTING = "connecting"
    TALKING = "talking"
    LEAVING = "leaving"
    ENDED = "ended"


# A Struct and not a dataclass, here and for agents: nearly all the core does is replace a few of many fields.
class Call(Struct, frozen=True):
    """The facts of one attempt; instants are None until known.

    `agent_id` is the agent locked for it and `seat_id` the seat that was offered; `unsure` says that nobody
    knows whether that offer came about. `hold_s` is the dialplan's timer as this call was told it; None: the
    campaign's of today. `tried` are trunks that refused it, `gone_at` when the channel of the last one went, while
    Originate's word on it is still to come. `talked_with` is the last agent who did talk. `inbound`: they rang us.
    `by_hand`: an agent asked for it, so pacing neither counts nor learns from it; `reserved` is that agent, while
    there. `verdict` is the word of the detection; `suspected`: it heard a machine, and an agent is to find out;
    `clip` is the file of what it heard, where people are to check it.

    A person on hold is still in the conversation: `parked_at` since when, `parked_s` how long before; `parking`
    says that it was asked for. `moving_to` is the agent to whom the person is being given, `party_id` the third
    in the conversation; `confer`: they are, or are about to be, in a conference, out of which nobody may be bridged
    (Asterisk would put a channel of another id in their place); `regroup`: person and agent are to be bridged as
    soon as both wait. `passed_at` when the last agent left the two of them; `said` what an agent who gave
    the person away told of it; `trouble` why the last such wish came to nothing. `tape` is the recording
    begun last.
    `skills` are what the lead asks for: no agent without them is offered.
    """

    id: str
    key: int
    lead_id: int
    claimed_at: float
    attempts: int = 1
    owner: str | None = None
    p_answer: float | None = None
    other_numbers: bool = False
    past: tuple[str, ...] = ()
    known: Known = NOTHING_KNOWN
    caller_id: str = ""
    skills: tuple[str, ...] = ()
    inbound: bool = False
    amd: bool = False
    trunk: str | None = None
    tried: tuple[str, ...] = ()
    gone_at: float | None = None
    dial_timeout_s: float = 30.0
    hold_s: int | None = None
    dialed_at: float | None = None
    rang_at: float | None = None
    answered_at: float | None = None
    greeting_from: float | None = None
    greeting_end_at: float | None = None
    held_at: float | None = None
    rescue: bool = False
    machine: bool | None = None
    machine_cause: str = ""
    verdict: str = ""
    suspected: bool = False
    clip: str = ""
    agent_id: str | None = None
    seat_id: str | None = None
    unsure: bool = False
    offers: int = 0
    talked_with: str | None = None
    bridged_at: float | None = None
    talk_from: float | None = None
    talk_s: float = 0.0
    abandoned_at: float | None = None
    gave_up: bool = False
    opted_out: bool = False
    released: bool = False
    refused: str | None = None
    failed_reason: int | None = None
    failed_at: float | None = None
    cause: int | None = None
    tech_cause: int | None = None
    by_hand: bool = False
    reserved: str | None = None
    moving_to: str | None = None
    parked_at: float | None = None
    parking: bool = False
    parked_s: float = 0.0
    confer: bool = False
    regroup: bool = False
    passed_at: float | None = None
    said: str = ""
    party_id: str | None = None
    trouble: str = ""
    tape: str = ""
    tape_on: bool = False
    tape_muted: bool = False
    hung_up_at: float | None = None
    lost: bool = False
    heard_at: float = 0.0

    @property
    def ended(self) -> bool:
        """No channel of this call can be left, and all that will be known is known."""
        return self.hung_up_at is not None

    @property
    def phase(self) -> Phase:
        """Where the call stands; later facts win over earlier ones whatever their order."""
        if self.hung_up_at is not None:
            return Phase.ENDED
        if self.talk_from is not None or self.passed_at is not None:
            return Phase.TALKING
        if self.abandoned_at is not None:
            return Phase.LEAVING
        if self.agent_id is not None:
            return Phase.CONNECTING
        if self.held_at is not None:
            return Phase.WAITING
        if self.answered_at is not None:
            return Phase.ANSWERED
        if self.rang_at is not None:
            return Phase.RINGING
        return Phase.CLAIMED if self.dialed_at is None else Phase.DIALING

    @property
    def in_flight(self) -> bool:
        """Not yet known to be a person: pacing counts it among its calls."""
        if self.hung_up_at is not None or self.failed_at is not None or self.released or self.by_hand:
            return False
        if self.held_at is not None or self.bridged_at is not None or self.abandoned_at is not None:
            return False
        return self.answered_at is None or (self.amd and self.machine is None)

    @property
    def arriving(self) -> bool:
        """Known to be a person, and not yet in the hold: a moment in which pacing must not miss them."""
        if (
            self.answered_at is None
            or self.in_flight
            or self.machine
            or self.released
            or self.ended
            or self.by_hand
        ):
            return False
        return self.held_at is None and self.bridged_at is None and self.abandoned_at is None

    @property
    def failed(self) -> bool:
        """Originate ended unanswered, and no fact says otherwise."""
        return self.failed_at is not None and self.answered_at is None

    @property
    def overdue_at(self) -> float:
        """When silence about this call becomes suspicious and the switch is to be asked."""
        if self.gone_at is not None:
            return self.gone_at + HANG_UP_GRACE_S
        if self.failed_at is not None and self.failed:
            return self.failed_at + HANG_UP_GRACE_S
        if self.talk_from is not None or self.passed_at is not None:
            return float("inf")
        answered = max(self.answered_at or 0.0, self.held_at or 0.0)
        if answered:
            return answered + WAITING_GRACE_S + (self.hold_s or 0 if self.inbound else 0)
        return (self.dialed_at or self.claimed_at) + self.dial_timeout_s + UNANSWERED_GRACE_S

    @property
    def outcome(self) -> Outcome:
        """What came of an ended call.

        Abandoned wins over bridged when both facts arrived; answered without a bridge is never unknown.
        """
        if self.inbound:
            return Outcome.CONNECTED if self.bridged_at is not None else Outcome.MISSED
        if self.refused is not None:
            return Outcome.NOT_DIALED
        if self.abandoned_at is not None:
            return Outcome.GAVE_UP if self.gave_up and self.bridged_at is None else Outcome.ABANDONED
        if self.bridged_at is not None:
            return Outcome.CONNECTED
        if self.machine:
            return Outcome.MACHINE
        if self.answered_at is not None or self.held_at is not None:
            return Outcome.ABANDONED if self.lost or self.released else Outcome.GAVE_UP
        if self.released:
            return Outcome.RELEASED
        if self.failed_reason is None:
            if self.lost:
                return Outcome.UNKNOWN
            if self._rang_out:
                return Outcome.NO_ANSWER
        elif self.lost and self.rang_at is None and self.failed_reason != OUR_TIMEOUT:
            return Outcome.TRUNK_FAILED  # no channel ever was: an endpoint unknown or not registered
        return judge_unanswered(self.failed_reason, self.cause, self.tech_cause)

    @property
    def _rang_out(self) -> bool:
        """Hung up at Originate's own time-out; its Reason may come only after the hang-up."""
        if self.dialed_at is None or self.hung_up_at is None or self.cause not in _TIMEOUT_CAUSES:
            return False
        return self.hung_up_at - self.dialed_at >= self.dial_timeout_s - TIMEOUT_SLACK_S


_TIMEOUT_CAUSES = (0, 16, 19)


def lock(call: Call, agent_id: str, seat_id: str) -> Call:
    """This agent is offered."""
    return replace(call, agent_id=agent_id, seat_id=seat_id, offers=call.offers + 1, unsure=False)


def unlock(call: Call) -> Call:
    """The offer came to nothing, or its conversation is over."""
    return replace(call, agent_id=None, seat_id=None, unsure=False)


def release(call: Call) -> Call:
    """We hang up this ringing call on purpose."""
    return replace(call, released=True)
