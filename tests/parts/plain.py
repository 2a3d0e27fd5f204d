"""Ledgers counted the plain way, call by call: what the database's sums are held against."""

from __future__ import annotations

import storage
from dialer.compliance.ledgers import CallRecord
from dialer.leads import evidence


def record_of(attempt: storage.Attempt, machine_codes: frozenset[str] = frozenset()) -> CallRecord | None:
    """A call as the ledgers count it; None for one that is not over, or never reached the network."""
    if attempt.state == "live" or attempt.dialed_at is None or attempt.outcome in evidence.NOT_A_CALL:
        return None
    answered = attempt.answered_at
    if answered is None and attempt.abandoned:
        answered = attempt.ended_at or attempt.dialed_at
    length_s = None
    if answered is not None and attempt.ended_at is not None:
        length_s = max(0.0, (attempt.ended_at - answered).total_seconds())
    bridged = None if attempt.abandoned or attempt.bridged_at is None else attempt.bridged_at.timestamp()
    return CallRecord(
        dialed_at=attempt.dialed_at.timestamp(),
        answered_at=None if answered is None else answered.timestamp(),
        greeting_end_at=None if attempt.greeting_end_at is None else attempt.greeting_end_at.timestamp(),
        connected_at=bridged,
        machine=attempt.machine and not attempt.abandoned and bridged is None,
        agent_machine=attempt.disposition in machine_codes,
        length_s=length_s,
    )
