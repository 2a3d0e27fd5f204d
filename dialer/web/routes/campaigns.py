"""Campaigns: how they stand, and steering them while they run."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Path, Request
from pydantic import Field

from dialer.access import Who
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.routing import change_of, router
from dialer.web.texts import Body, PathId, Plain

routes = router("/campaigns", "campaigns")
reports = router("/reports", "reports")
dispositions = router("/dispositions", "campaigns")

Reads = Annotated[Who, needs("supervisor", "campaigns:read")]
Steers = Annotated[Who, needs("supervisor", "campaigns:write")]
TheHouse = Annotated[House, Depends(house_of)]
STATES = {"start": "running", "pause": "paused", "drain": "draining", "stop": "stopped"}


class Tuned(Body):
    """What is to change; what is left out stays."""

    mode: Literal["predictive", "progressive", "ratio"] | None = None
    target: (
        Annotated[float, Field(ge=0, le=1, description="Share of answered people who may be abandoned.")]
        | None
    ) = None
    ring_timeout_s: Annotated[float, Field(ge=15, le=40)] | None = None


@routes.get("")
async def list_campaigns(_: Reads, house: TheHouse) -> list[Plain]:
    """Every campaign with its state and why it does or does not dial."""
    return await house.control.campaigns()


@routes.get("/{campaign}")
async def one_campaign(campaign: PathId, _: Reads, house: TheHouse) -> Plain:
    """One campaign in full: floor, list, outcomes, ledgers, trunks, pacing's reasons."""
    status = await house.control.campaign_status(campaign)
    return {**status, "settings": house.control.settings_of(campaign)}


@routes.post("/{campaign}/{action}")
async def steer(
    request: Request,
    campaign: PathId,
    action: Annotated[Literal["start", "pause", "drain", "stop"], Path()],
    _: Steers,
    house: TheHouse,
) -> Plain:
    """Start, pause, drain (no new calls, conversations go on) or stop."""
    change = change_of(request)
    change.target = campaign
    house.control.known_campaign(campaign)
    change.before = house.control.dialer.floors[campaign].floor.run_state.value
    change.after = STATES[action]
    return await house.control.set_run_state(campaign, STATES[action])


@routes.patch("/{campaign}")
async def tune(request: Request, campaign: PathId, asked: Tuned, _: Steers, house: TheHouse) -> Plain:
    """Change mode, target or ring time-out from the next decision on; kept over restarts."""
    if not asked.model_fields_set:
        raise WebError("bad_request", "say what to change: mode, target or ring_timeout_s")
    change = change_of(request)
    change.before = house.control.settings_of(campaign)
    change.after = await house.control.tune(campaign, asked.mode, asked.target, asked.ring_timeout_s)
    return {"id": campaign, "settings": change.after}


@dispositions.get("/{campaign}")
async def list_dispositions(
    campaign: PathId, _: Annotated[Who, needs("agent", "campaigns:read")], house: TheHouse
) -> list[Plain]:
    """What an agent of this campaign can say came of a call."""
    house.control.known_campaign(campaign)
    return [
        {
            "code": one.code,
            "title": one.label,
            "key": one.key,
            "callback": one.callback,
            "final": one.final,
            "do_not_call": one.do_not_call,
            "conversion": one.converts,
            "asks_amount": one.asks_amount,
        }
        for one in house.control.dialer.settings.campaigns[campaign].dispositions
    ]


@reports.get("/{campaign}")
async def report(
    campaign: PathId, _: Annotated[Who, needs("supervisor", "reports:read")], house: TheHouse
) -> Plain:
    """The figures of the last 24 hours: outcomes, ledgers, list, deadlines, answer to bridge."""
    status = await house.control.campaign_status(campaign)
    wanted = (
        "id",
        "leads",
        "deadlines",
        "outcomes_24h",
        "refusals",
        "ledger_24h",
        "ledgers",
        "answer_to_bridge_s",
    )
    return {key: status[key] for key in wanted}
