"""The end of a recording: what is due, what is held, and the proof that stays when it is gone.

Deleting is in two steps, so that a crash between them is finished later: `begin` marks a recording, which no hold can
save any more; when its file is gone, `finish` clears its outline and writes the proof into the audit log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa

from storage.database import Database
from storage.recordings import OWN, Recording
from storage.tables import audit, holds, leads, recording_holds, recordings
from storage.types import Instant, among, bound
from storage.upsert import insert_or_set

ACTION: Final = "recordings.delete"

Kind = Literal["recording", "campaign"]


@dataclass(frozen=True, slots=True)
class RecordingHold:
    """Why a recording, or every recording of a campaign, is not deleted, who said so and when."""

    kind: str
    target: str
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Judged:
    """A recording with what decides about its end: its lead's data (None: there is no lead), and whether it is held."""

    recording: Recording
    data: Mapping[str, str] | None
    held: bool


async def hold(db: Database, kind: Kind, target: str, *, now: datetime, actor: str, reason: str) -> None:
    """Keep a recording or a campaign's recordings whatever their time; a hold that stands gets the new reason."""
    values = {"kind": kind, "target": target, "reason": reason, "actor": actor, "at": now}
    async with db.write() as connection:
        await connection.execute(
            insert_or_set(recording_holds, db.dialect, ("kind", "target"), ("reason", "actor")), [values]
        )


async def release(db: Database, kind: Kind, target: str) -> bool:
    """Let go; whether it was held."""
    table = recording_holds
    done = sa.delete(table).where(table.c.kind == kind, table.c.target == target)
    async with db.write() as connection:
        return bool((await connection.execute(done)).rowcount)


async def every_hold(db: Database) -> tuple[RecordingHold, ...]:
    """Return the holds on recordings and campaigns; those on leads are in `holds`."""
    table = recording_holds
    query = sa.select(table.c.kind, table.c.target, table.c.reason, table.c.actor, table.c.at)
    async with db.read() as connection:
        return tuple(
            RecordingHold(*row) for row in await connection.execute(query.order_by(*table.primary_key))
        )


async def walk(db: Database, after_id: int, *, limit: int = 500) -> tuple[Judged, ...]:
    """Return those not deleted whose ids follow, in order of id."""
    return await _judged(db, recordings.c.id > after_id, (recordings.c.id,), limit)


async def due(
    db: Database, now: datetime, after: tuple[datetime, int] | None, *, limit: int = 200
) -> tuple[Judged, ...]:
    """Return those due by the last reckoning, or half deleted, in order of (due_at, id) after the one given."""
    where = recordings.c.due_at <= now
    if after is not None:
        where &= sa.tuple_(recordings.c.due_at, recordings.c.id) > sa.tuple_(
            sa.literal(after[0], Instant), sa.literal(after[1])
        )
    return await _judged(db, where, (recordings.c.due_at, recordings.c.id), limit)


async def set_due(db: Database, when: Mapping[int, datetime | None]) -> None:
    """Keep what was reckoned."""
    if not when:
        return
    change = (
        sa.update(recordings)
        .where(recordings.c.id == sa.bindparam("which"))
        .values(due_at=sa.bindparam("at", type_=Instant))
    )
    async with db.write() as connection:
        await connection.execute(change, [{"which": one, "at": at} for one, at in sorted(when.items())])


async def begin(db: Database, ids: Iterable[int], *, now: datetime) -> tuple[Recording, ...]:
    """Mark those of these that are neither held nor deleted, and return them: their files are to go now."""
    async with db.write() as connection:
        if db.dialect == "postgresql":
            # A hold that is being placed is waited for, and none is placed until the mark stands.
            await connection.execute(sa.text("LOCK TABLE recording_holds, holds IN SHARE MODE"))
        marking = (
            sa.update(recordings)
            .where(
                among(recordings.c.id, "ids", db.dialect),
                recordings.c.deleted_at.is_(None),
                sa.or_(recordings.c.deleting_at.is_not(None), ~_HELD),
            )
            .values(deleting_at=sa.func.coalesce(recordings.c.deleting_at, sa.literal(now, Instant)))
            .returning(*OWN)
        )
        found = await connection.execute(marking, {"ids": bound(sorted(set(ids)), db.dialect)})
        return tuple(sorted((Recording(*row) for row in found), key=lambda one: one.recording_id))


async def finish(db: Database, one: Recording, *, now: datetime, actor: str, why: str) -> bool:
    """The file is gone: say so in the index, and for good in the audit log. False where that was said before."""
    gone = (
        sa.update(recordings)
        .where(recordings.c.id == one.recording_id, recordings.c.deleted_at.is_(None))
        .values(deleted_at=now, deleted_why=why, peaks=b"")
    )
    was = {
        "id": one.recording_id,
        "attempt": one.attempt_id,
        "campaign": one.campaign_id,
        "started_at": one.started_at.isoformat(),
        "length_s": one.length_s,
        "bytes": one.bytes,
        "checksum": one.checksum,
        "path": one.path,
    }
    proof = {"gone": True, "why": why, "due_at": None if one.due_at is None else one.due_at.isoformat()}
    async with db.write() as connection:
        if not (await connection.execute(gone)).rowcount:
            return False
        await connection.execute(
            sa.insert(audit).values(
                at=now,
                actor=actor,
                action=ACTION,
                target=one.name,
                before=msgspec.json.encode(was).decode(),
                after=msgspec.json.encode(proof).decode(),
            )
        )
    return True


_HELD = sa.or_(
    sa.exists().where(holds.c.lead_id == recordings.c.lead_id),
    sa.exists().where(
        recording_holds.c.kind == "recording",
        recording_holds.c.target == sa.cast(recordings.c.id, sa.Text),
    ),
    sa.exists().where(
        recording_holds.c.kind == "campaign", recording_holds.c.target == recordings.c.campaign_id
    ),
)


async def _judged(
    db: Database, where: sa.ColumnElement[bool], order: Sequence[sa.Column[Any]], limit: int
) -> tuple[Judged, ...]:
    query = (
        sa.select(*OWN, leads.c.data, _HELD.label("held"))
        .outerjoin(leads, leads.c.id == recordings.c.lead_id)
        .where(where, recordings.c.deleted_at.is_(None))
        .order_by(*order)
        .limit(limit)
    )
    async with db.read() as connection:
        found = await connection.execute(query)
        return tuple(
            Judged(Recording(*row[: len(OWN)]), row[len(OWN)], bool(row[len(OWN) + 1])) for row in found
        )
