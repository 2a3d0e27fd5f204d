"""One customer's call as a set of facts: what is known decides, never the order in which it came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from dialer.core import events as ev
from dialer.core.outcomes import Outcome, judge_unanswered

HANG_UP_GRACE_S = 1.0
"""How long a failed Originate waits for the Hangup with its cause; some failures never had a channel."""

UNANSWERED_GRACE_S = 5.0
"""How long after its own time-out an unanswered call may stay silent before the switch is asked."""

WAITING_GRACE_S = 90.0
"""How long an answered call without an agent may last: its hold, the recorded message and the opt-out key."""


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


@dataclass(frozen=True, slots=True)
class Call:
    """The facts of one attempt; instants are None until known. `agent_id` is the agent locked for it."""

    id: str
    key: int
    lead_id: int
    claimed_at: float
    attempts: int = 1
    owner: str | None = None
    p_answer: float | None = None
    amd: bool = False
    trunk: str | None = None
    dial_timeout_s: float = 30.0
    dialed_at: float | None = None
    rang_at: float | None = None
    answered_at: float | None = None
    held_at: float | None = None
    rescue: bool = False
    machine: bool | None = None
    machine_cause: str = ""
    agent_id: str | None = None
    offers: int = 0
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
    hung_up_at: float | None = None
    lost: bool = False

    @property
    def ended(self) -> bool:
        """No channel of this call can be left, and all that will be known is known."""
        return self.hung_up_at is not None

    @property
    def phase(self) -> Phase:
        """Where the call stands; later facts win over earlier ones whatever their order."""
        if self.hung_up_at is not None:
            return Phase.ENDED
        if self.talk_from is not None:
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
        if self.hung_up_at is not None or self.failed_at is not None or self.released:
            return False
        if self.held_at is not None or self.bridged_at is not None or self.machine:
            return False
        return self.answered_at is None or self.amd

    @property
    def overdue_at(self) -> float:
        """When silence about this call becomes suspicious and the switch is to be asked."""
        if self.failed_at is not None:
            return self.failed_at + HANG_UP_GRACE_S
        if self.talk_from is not None:
            return float("inf")
        answered = max(self.answered_at or 0.0, self.held_at or 0.0)
        if answered:
            return answered + WAITING_GRACE_S
        return (self.dialed_at or self.claimed_at) + self.dial_timeout_s + UNANSWERED_GRACE_S

    @property
    def outcome(self) -> Outcome:
        """What came of an ended call.

        Abandoned wins over bridged when both facts arrived; answered without a bridge is never unknown.
        """
        if self.refused is not None:
            return Outcome.NOT_DIALED
        if self.abandoned_at is not None:
            return Outcome.GAVE_UP if self.gave_up and self.bridged_at is None else Outcome.ABANDONED
        if self.bridged_at is not None:
            return Outcome.CONNECTED
        if self.machine:
            return Outcome.MACHINE
        if self.answered_at is not None or self.held_at is not None:
            return Outcome.ABANDONED if self.lost else Outcome.GAVE_UP
        if self.released:
            return Outcome.RELEASED
        if self.lost and self.failed_reason is None:
            return Outcome.UNKNOWN
        return judge_unanswered(self.failed_reason, self.cause, self.tech_cause)


def _first(known: float | None, at: float) -> float:
    return at if known is None else known


def apply(call: Call, event: ev.CallEvent) -> Call:  # noqa: C901, PLR0912 - one arm a fact
    """Add one fact to the call; a repeat changes nothing, and nothing is added after the end but flags."""
    if call.ended and not isinstance(event, ev.CallAbandoned | ev.CallOptedOut):
        return call
    at = event.at
    match event:
        case ev.CallRang():
            return replace(call, rang_at=_first(call.rang_at, at))
        case ev.CallAnswered():
            return replace(call, answered_at=_first(call.answered_at, at))
        case ev.CallHeld(rescue=rescue):
            return _hold(call, at, rescue=rescue)
        case ev.MachineJudged(machine=machine, cause=cause):
            if call.machine is not None:
                return call
            return replace(
                call, machine=machine, machine_cause=cause, answered_at=_first(call.answered_at, at)
            )
        case ev.CallBridged() | ev.BridgeMade():
            if call.talk_from is not None:
                return call
            return replace(
                call,
                answered_at=_first(call.answered_at, at),
                bridged_at=_first(call.bridged_at, at),
                talk_from=at,
            )
        case ev.CallAbandoned(gave_up=gave_up):
            return replace(
                call,
                answered_at=_first(call.answered_at, at),
                abandoned_at=_first(call.abandoned_at, at),
                gave_up=call.gave_up or gave_up,
            )
        case ev.CallOptedOut():
            return replace(call, opted_out=True)
        case ev.DialRefused(why=why):
            return replace(call, refused=why, hung_up_at=at)
        case ev.DialFailed(reason=reason):
            if call.answered_at is not None:
                return call
            return replace(call, failed_reason=reason, failed_at=_first(call.failed_at, at))
        case ev.CallHungUp(cause=cause, tech_cause=tech_cause):
            return _end(replace(call, cause=cause, tech_cause=tech_cause), at)
        case ev.CallLost():
            return _end(replace(call, lost=True), at)
        case _:
            return call


def _hold(call: Call, at: float, *, rescue: bool) -> Call:
    """Into a holding bridge: the first time as answered, later because the agent's side ended."""
    if call.held_at is not None and call.talk_from is None and not rescue:
        return call
    talked = 0.0 if call.talk_from is None else max(0.0, at - call.talk_from)
    return replace(
        call,
        answered_at=_first(call.answered_at, at),
        machine=call.machine or False,  # whoever reaches the hold was judged a person
        held_at=at,
        rescue=rescue or call.bridged_at is not None,
        talk_from=None,
        talk_s=call.talk_s + talked,
    )


def _end(call: Call, at: float) -> Call:
    talked = 0.0 if call.talk_from is None else max(0.0, at - call.talk_from)
    return replace(call, hung_up_at=at, talk_s=call.talk_s + talked)


def release(call: Call) -> Call:
    """We hang up this ringing call on purpose."""
    return replace(call, released=True)
