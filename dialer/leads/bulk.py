"""Many leads of a campaign changed by hand at once, by their external ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import storage

BATCH = 2_000
"""Leads in one transaction: claims go on between two."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of them; None keeps what is. `state` is pending (called again), done or excluded."""

    state: str | None = None
    priority: int | None = None
    owner: str | None = None
    reason: str = "by hand"


@dataclass(slots=True)
class Changed:
    """How many were asked for once each, found, and changed; which are unknown; those in a call keep their state."""

    asked: int = 0
    found: int = 0
    changed: int = 0
    unknown: list[str] = field(default_factory=list)


async def change(
    db: storage.Database, campaign_id: str, external_ids: Iterable[str], wanted: Change, *, now: datetime
) -> Changed:
    """Change the campaign's leads of these external ids, some thousand at a time."""
    ids = list(dict.fromkeys(external_ids))
    done = Changed(len(ids))
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        known = await storage.leads.ids_of(db, campaign_id, some)
        done.found += len(known)
        done.unknown += [one for one in some if one not in known]
        done.changed += await _change(db, list(known.values()), wanted, now)
    return done


async def _change(db: storage.Database, lead_ids: list[int], wanted: Change, now: datetime) -> int:
    if wanted.state is None:
        return await storage.leads.change_many(
            db, lead_ids, now=now, priority=wanted.priority, owner=wanted.owner
        )
    return await storage.leads.move(
        db,
        lead_ids,
        wanted.state,
        now=now,
        reason=wanted.reason,
        priority=wanted.priority,
        owner=wanted.owner,
    )
