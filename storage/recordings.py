"""Finished recordings: what is kept where, until when, and the trace of those that were deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.database import Database
from storage.tables import agent_log, attempts, attempts_archive, leads, recordings
from storage.types import among, bound

OWN = (
    recordings.c.name,
    recordings.c.attempt_id,
    recordings.c.lead_id,
    recordings.c.campaign_id,
    recordings.c.agent,
    recordings.c.started_at,
    recordings.c.length_s,
    recordings.c.bytes,
    recordings.c.checksum,
    recordings.c.format,
    recordings.c.key_id,
    recordings.c.path,
    recordings.c.kept_at,
    recordings.c.due_at,
    recordings.c.id,
    recordings.c.deleting_at,
    recordings.c.deleted_at,
    recordings.c.deleted_why,
    recordings.c.kind,
)

_SAID = sa.func.coalesce(attempts.c.disposition, attempts_archive.c.disposition, "")


@dataclass(frozen=True, slots=True)
class Recording:
    """A finished recording: `bytes` and `checksum` (SHA-256, hex) are of the playable file, unsealed.

    `key_id` is the key it is sealed with, empty for none; `path` is from the store's root. `due_at`: when it may be
    deleted, as last reckoned; None while it is kept for good. `kind`: a conversation, or a clip of what
    answering-machine detection heard.
    """

    name: str
    attempt_id: str
    lead_id: int | None
    campaign_id: str
    agent: str | None
    started_at: datetime
    length_s: float
    bytes: int
    checksum: str
    format: str
    key_id: str
    path: str
    kept_at: datetime
    due_at: datetime | None = None
    recording_id: int = 0
    deleting_at: datetime | None = None
    deleted_at: datetime | None = None
    deleted_why: str = ""
    kind: str = "conversation"


@dataclass(frozen=True, slots=True)
class Listed:
    """A recording as people look for it: with whom it was, and what came of it."""

    recording: Recording
    lead_name: str
    external_id: str | None
    disposition: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None leaves it open. `before` is the id after which the page begins.

    `agent`: whoever took part, not only who had the conversation last.
    """

    campaign_id: str | None = None
    agent: str | None = None
    lead_id: int | None = None
    attempt_id: str | None = None
    disposition: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    shortest_s: float | None = None
    longest_s: float | None = None
    deleted: bool = False
    before: int | None = None
    kind: str = "conversation"


async def keep(db: Database, one: Recording, peaks: bytes) -> int:
    """Index a recording and return its id; one of the same name is replaced unless it was deleted."""
    values = {column.name: getattr(one, column.name) for column in (*OWN[:14], recordings.c.kind)} | {
        "peaks": peaks
    }
    async with db.write() as connection:
        known = (
            await connection.execute(
                sa.select(recordings.c.id, recordings.c.deleted_at).where(recordings.c.name == one.name)
            )
        ).one_or_none()
        if known is None:
            adding = sa.insert(recordings).values(**values).returning(recordings.c.id)
            return int((await connection.execute(adding)).scalar_one())
        if known.deleted_at is None:
            await connection.execute(
                sa.update(recordings).where(recordings.c.id == known.id).values(**values)
            )
        return int(known.id)


async def by_id(db: Database, recording_id: int) -> Listed | None:
    """Return one, deleted or not."""
    found = await _listed(db, _query().where(recordings.c.id == recording_id))
    return found[0] if found else None


async def by_name(db: Database, name: str) -> Recording | None:
    """Return the one made of a raw file of this name, deleted or not."""
    found = await _own(db, sa.select(*OWN).where(recordings.c.name == name))
    return found[0] if found else None


async def of_attempts(db: Database, attempt_ids: Iterable[str]) -> tuple[Recording, ...]:
    """Return all of these attempts that are not deleted."""
    query = sa.select(*OWN).where(
        among(recordings.c.attempt_id, "ids", db.dialect), recordings.c.deleted_at.is_(None)
    )
    ids = bound(sorted(set(attempt_ids)), db.dialect)
    return await _own(db, query.order_by(recordings.c.id), ids=ids)


async def after(db: Database, recording_id: int, *, limit: int = 500) -> tuple[Recording, ...]:
    """Return those not deleted whose ids follow, in order: a walk through all."""
    query = sa.select(*OWN).where(recordings.c.id > recording_id, recordings.c.deleted_at.is_(None))
    return await _own(db, query.order_by(recordings.c.id).limit(limit))


async def peaks(db: Database, recording_id: int) -> bytes:
    """Return the outline of its sound: for each moment the loudest sample of either side, 0..255."""
    async with db.read() as connection:
        found = await connection.scalar(sa.select(recordings.c.peaks).where(recordings.c.id == recording_id))
        return bytes(found or b"")


async def page(db: Database, wanted: Wanted, *, limit: int = 100) -> tuple[Listed, ...]:
    """Return those looked for, newest first."""
    query = _query()
    equal = (
        (recordings.c.campaign_id, wanted.campaign_id),
        (recordings.c.lead_id, wanted.lead_id),
        (recordings.c.attempt_id, wanted.attempt_id),
        (_SAID, wanted.disposition),
        (recordings.c.kind, wanted.kind),
    )
    for column, value in equal:
        if value is not None:
            query = query.where(column == value)
    if wanted.agent is not None:
        query = query.where(recordings.c.id.in_(_of_agent(wanted.agent)))
    if wanted.since is not None:
        query = query.where(recordings.c.started_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(recordings.c.started_at < wanted.until)
    if wanted.shortest_s is not None:
        query = query.where(recordings.c.length_s >= wanted.shortest_s)
    if wanted.longest_s is not None:
        query = query.where(recordings.c.length_s <= wanted.longest_s)
    gone = recordings.c.deleted_at
    query = query.where(gone.is_not(None) if wanted.deleted else gone.is_(None))
    if wanted.before is not None:
        last = recordings.alias("last")
        at = sa.select(last.c.started_at).where(last.c.id == wanted.before).scalar_subquery()
        query = query.where(
            (recordings.c.started_at < at)
            | ((recordings.c.started_at == at) & (recordings.c.id < wanted.before))
        )
    order = (recordings.c.started_at.desc(), recordings.c.id.desc())
    return await _listed(db, query.order_by(*order).limit(limit))


async def took_part(db: Database, one: Recording, agent: str) -> bool:
    """Whether the agent was in the conversation, as its last or before another."""
    if one.agent == agent:
        return True
    query = sa.select(
        sa.exists().where(agent_log.c.agent_id == agent, agent_log.c.attempt_id == one.attempt_id)
    )
    async with db.read() as connection:
        return one.kind == "conversation" and bool(await connection.scalar(query))


def _of_agent(agent: str) -> sa.CompoundSelect[Any]:
    """Ids of the recordings of all conversations an agent took part in; each half by an index of its own."""
    last, talked = recordings.alias("last"), recordings.alias("talked")
    return sa.union_all(
        sa.select(last.c.id).where(last.c.agent == agent),
        sa.select(talked.c.id)
        .join(agent_log, agent_log.c.attempt_id == talked.c.attempt_id)
        .where(agent_log.c.agent_id == agent, talked.c.kind == "conversation"),
    )


def _query() -> sa.Select[Any]:
    name = sa.func.coalesce(leads.c.name, "").label("lead_name")
    return (
        sa.select(*OWN, name, leads.c.external_id, _SAID)
        .outerjoin(leads, leads.c.id == recordings.c.lead_id)
        .outerjoin(attempts, attempts.c.id == recordings.c.attempt_id)
        .outerjoin(attempts_archive, attempts_archive.c.id == recordings.c.attempt_id)
    )


async def _listed(db: Database, query: sa.Select[Any]) -> tuple[Listed, ...]:
    async with db.read() as connection:
        found = await connection.execute(query)
        return tuple(Listed(Recording(*row[: len(OWN)]), *row[len(OWN) :]) for row in found)


async def _own(db: Database, query: sa.Select[Any], **values: Any) -> tuple[Recording, ...]:
    async with db.read() as connection:
        return tuple(Recording(*row) for row in await connection.execute(query, values))
