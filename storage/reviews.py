"""What people heard on the clips of answering machines: one word a call, kept longer than the clip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.database import Database
from storage.recordings import OWN, Recording
from storage.tables import attempts_all, machine_reviews, recordings
from storage.types import among, bound
from storage.upsert import insert_or_set

SAID = ("person", "machine", "unclear")

MOST_RUNG = 50_000
"""Calls whose rings are looked at: of all a big campaign makes in months the newest say as much, and at once."""


@dataclass(frozen=True, slots=True)
class Review:
    """What `reviewer` says a call was that the detection took for a machine; `heard_at` is when it was answered.

    `ring_s` is how long it had rung, where that is known.
    """

    attempt_id: str
    campaign_id: str
    heard_at: datetime
    ring_s: float | None
    said: str
    reviewer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """How many calls of one campaign were said to be what, and how many clips wait for an ear."""

    person: int = 0
    machine: int = 0
    unclear: int = 0
    waiting: int = 0

    @property
    def reviewed(self) -> int:
        """All on which somebody said a word."""
        return self.person + self.machine + self.unclear


@dataclass(frozen=True, slots=True)
class Rung:
    """Calls of a campaign by how long they had rung (`second`, whole), what the detection said and what they were.

    `said` is a reviewer's word, or empty; `disposition` the agent's, or empty.
    """

    second: int
    verdict: str
    said: str
    disposition: str
    calls: int


async def say(db: Database, review: Review) -> bool:
    """Keep a word; False where another person said one before. The same person may change their own."""
    values = {name: getattr(review, name) for name in review.__slots__}
    async with db.write() as connection:
        query = sa.select(machine_reviews.c.reviewer).where(machine_reviews.c.attempt_id == review.attempt_id)
        before = await connection.scalar(query.with_for_update())
        if before is not None and before != review.reviewer:
            return False
        await connection.execute(
            insert_or_set(machine_reviews, db.dialect, ("attempt_id",), ("said", "at")), [values]
        )
    return True


async def of_attempts(db: Database, attempt_ids: Iterable[str]) -> dict[str, Review]:
    """Return what was said of these, by attempt."""
    query = sa.select(machine_reviews).where(among(machine_reviews.c.attempt_id, "ids", db.dialect))
    async with db.read() as connection:
        ids = bound(sorted(set(attempt_ids)), db.dialect)
        found = [Review(*row) for row in await connection.execute(query, {"ids": ids})]
    return {one.attempt_id: one for one in found}


_UNHEARD = (
    (recordings.c.kind == sa.literal_column("'clip'"))
    & recordings.c.deleted_at.is_(None)
    & recordings.c.deleting_at.is_(None)
    & ~sa.exists().where(machine_reviews.c.attempt_id == recordings.c.attempt_id)
)


async def waiting(
    db: Database, campaign_id: str | None = None, *, skip: int = 0, limit: int = 1
) -> tuple[Recording, ...]:
    """Return clips on which nobody said a word yet, the oldest first: they are deleted first."""
    query: sa.Select[Any] = sa.select(*OWN).where(_UNHEARD)
    if campaign_id is not None:
        query = query.where(recordings.c.campaign_id == campaign_id)
    query = query.order_by(recordings.c.started_at, recordings.c.id).offset(skip).limit(limit)
    async with db.read() as connection:
        return tuple(Recording(*row) for row in await connection.execute(query))


async def counts(db: Database, campaign_id: str, since: datetime) -> Heard:
    """Return what was said of a campaign's calls that were answered since then."""
    table = machine_reviews
    query = (
        sa.select(table.c.said, sa.func.count())
        .where(table.c.campaign_id == campaign_id, table.c.heard_at >= since)
        .group_by(table.c.said)
    )
    unheard = (
        sa.select(sa.func.count())
        .select_from(recordings)
        .where(_UNHEARD, recordings.c.campaign_id == campaign_id)
    )
    async with db.read() as connection:
        said = {str(word): int(count) for word, count in await connection.execute(query)}
        waits = await connection.scalar(unheard)
    return Heard(**said, waiting=int(waits or 0))


async def rung(db: Database, campaign_id: str, since: datetime, *, most: int = MOST_RUNG) -> tuple[Rung, ...]:
    """Return the calls with a verdict that were placed since then, the newest `most`, by whole seconds of ringing."""
    calls = _newest(campaign_id, since, most)
    length_s: sa.ColumnElement[Any]
    if db.dialect == "postgresql":
        length_s = sa.func.extract("epoch", calls.c.answered_at - calls.c.ringing_at)
    else:
        day_s = 86_400.0
        length_s = (sa.func.julianday(calls.c.answered_at) - sa.func.julianday(calls.c.ringing_at)) * day_s
    second = sa.cast(sa.func.floor(length_s + 1e-3), sa.Integer).label("second")
    said = sa.func.coalesce(machine_reviews.c.said, "").label("said")
    # A disposition counts as long as nobody heard the clip: an agent heard the call.
    query = (
        sa.select(second, calls.c.verdict, said, calls.c.disposition, sa.func.count())
        .outerjoin(machine_reviews, machine_reviews.c.attempt_id == calls.c.id)
        .group_by(second, calls.c.verdict, said, calls.c.disposition)
        .order_by(second, calls.c.verdict, said, calls.c.disposition)
    )
    async with db.read() as connection:
        return tuple(Rung(*row) for row in await connection.execute(query))


def _newest(campaign_id: str, since: datetime, most: int) -> sa.Subquery:
    calls = attempts_all
    return (
        sa.select(calls.c.id, calls.c.verdict, calls.c.disposition, calls.c.ringing_at, calls.c.answered_at)
        .where(
            calls.c.campaign_id == campaign_id,
            calls.c.claimed_at >= since,
            calls.c.verdict.is_not(None),
            calls.c.ringing_at.is_not(None),
            calls.c.answered_at >= calls.c.ringing_at,
        )
        .order_by(calls.c.claimed_at.desc())
        .limit(most)
        .subquery("newest")
    )
