"""How leads with a deadline stand: reached in time, late or never, and those at risk early enough to act."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import config
import storage


async def report(
    db: storage.Database, campaign: config.Campaign, now: datetime, *, limit: int = 100
) -> dict[str, Any]:
    """Counts, the share reached in time among those whose time is over, and up to `limit` leads at risk."""
    below = campaign.deadlines.at_risk_below
    reached = tuple(one.code for one in campaign.dispositions if one.reached)
    counts = await storage.deadlines.counts(db, campaign.id, now=now, at_risk_below=below, reached=reached)
    rows = await storage.deadlines.at_risk(db, campaign.id, now=now, below=below, limit=limit)
    over = counts.reached + counts.reached_late + counts.overdue
    return {
        "campaign": campaign.id,
        **asdict(counts),
        "in_time_share": round(counts.reached / over, 4) if over else None,
        "at_risk_count": counts.at_risk,
        "at_risk": [
            {
                "lead": row.lead_id,
                "external_id": row.external_id,
                "deadline": row.deadline.isoformat(),
                "chance": row.chance,
                "attempts": row.attempts,
                "next_at": None if row.next_at is None else row.next_at.isoformat(),
                "owner": row.owner,
            }
            for row in rows
        ],
    }


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The counts as sentences."""
    share = found["in_time_share"]
    yield f"{found['leads']} leads have a deadline; {found['reached']} were reached in time" + (
        "" if share is None else f" ({share:.1%} of those decided)"
    )
    yield f"{found['reached_late']} were reached late, {found['overdue']} are overdue"
    yield f"{found['open']} are open, {found['at_risk_count']} of them at risk"
