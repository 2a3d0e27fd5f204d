"""What is past keeping: finding it, and deleting or anonymising it in slices, each with its line in the audit log.

Due, for a campaign and an instant `before` which it may be kept no longer:
- a lead: closed (done or excluded) and unchanged since before it (every call changes it), without a promised call, a
  live call or a legal hold. It is deleted with its numbers, notes and history; its calls keep their number.
- a call: ended, claimed before it, of no lead that is still open, promised a call or held. It loses lead and number and
  stays as a figure, since ledgers of abandonment must not change.
- a figure: such a nameless call, by whole months.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import archive
from storage.database import Database
from storage.tables import (
    CLOSED,
    LIVE,
    NAMED,
    agent_log,
    attempts,
    attempts_archive,
    audit,
    deliveries,
    dispositions,
    holds,
    leads,
    recordings,
)

SLICE: Final = 500
ACTION: Final = "privacy.sweep"

Log = Literal["agent_log", "audit", "dispositions"]
_LOGS: Final[dict[str, sa.Table]] = {"agent_log": agent_log, "audit": audit, "dispositions": dispositions}

_Row = tuple[Any, datetime]


@dataclass(frozen=True, slots=True)
class Gone:
    """What one slice, or a whole sweep, deleted or anonymised: how many, from when to when, and a hash of the ids."""

    what: str
    campaign_id: str
    count: int
    first: datetime | None = None
    last: datetime | None = None
    ids_sha256: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "what": self.what,
            "campaign": self.campaign_id,
            "count": self.count,
            "from": None if self.first is None else self.first.isoformat(),
            "to": None if self.last is None else self.last.isoformat(),
            "ids_sha256": self.ids_sha256,
        }


def hash_of_ids(ids: Iterable[object]) -> str:
    """Return what stands in the audit log for ids: SHA-256 over them, sorted as text, a line each."""
    return hashlib.sha256("\n".join(sorted(map(str, ids))).encode()).hexdigest()


# What is due.


def _open_or_held(lead_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    still = sa.exists().where(leads.c.id == lead_id, ~CLOSED | leads.c.callback_at.is_not(None))
    return still | sa.exists().where(holds.c.lead_id == lead_id)


def leads_due(campaign_id: str, before: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a lead is due."""
    calling = sa.exists().where(attempts.c.lead_id == leads.c.id, LIVE)
    return sa.and_(
        leads.c.campaign_id == campaign_id,
        CLOSED,
        leads.c.changed_at < before,
        leads.c.callback_at.is_(None),
        ~calling,
        ~sa.exists().where(holds.c.lead_id == leads.c.id),
    )


def calls_due(campaign_id: str, before: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a call in the table of late ones is due; also to be put away."""
    return sa.and_(
        attempts.c.campaign_id == campaign_id,
        attempts.c.claimed_at < before,
        attempts.c.state == "ended",
        ~_open_or_held(attempts.c.lead_id),
    )


def archived_due(campaign_id: str, before: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a call put away is due."""
    return sa.and_(
        attempts_archive.c.campaign_id == campaign_id,
        attempts_archive.c.claimed_at < before,
        NAMED,
        ~_open_or_held(attempts_archive.c.lead_id),
    )


def figures_due(before: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a nameless call is due: its whole month is."""
    return sa.and_(attempts_archive.c.claimed_at < archive.month_start(before), ~NAMED)


async def count(
    db: Database, what: str, campaign_id: str, column: sa.ColumnElement[datetime], due: sa.ColumnElement[bool]
) -> Gone:
    """Return how many rows are due, and their first and last instant."""
    query = sa.select(sa.func.count(), sa.func.min(column), sa.func.max(column)).where(due)
    async with db.read() as connection:
        number, first, last = (await connection.execute(query)).one()
    return Gone(what, campaign_id, number, first, last)


async def count_leads(db: Database, campaign_id: str, before: datetime) -> Gone:
    """Return how many leads of a campaign are due."""
    return await count(db, "leads", campaign_id, leads.c.changed_at, leads_due(campaign_id, before))


async def count_calls(db: Database, campaign_id: str, before: datetime) -> Gone:
    """Return how many calls of a campaign are to lose their lead and number."""
    late = await count(db, "calls", campaign_id, attempts.c.claimed_at, calls_due(campaign_id, before))
    at, due = attempts_archive.c.claimed_at, archived_due(campaign_id, before)
    return together("calls", campaign_id, (late, await count(db, "calls", campaign_id, at, due)))


async def count_put_away(
    db: Database, campaign_id: str, before: datetime, *, since: datetime | None = None
) -> Gone:
    """Return how many calls of a campaign, claimed in [since, before), are to be put away as they are."""
    due = calls_due(campaign_id, before)
    if since is not None:
        due &= attempts.c.claimed_at >= since
    return await count(db, "put away", campaign_id, attempts.c.claimed_at, due)


async def count_figures(db: Database, before: datetime) -> Gone:
    """Return how many nameless calls are to be deleted."""
    return await count(db, "figures", "", attempts_archive.c.claimed_at, figures_due(before))


async def count_log(db: Database, log: Log, before: datetime) -> Gone:
    """Return how many lines of a log are to be deleted."""
    return await count(db, log, "", _LOGS[log].c.at, _log_due(log, before))


def _log_due(log: Log, before: datetime) -> sa.ColumnElement[bool]:
    """A line is due by its age; what an agent said of a call, only when the call is gone too."""
    old: sa.ColumnElement[bool] = _LOGS[log].c.at < before
    return old & ~_exists(attempts) & ~_exists(attempts_archive) if log == "dispositions" else old


def _exists(table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.exists().where(table.c.id == dispositions.c.attempt_id)


def together(what: str, campaign_id: str, parts: Sequence[Gone]) -> Gone:
    """Return the sum of slices; a hash of all their ids is not to be had from theirs."""
    firsts = [part.first for part in parts if part.first is not None]
    lasts = [part.last for part in parts if part.last is not None]
    return Gone(
        what,
        campaign_id,
        sum(part.count for part in parts),
        min(firsts, default=None),
        max(lasts, default=None),
    )


# Deleting and anonymising: one slice, one transaction.


async def delete_leads(
    db: Database, campaign_id: str, before: datetime, *, now: datetime, actor: str, limit: int = SLICE
) -> Gone:
    """Delete up to `limit` leads that are due."""

    async def work(connection: AsyncConnection) -> Gone:
        await archive.alone(connection)
        chosen = sa.select(leads.c.id, leads.c.changed_at).where(leads_due(campaign_id, before))
        locked = chosen.order_by(leads.c.changed_at, leads.c.id).limit(limit)
        rows = await _rows(connection, locked.with_for_update(of=leads, skip_locked=True))
        # A call that began while we waited for the lead's lock is not in the query's picture of the world.
        busy = await connection.scalars(
            sa.select(attempts.c.lead_id).where(LIVE, attempts.c.lead_id.in_([row[0] for row in rows]))
        )
        spared = set(busy)
        rows = [row for row in rows if row[0] not in spared]
        await remove_leads(connection, [row[0] for row in rows])
        return await _told(connection, "leads", campaign_id, rows, now, actor)

    return await db.transact(work)


async def remove_leads(connection: AsyncConnection, lead_ids: Sequence[int], *, numbers: bool = True) -> None:
    """Delete leads with all that is theirs; their calls stay, put away, with their number only where `numbers`."""
    if not lead_ids:
        return
    theirs = sa.select(attempts.c.id, attempts.c.claimed_at).where(attempts.c.lead_id.in_(lead_ids))
    await archive.put_away(connection, await _rows(connection, theirs), lead=False, number=numbers)
    alone = {"lead_id": 0, "number_id": 0, **({} if numbers else {"e164": ""})}
    before = attempts_archive.c.lead_id.in_(lead_ids)
    await connection.execute(sa.update(attempts_archive).where(before).values(**alone))
    # SQLite may give the number of a deleted lead to a new one, who must not be taken for this person.
    for table in (recordings, deliveries):
        unbound = sa.update(table).where(table.c.lead_id.in_(lead_ids)).values(lead_id=None)
        await connection.execute(unbound)
    await connection.execute(sa.delete(leads).where(leads.c.id.in_(lead_ids)))


async def forget_calls(
    db: Database, campaign_id: str, before: datetime, *, now: datetime, actor: str, limit: int = SLICE
) -> Gone:
    """Take lead and number from up to `limit` calls that are due."""

    async def work(connection: AsyncConnection) -> Gone:
        await archive.alone(connection)
        rows = await _late_calls(connection, campaign_id, before, limit)
        await archive.put_away(connection, rows, lead=False, number=False)
        if len(rows) < limit:
            rows += await _forget_archived(connection, campaign_id, before, limit - len(rows))
        return await _told(connection, "calls", campaign_id, rows, now, actor)

    return await db.transact(work)


async def put_away(db: Database, campaign_id: str, before: datetime, *, limit: int = SLICE) -> Gone:
    """Move up to `limit` calls claimed before an instant, of leads that are closed, to those put away."""

    async def work(connection: AsyncConnection) -> Gone:
        await archive.alone(connection)
        rows = await _late_calls(connection, campaign_id, before, limit)
        await archive.put_away(connection, rows)
        return _gone("put away", campaign_id, rows)

    return await db.transact(work)


async def delete_figures(
    db: Database, before: datetime, *, now: datetime, actor: str, limit: int = SLICE
) -> Gone:
    """Delete nameless calls that are due: on PostgreSQL a whole month at once where nothing else is in it."""

    async def work(connection: AsyncConnection) -> Gone:
        await archive.alone(connection)
        if connection.dialect.name == "postgresql":
            dropped = await _drop_month(connection, before)
            if dropped is not None:
                await _audit(connection, dropped, now, actor)
                return dropped
        key, at = attempts_archive.c.id, attempts_archive.c.claimed_at
        rows = await _rows(
            connection, sa.select(key, at).where(figures_due(before)).order_by(at).limit(limit)
        )
        if rows:
            # The instants too: they tell PostgreSQL in which months to look.
            within = at.between(rows[0][1], rows[-1][1])
            await connection.execute(
                sa.delete(attempts_archive).where(key.in_([row[0] for row in rows]), within)
            )
        return await _told(connection, "figures", "", rows, now, actor)

    return await db.transact(work)


async def trim_log(
    db: Database, log: Log, before: datetime, *, now: datetime, actor: str, limit: int = SLICE
) -> Gone:
    """Delete up to `limit` lines of a log written before an instant."""
    table = _LOGS[log]

    async def work(connection: AsyncConnection) -> Gone:
        old = sa.select(table.c.id, table.c.at).where(_log_due(log, before))
        rows = await _rows(connection, old.order_by(table.c.at, table.c.id).limit(limit))
        await connection.execute(sa.delete(table).where(table.c.id.in_([row[0] for row in rows])))
        return await _told(connection, log, "", rows, now, actor)

    return await db.transact(work)


async def _late_calls(
    connection: AsyncConnection, campaign_id: str, before: datetime, limit: int
) -> list[_Row]:
    chosen = sa.select(attempts.c.id, attempts.c.claimed_at).where(calls_due(campaign_id, before))
    ordered = chosen.order_by(attempts.c.claimed_at, attempts.c.id).limit(limit)
    return await _rows(connection, ordered.with_for_update(of=attempts, skip_locked=True))


async def _forget_archived(
    connection: AsyncConnection, campaign_id: str, before: datetime, limit: int
) -> list[_Row]:
    key, at = attempts_archive.c.id, attempts_archive.c.claimed_at
    chosen = sa.select(key, at).where(archived_due(campaign_id, before))
    rows = await _rows(connection, chosen.order_by(at, key).limit(limit))
    if rows:
        within = at.between(rows[0][1], rows[-1][1])
        these = sa.update(attempts_archive).where(key.in_([row[0] for row in rows]), within)
        await connection.execute(these.values(lead_id=0, number_id=0, e164=""))
    return rows


async def _drop_month(connection: AsyncConnection, before: datetime) -> Gone | None:
    """Drop the oldest month that is due and has no name in it."""
    at = attempts_archive.c.claimed_at
    for month in await archive.months(connection):
        if month.end > archive.month_start(before):
            return None
        within = sa.and_(at >= month.start, at < month.end)
        if await connection.scalar(sa.select(sa.literal(1)).where(within, NAMED).limit(1)) is not None:
            continue
        told = sa.select(sa.func.count(), sa.func.min(at), sa.func.max(at)).where(within)
        number, first, last = (await connection.execute(told)).one()
        await archive.drop_month(connection, month)
        # A month's table is its own proof; hashing a million ids would hold everybody up.
        return Gone("figures", "", number, first or month.start, last or month.start, month.table)
    return None


async def _rows(connection: AsyncConnection, query: sa.Select[Any]) -> list[_Row]:
    return [(row[0], row[1]) for row in await connection.execute(query)]


def _gone(what: str, campaign_id: str, rows: Sequence[_Row]) -> Gone:
    if not rows:
        return Gone(what, campaign_id, 0)
    instants = [row[1] for row in rows]
    return Gone(
        what, campaign_id, len(rows), min(instants), max(instants), hash_of_ids(row[0] for row in rows)
    )


async def _told(
    connection: AsyncConnection,
    what: str,
    campaign_id: str,
    rows: Sequence[_Row],
    now: datetime,
    actor: str,
) -> Gone:
    """Keep in the audit log, in the same transaction, what went."""
    gone = _gone(what, campaign_id, rows)
    if gone.count:
        await _audit(connection, gone, now, actor)
    return gone


async def _audit(connection: AsyncConnection, gone: Gone, now: datetime, actor: str) -> None:
    await connection.execute(
        sa.insert(audit).values(
            at=now,
            actor=actor,
            action=ACTION,
            target=gone.campaign_id or gone.what,
            after=msgspec.json.encode(gone.as_dict()).decode(),
        )
    )
