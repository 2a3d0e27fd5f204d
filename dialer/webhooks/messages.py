"""The body of a message: what happened, to which call and lead; of a person only what the webhook may have."""

from __future__ import annotations

import json
from typing import Any

import config
import storage
from config import Personal


async def body_of(db: storage.Database, hook: config.Webhook, delivery: storage.Delivery) -> bytes | None:
    """The JSON of a message; None where the webhook does not ask for this campaign's."""
    attempt = None
    if delivery.attempt_id is not None:
        attempt = await storage.attempts.by_id(db, delivery.attempt_id)
    lead_id = attempt.lead_id if attempt is not None else delivery.lead_id
    lead = None if lead_id is None else await storage.leads.by_id(db, lead_id)
    campaign = attempt.campaign_id if attempt is not None else (None if lead is None else lead.campaign_id)
    if hook.campaigns and campaign not in hook.campaigns:
        return None
    data: dict[str, Any] = {"campaign": campaign, **_call(hook, attempt), **delivery.told}
    if delivery.attempt_id is not None:
        data["attempt"] = delivery.attempt_id
    if lead is not None:
        data["lead"] = _person(hook, lead)
    message = {"type": delivery.event, "timestamp": delivery.at.isoformat(), "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()


def _call(hook: config.Webhook, attempt: storage.Attempt | None) -> dict[str, Any]:
    if attempt is None:
        return {}
    shown = {
        "agent": attempt.agent,
        "trunk": attempt.trunk,
        "inbound": attempt.inbound,
        "outcome": attempt.outcome,
        "disposition": attempt.disposition,
        "talk_s": attempt.talk_s,
        "wait_s": attempt.wait_s,
        "cause": attempt.cause,
        "answered_at": None if attempt.answered_at is None else attempt.answered_at.isoformat(),
        "ended_at": None if attempt.ended_at is None else attempt.ended_at.isoformat(),
        "number": attempt.e164 if Personal.NUMBER in hook.include else None,
    }
    return {key: value for key, value in shown.items() if value not in (None, "")}


def _person(hook: config.Webhook, lead: storage.Lead) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": lead.lead_id, "external_id": lead.external_id, "state": lead.state}
    if Personal.NAME in hook.include:
        shown["name"] = lead.name
    if Personal.NUMBER in hook.include:
        shown["numbers"] = [one.e164 for one in lead.numbers]
    if Personal.DATA in hook.include:
        shown["data"] = dict(lead.data)
    return shown
