"""What a role sees of people's numbers."""

from __future__ import annotations

import storage
from config import NumbersShown, Web
from dialer.access import Who
from dialer.compliance import mask
from dialer.leads import skills_of
from dialer.web.texts import Plain


def number_for(who: Who, web: Web, e164: str, *, own: bool = False) -> str:
    """The number as this person may see it; `own`: of the call they are in now."""
    shown: NumbersShown = getattr(web.numbers, who.role)
    if shown is NumbersShown.WHOLE or (own and shown is NumbersShown.OWN_CALL):
        return e164
    return mask(e164)


def lead_for(who: Who, web: Web, lead: storage.Lead) -> Plain:
    """A lead as the API shows it."""
    return {
        "id": lead.lead_id,
        "campaign": lead.campaign_id,
        "external_id": lead.external_id,
        "name": lead.name,
        "state": lead.state,
        "reason": lead.reason,
        "priority": lead.priority,
        "zone": lead.zone,
        "deadline": None if lead.deadline is None else lead.deadline.timestamp(),
        "owner": lead.owner,
        "next_at": None if lead.next_at is None else lead.next_at.timestamp(),
        "attempts": lead.attempts,
        "data": dict(lead.data),
        "skills": list(skills_of(lead.window_key)),
        "callback_at": None if lead.callback_at is None else lead.callback_at.timestamp(),
        "callback_owner": lead.callback_owner,
        "chance": lead.chance,
        "numbers": [
            {
                "id": one.number_id,
                "number": number_for(who, web, one.e164),
                "kind": one.kind,
                "attempts": one.attempts,
                "closed": one.closed,
            }
            for one in lead.numbers
        ],
    }


def attempt_for(who: Who, web: Web, attempt: storage.Attempt) -> Plain:
    """A call of the books as the API shows it."""
    instants = ("claimed_at", "dialed_at", "ringing_at", "answered_at", "bridged_at", "ended_at")
    return {
        "id": attempt.attempt_id,
        "lead": attempt.lead_id,
        "number": number_for(who, web, attempt.e164),
        "campaign": attempt.campaign_id,
        "agent": attempt.agent,
        "state": attempt.state,
        "outcome": attempt.outcome,
        "disposition": attempt.disposition,
        "trunk": attempt.trunk,
        "cause": attempt.cause,
        "talk_s": attempt.talk_s,
        "wait_s": attempt.wait_s,
        "abandoned": attempt.abandoned,
        **{name: None if (at := getattr(attempt, name)) is None else at.timestamp() for name in instants},
    }
