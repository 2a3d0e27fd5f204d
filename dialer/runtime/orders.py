"""A claimed lead as an order to call: what the core is told, and what must not be written to the journal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import storage
from dialer import compliance
from dialer.core import events as ev
from dialer.core.settings import Known
from dialer.runtime.wiring import Order

NO_NUMBER_WHY = "every number we may show has had its calls of the day"


def order_of(
    claimed: storage.ClaimedCall,
    obeyed: compliance.Rules,
    *,
    plan_at: float | None = None,
    caller_id: str | None = "",
    asked: tuple[str, ...] = (),
) -> Order:
    """The order; `plan_at`: when to try again if nobody is reached, by the lead's deadline.

    `caller_id` None: no number of ours may be shown any more, so it is not to be dialed. `asked`: skills of the agent.
    """
    lead, zones = claimed.lead, zones_of(claimed, obeyed)
    others = any(one.number_id != claimed.number.number_id and not one.closed for one in lead.numbers)
    promised = None if lead.callback_at is None else lead.callback_at.timestamp()
    new = ev.NewCall(
        claimed.attempt_id,
        lead.lead_id,
        lead.attempts + 1,
        lead.callback_owner or lead.owner,
        other_numbers=others,
        past=lead.past,
        known=Known(zones, plan_at, promised, lead.callback_owner),
        caller_id=caller_id or "",
        skills=asked,
    )
    screen = screen_of(lead, zones, lead.attempts + 1, asked)
    return Order(new, claimed.e164, screen, NO_NUMBER_WHY if caller_id is None else "", claimed)


def screen_of(
    lead: storage.Candidate | storage.Lead, zones: Sequence[str], attempt_no: int, asked: Sequence[str] = ()
) -> dict[str, Any]:
    """What an agent is shown of a lead; `zones` are those of the number they are called on, or ring from.

    `asked`: skills they ask for.
    """
    return {
        "lead": lead.lead_id,
        "name": lead.name,
        "data": dict(lead.data),
        "external_id": lead.external_id,
        "zone": lead.zone or (zones[0] if zones else None),
        "deadline": None if lead.deadline is None else lead.deadline.timestamp(),
        "owner": lead.callback_owner or lead.owner,
        "attempt_no": attempt_no,
        "skills": list(asked),
    }


def zones_of(claimed: storage.ClaimedCall, obeyed: compliance.Rules) -> tuple[str, ...]:
    """The zones in all of which the window must be open for this number."""
    return compliance.candidate_zones(
        claimed.number.zones, claimed.lead.zone, obeyed.zone_rule, obeyed.default_zone
    )
