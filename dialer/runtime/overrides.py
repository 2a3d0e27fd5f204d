"""What a supervisor changed of a campaign while it ran: kept in the database, laid over the files' settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import structlog
from pydantic import ValidationError

import config
import storage
from dialer.runtime.tasks import outside

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S = 30.0
FIELDS = ("mode", "target_abandon", "ring_timeout_s")


async def laid_over(db: storage.Database, settings: config.Settings) -> config.Settings:
    """The settings with what was changed at run time; a change that no longer fits is logged and left out."""
    rows = await outside("database", storage.campaigns.overrides(db), DATABASE_TIMEOUT_S)
    campaigns = dict(settings.campaigns)
    for campaign_id, text in rows.items():
        if campaign_id not in campaigns:
            continue
        try:
            campaigns[campaign_id] = changed(campaigns[campaign_id], json.loads(text))
        except ValueError as error:
            log.warning("campaign_change_left_out", campaign=campaign_id, why=str(error))
    return settings.model_copy(update={"campaigns": campaigns})


def changed(campaign: config.Campaign, change: Mapping[str, Any]) -> config.Campaign:
    """The campaign with other pacing; raises ValueError. A shorter ring time-out takes `min_ring_s` down with it."""
    wanted = {key: value for key, value in change.items() if key in FIELDS}
    values = {**campaign.pacing.model_dump(mode="json"), **wanted}
    values["min_ring_s"] = min(values["min_ring_s"], values["ring_timeout_s"])
    try:
        pacing = config.Pacing.model_validate(values)
    except ValidationError as error:
        raise ValueError("; ".join(one["msg"] for one in error.errors())) from None
    return campaign.model_copy(update={"pacing": pacing})
