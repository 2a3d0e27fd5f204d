"""The carrier's own record of every call it played: what the dialer's books are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dialer.lab import people


@dataclass(frozen=True, slots=True)
class CarrierCall:
    """One call as the carrier saw it; instants in seconds since the epoch on this machine's clock."""

    number: str  # E.164 with +, or the name of an agent's phone
    person: people.Person | None  # None for agents' phones
    port: int
    caller_id: str
    arrived_at: float
    answered_at: float | None
    ended_at: float
    cause: int
    ended_by: str  # callee | caller
    pressed: str
    heard: Path | None

    @property
    def kind(self) -> str:
        """The kind of callee in lower case; "agent" for an agent's phone."""
        return self.person.kind.name.lower() if self.person else "agent"


def read(path: Path, root: Path | None) -> list[CarrierCall]:
    """All ended calls, oldest first; none if nothing was recorded yet. A line being written is left out."""
    try:
        text = path.read_text()
    except FileNotFoundError:
        return []
    whole = text[: text.rfind("\n") + 1]
    calls = [_call(line.split(","), root) for line in whole.splitlines() if line.count(",") == 9]
    return sorted(calls, key=lambda call: call.arrived_at)


def _call(fields: list[str], root: Path | None) -> CarrierCall:
    number, port, caller, start, answer, end, cause, by, pressed, heard = fields
    person = people.read(number)
    tape = Path(heard) if heard else None
    return CarrierCall(
        number=f"+{number}" if person else number,
        person=person,
        port=int(port or 0),
        caller_id=caller,
        arrived_at=float(start),
        answered_at=float(answer or 0) or None,
        ended_at=float(end),
        cause=int(cause or 0),
        ended_by=by,
        pressed=pressed,
        heard=root / tape.relative_to("/") if tape and root else tape,
    )
