"""Webhooks and what partners send back. A partner's key needs no more than the scope callbacks:write."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import Field, StringConstraints

from dialer.access import Who
from dialer.web.errors import WebError
from dialer.web.guard import needs
from dialer.web.house import House, house_of
from dialer.web.routing import change_of, router
from dialer.web.texts import MOST_ID, Body, Id, Limit, Line, PathId, Plain

routes = router("/webhooks", "webhooks")
partner = router("/callbacks", "callbacks")

TheHouse = Annotated[House, Depends(house_of)]
Reads = Annotated[Who, needs("supervisor", "system:read")]
Writes = Annotated[Who, needs("admin", "system:write")]
MessageId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,200}$")]
WebhookQuery = Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]


class Again(Body):
    """Which messages; nothing: all that were laid aside."""

    webhook: Id | None = None
    ids: Annotated[list[MessageId], Field(min_length=1, max_length=1000)] | None = None


class Wanted(Body):
    """Whom to call: by the attempt a message told of, by lead, or by campaign and external id; and when."""

    attempt: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{1,100}$")] | None = None
    lead: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None
    campaign: Id | None = None
    external_id: Line | None = None
    at: Line | None = None
    owner: Id | None = None
    reason: Line = "partner"


@routes.get("")
async def list_webhooks(_: Reads, house: TheHouse) -> list[Plain]:
    """Every webhook: how many messages wait, were taken, were laid aside, and what is wrong with it."""
    return await house.control.webhooks()


@routes.get("/dead")
async def dead_messages(
    _: Reads, house: TheHouse, webhook: WebhookQuery | None = None, limit: Limit = 100
) -> list[Plain]:
    """Messages laid aside, the newest first."""
    return await house.control.dead_messages(webhook, limit)


@routes.post("/resend")
async def send_again(asked: Again, _: Writes, house: TheHouse) -> Plain:
    """Send messages again that were laid aside."""
    return await house.control.send_again(asked.webhook, asked.ids)


@routes.post("/{webhook}/test")
async def try_webhook(webhook: PathId, _: Writes, house: TheHouse) -> Plain:
    """Send a message of type `test` now, and tell what came back."""
    return await house.control.try_webhook(webhook)


@partner.post("", status_code=201)
async def want(
    request: Request,
    asked: Wanted,
    _: Annotated[Who, needs("supervisor", "callbacks:write")],
    house: TheHouse,
) -> Plain:
    """Call a lead before all others, now or at an instant in its own time. To ask twice does no harm."""
    control = house.control
    if asked.attempt is not None:
        lead_id = await control.lead_of_attempt(asked.attempt)
    elif asked.lead is not None:
        lead_id = asked.lead
    elif asked.campaign is not None and asked.external_id:
        found = await control.leads(asked.campaign, external_id=asked.external_id)
        if not found:
            raise WebError("lead_unknown", "the campaign has no lead of this external id")
        lead_id = found[0].lead_id
    else:
        raise WebError("bad_request", "say whom: attempt, lead, or campaign and external_id")
    change_of(request).target = str(lead_id)
    lead = await control.promise_call(lead_id, asked.at, asked.owner, asked.reason)
    due = lead.callback_at
    return {
        "lead": lead.lead_id,
        "external_id": lead.external_id,
        "campaign": lead.campaign_id,
        "callback_at": None if due is None else due.timestamp(),
    }
