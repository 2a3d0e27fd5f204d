"""Calls: live ones, and those of the books."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Query

import storage
from dialer.access import Who
from dialer.runtime.tasks import outside
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.masking import attempt_for, number_for
from dialer.web.routing import router
from dialer.web.texts import MOST_ID, Limit, Plain

routes = router("/calls", "calls")
attempts = router("/attempts", "calls")

DATABASE_TIMEOUT_S = 30.0
Reads = Annotated[Who, needs("supervisor", "calls:read")]
TheHouse = Annotated[House, Depends(house_of)]
CampaignQuery = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


@routes.get("")
async def live_calls(who: Reads, house: TheHouse, campaign: CampaignQuery | None = None) -> list[Plain]:
    """Calls on the floors now."""
    if campaign is not None:
        house.control.known_campaign(campaign)
    listed = []
    for runner in house.control.dialer.floors.values():
        if campaign not in (None, runner.campaign_id):
            continue
        for call in runner.floor.calls.values():
            order = runner.orders.get(call.id)
            listed.append(
                {
                    "id": call.id,
                    "campaign": runner.campaign_id,
                    "lead": call.lead_id,
                    "phase": call.phase.value,
                    "agent": call.agent_id,
                    "number": None if order is None else number_for(who, house.web, order.number),
                    "trunk": call.trunk,
                    "dialed_at": call.dialed_at,
                    "answered_at": call.answered_at,
                    "bridged_at": call.bridged_at,
                }
            )
    return listed


@attempts.get("")
async def list_attempts(
    who: Reads,
    house: TheHouse,
    campaign: CampaignQuery | None = None,
    lead: Annotated[int | None, Query(ge=1, le=MOST_ID)] = None,
    before: Annotated[float | None, Query(ge=0, le=32_503_680_000)] = None,
    limit: Limit = 100,
) -> list[Plain]:
    """Calls of the books, newest first: of a lead, or of a campaign before an instant."""
    dialer = house.control.dialer
    if lead is not None:
        await house.control.lead(lead)
        reading = storage.attempts.of_lead(dialer.db, lead, limit=limit)
    else:
        chosen = campaign or next(iter(dialer.floors), "")
        house.control.known_campaign(chosen)
        until = dialer.clock.utc() if before is None else datetime.fromtimestamp(before, UTC)
        reading = storage.attempts.newest(dialer.db, chosen, before=until, limit=limit)
    found = await outside("database", reading, DATABASE_TIMEOUT_S)
    return [attempt_for(who, house.web, attempt) for attempt in found]
