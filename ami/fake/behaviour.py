"""How the people and phones at the far end behave: what a test or a demo writes."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field


class Kind(enum.StrEnum):
    """What picks up, or does not."""

    HUMAN = "human"
    MACHINE = "machine"
    NO_ANSWER = "no_answer"
    """Rings until the caller gives up."""
    DEAD = "dead"
    """The trunk says "trying" and nothing else."""
    REFUSED = "refused"
    """The far end refuses with a SIP response."""
    UNROUTABLE = "unroutable"
    """No channel comes to be at all: unknown endpoint, unregistered phone."""


@dataclass(frozen=True, slots=True)
class Callee:
    """One called number for one call. Seconds; `sip` is the final response of a refusal."""

    kind: Kind = Kind.HUMAN
    post_dial_s: float = 0.2
    """From the INVITE to the first ring."""
    ring_s: float = 5.0
    """From the first ring to the answer or the refusal; 0: refused before it ever rang."""
    talk_s: float = 60.0
    """A person: from the agent's voice to hanging up. A machine: from the answer to hanging up."""
    patience_s: float = 20.0
    """How long a person listens to anything but an agent."""
    presses_optout: bool = False
    """Presses the opt-out key while the message plays."""
    optout_after_s: float = 2.0
    """From the first word of a message to the key."""
    presses: str = ""
    """Other keys, one for each time the message is played; before the opt-out key if that is pressed too."""
    leaves_after_s: float | None = None
    """Hangs up this long after answering, whatever is going on."""
    sip: int = 486
    amd_s: float = 2.5
    """From the answer to the verdict of AMD."""
    amd_status: str = ""
    """HUMAN, MACHINE, NOTSURE or HANGUP; empty: what it really is."""
    amd_cause: str = ""

    speaks_after_s: float | None = 0.8
    """From the answer to the first word, where it is listened for (TALK_DETECT); None: silent."""
    speaks_for_s: float | None = 0.8
    """How long the greeting lasts; None: it never ends."""

    def silent_after_s(self, since_answer_s: float) -> float:
        """How long it takes until two seconds of silence were heard, from so long after the answer; 30 at most."""
        if self.speaks_after_s is None:
            return 2.0
        if self.speaks_for_s is None:
            return 30.0
        speech_s = self.speaks_after_s + self.speaks_for_s - since_answer_s
        return min(30.0, max(0.0, speech_s) + 2.0)

    def verdict(self) -> tuple[str, str]:
        """AMDSTATUS and AMDCAUSE."""
        machine = self.kind is Kind.MACHINE
        status = self.amd_status or ("MACHINE" if machine else "HUMAN")
        return status, self.amd_cause or ("MAXWORDS-3-2" if status == "MACHINE" else "HUMAN-800-800")


@dataclass(frozen=True, slots=True)
class AgentPhone:
    """An agent's phone, for one ringing."""

    answer_s: float = 0.5
    answers: bool = True
    """False: rings until the switch gives up."""
    reachable: bool = True
    """False: not registered, no channel comes to be."""
    refuses_with: int | None = None
    """A SIP response instead of an answer (486: the phone is busy)."""
    rings: bool = True
    drops_after_s: float | None = None
    """The leg is lost this long after it was answered."""


CalleeOf = Callable[[str], Callee]
PhoneOf = Callable[[str], AgentPhone]
TrunkOf = Callable[[str], Callee | None]


def busy(ring_s: float = 1.0) -> Callee:
    """The line is busy (SIP 486)."""
    return Callee(Kind.REFUSED, ring_s=ring_s, sip=486)


def invalid(ring_s: float = 0.0) -> Callee:
    """The number is not allocated (SIP 404)."""
    return Callee(Kind.REFUSED, ring_s=ring_s, sip=404)


def congested(ring_s: float = 0.0) -> Callee:
    """The trunk has no room (SIP 503)."""
    return Callee(Kind.REFUSED, ring_s=ring_s, sip=503)


def everybody(callee: Callee) -> CalleeOf:
    """Every number behaves the same."""
    return lambda _number: callee


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The world around the switch: by number for customers, by endpoint for agents' phones."""

    callee: CalleeOf = field(default_factory=lambda: everybody(Callee()))
    phone: PhoneOf = field(default_factory=lambda: lambda _endpoint: AgentPhone())
    trunk: TrunkOf = field(default_factory=lambda: lambda _endpoint: None)
    """What a trunk does to every call, such as `congested()` or a DEAD callee; None: it works."""
