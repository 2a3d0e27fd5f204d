"""What the memory knows of one number, whoever's it is: for a verdict on a call that no claim made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from storage import dnc
from storage.database import Database
from storage.tables import LIVE, attempts

NEVER_LEFT: Final = ("not_dialed", "congestion", "trunk_failed", "error")
"""Outcomes of calls that never reached the network: they cost the person called nothing."""


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """Do-not-call lists that hold the number, late calls to it, and whether it is in a call now.

    `recent` are calls for any lead of any campaign, `lead_recent` those of the lead asked about on any of its
    numbers; `abandoned_at` is the last call that no agent took in time.
    """

    lists: tuple[str, ...] = ()
    recent: tuple[datetime, ...] = ()
    lead_recent: tuple[datetime, ...] = ()
    abandoned_at: datetime | None = None
    live: bool = False


async def facts(
    db: Database,
    e164: str,
    *,
    campaign_id: str,
    now: datetime,
    history_s: float,
    lead_id: int | None = None,
) -> NumberFacts:
    """Return what counts for a call to the number now, for this campaign; calls of the last `history_s`."""
    lists = await dnc.has(db, e164, now=now, campaign_id=campaign_id)
    called = attempts.c.e164 == e164
    since = now - timedelta(seconds=history_s)
    late = (
        attempts.c.claimed_at > since,
        attempts.c.outcome.not_in(NEVER_LEFT),
        attempts.c.inbound.is_(False),
    )
    recent = sa.select(attempts.c.claimed_at).where(*late).order_by(attempts.c.claimed_at)
    abandoned = sa.select(sa.func.max(attempts.c.answered_at)).where(called, attempts.c.abandoned)
    busy: sa.ColumnElement[bool] = called if lead_id is None else called | (attempts.c.lead_id == lead_id)
    async with db.read() as connection:
        number_times = tuple(await connection.scalars(recent.where(called)))
        lead_times: tuple[datetime, ...] = ()
        if lead_id is not None:
            lead_times = tuple(await connection.scalars(recent.where(attempts.c.lead_id == lead_id)))
        abandoned_at: datetime | None = await connection.scalar(abandoned)
        live = await connection.scalar(sa.select(sa.literal(1)).where(LIVE, busy).limit(1))
    return NumberFacts(lists, number_times, lead_times, abandoned_at, live is not None)
