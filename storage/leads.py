"""Leads: adding many, looking up, counting, moving by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.adding import adding
from storage.database import Database
from storage.records import Added, Lead, LeadNote, NewLead, Note, NumberRow
from storage.tables import PENDING, WAITING, lead_notes, lead_numbers, leads, notes
from storage.types import Instant, among, bound

_NUMBER = (
    lead_numbers.c.id,
    lead_numbers.c.e164,
    lead_numbers.c.kind,
    lead_numbers.c.zones,
    lead_numbers.c.position,
    lead_numbers.c.attempts,
    lead_numbers.c.last_at,
    lead_numbers.c.closed,
)
_LEAD = (
    leads.c.id,
    leads.c.campaign_id,
    leads.c.external_id,
    leads.c.name,
    leads.c.state,
    leads.c.reason,
    leads.c.priority,
    leads.c.window_key,
    leads.c.zone,
    leads.c.deadline,
    leads.c.owner,
    leads.c.next_at,
    leads.c.attempts,
    leads.c.data,
    leads.c.created_at,
    leads.c.changed_at,
    leads.c.callback_at,
    leads.c.callback_owner,
    leads.c.caller_id,
    leads.c.chance,
)


async def add(
    db: Database, campaign_id: str, new: Sequence[NewLead], *, now: datetime, source: str = ""
) -> Added:
    """Add leads in state pending, all or none, whoever has their numbers; see `Adding.add`."""
    async with adding(db, campaign_id) as opened:
        return await opened.add(new, now=now, source=source)


async def by_id(db: Database, lead_id: int) -> Lead | None:
    """Return the lead with its numbers."""
    found = await load(db, leads.c.id == lead_id)
    return found[0] if found else None


async def by_ids(db: Database, lead_ids: Iterable[int]) -> dict[int, Lead]:
    """Return those of the leads that exist, by id, with their numbers; one question whatever their count."""
    wanted = bound(sorted(set(lead_ids)), db.dialect)
    query = sa.select(*_LEAD).where(among(leads.c.id, "ids", db.dialect))
    async with db.read() as connection:
        rows = (await connection.execute(query, {"ids": wanted})).all()
        numbers = await _numbers(connection, db.dialect, [row[0] for row in rows])
    return {row[0]: _lead(row, numbers[row[0]]) for row in rows}


async def by_external_id(db: Database, campaign_id: str, external_id: str) -> Lead | None:
    """Return the campaign's lead of this external id."""
    found = await load(db, (leads.c.campaign_id == campaign_id) & (leads.c.external_id == external_id))
    return found[0] if found else None


async def by_number(
    db: Database, e164: str, *, campaign_id: str | None = None, limit: int = 1000
) -> tuple[Lead, ...]:
    """Return the leads that have this number, oldest first, at most `limit`."""
    having: sa.ColumnElement[bool] = leads.c.id.in_(
        sa.select(lead_numbers.c.lead_id).where(lead_numbers.c.e164 == e164)
    )
    if campaign_id is not None:
        having = having & (leads.c.campaign_id == campaign_id)
    return await load(db, having, limit)


async def by_name(db: Database, campaign_id: str, beginning: str, *, limit: int = 100) -> tuple[Lead, ...]:
    """Return the campaign's leads whose name begins so, whatever the case; reads the campaign's whole list."""
    named = sa.func.lower(leads.c.name).startswith(beginning.lower(), autoescape=True)
    return await load(db, (leads.c.campaign_id == campaign_id) & named, limit)


async def change(db: Database, lead_id: int, values: Mapping[str, Any], *, now: datetime) -> bool:
    """Set name, zone, priority, deadline, owner or data of a lead. False: no such lead."""
    known = {"name", "zone", "priority", "deadline", "owner", "data"}
    if not values.keys() <= known:
        raise ValueError(f"not to be changed: {values.keys() - known}")
    done = sa.update(leads).where(leads.c.id == lead_id).values(**values, changed_at=now)
    async with db.write() as connection:
        return (await connection.execute(done)).rowcount > 0


async def ids_of(db: Database, campaign_id: str, external_ids: Sequence[str]) -> dict[str, int]:
    """Return the campaign's leads of these external ids, by external id; those it does not have are left out."""
    query = sa.select(leads.c.external_id, leads.c.id).where(
        leads.c.campaign_id == campaign_id, among(leads.c.external_id, "external_ids", db.dialect)
    )
    async with db.read() as connection:
        rows = await connection.execute(query, {"external_ids": bound(list(external_ids), db.dialect)})
        return {row[0]: row[1] for row in rows}


async def change_many(
    db: Database,
    lead_ids: Sequence[int],
    *,
    now: datetime,
    priority: int | None = None,
    owner: str | None = None,
) -> int:
    """Set priority or owner of leads in whatever state, None keeps it; return how many there are."""
    values = {"priority": priority, "owner": owner, "changed_at": now}
    change = sa.update(leads).where(among(leads.c.id, "ids", db.dialect))
    change = change.values({name: value for name, value in values.items() if value is not None})
    async with db.write() as connection:
        return (await connection.execute(change, {"ids": bound(sorted(lead_ids), db.dialect)})).rowcount


async def each(db: Database, campaign_id: str, *, page: int = 1000) -> AsyncIterator[Lead]:
    """Yield all leads of a campaign in order of id, a page at a time, so memory stays flat."""
    last = 0
    while True:
        found = await load(db, (leads.c.campaign_id == campaign_id) & (leads.c.id > last), limit=page)
        for lead in found:
            yield lead
        if len(found) < page:
            return
        last = found[-1].lead_id


async def counts(db: Database, campaign_id: str) -> dict[str, int]:
    """Return the number of leads by state; states without leads are left out."""
    query = (
        sa.select(leads.c.state, sa.func.count())
        .where(leads.c.campaign_id == campaign_id)
        .group_by(leads.c.state)
    )
    async with db.read() as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}


async def reasons(db: Database, campaign_id: str) -> dict[tuple[str, str], int]:
    """Return the number of waiting, done and excluded leads by (state, reason)."""
    query = (
        sa.select(leads.c.state, leads.c.reason, sa.func.count())
        .where(leads.c.campaign_id == campaign_id, leads.c.state.in_(("waiting", "done", "excluded")))
        .group_by(leads.c.state, leads.c.reason)
    )
    async with db.read() as connection:
        return {(state, reason): count for state, reason, count in await connection.execute(query)}


async def window_keys(db: Database, campaign_id: str) -> tuple[str, ...]:
    """Return the window keys that open leads (pending or waiting) have, found by jumps in the index."""
    async with db.read() as connection:
        found = await connection.scalars(OPEN_KEYS, {"campaign": campaign_id})
        return tuple(sorted(key for key in found if key is not None))


async def next_due(db: Database, campaign_id: str, *, window_keys: Sequence[str]) -> datetime | None:
    """Return when the next waiting lead of these window keys falls due; None when none waits."""
    values = {"campaign": campaign_id, "keys": bound(list(window_keys), db.dialect)}
    async with db.read() as connection:
        found: datetime | None = await connection.scalar(_NEXT_DUE[db.dialect], values)
        return found


async def wake(db: Database, *, now: datetime, limit: int = 2_000) -> int:
    """Move waiting leads that fell due to pending, oldest first; return how many.

    A claim finds due leads without it; it makes the order by priority strict also among many that fall due at
    once. To be run every few seconds.
    """
    due = sa.select(leads.c.id).where(WAITING, leads.c.next_at <= now).order_by(leads.c.next_at).limit(limit)
    if db.dialect == "postgresql":
        due = due.with_for_update(skip_locked=True)
    change = sa.update(leads).where(leads.c.id.in_(due)).values(state="pending", changed_at=now)

    async def work(connection: AsyncConnection) -> int:
        return (await connection.execute(change)).rowcount

    return await db.transact(work)


async def move(
    db: Database,
    lead_ids: Sequence[int],
    state: str,
    *,
    now: datetime,
    reason: str,
    detail: str = "",
    next_at: datetime | None = None,
    priority: int | None = None,
    owner: str | None = None,
) -> int:
    """Put leads by hand into pending, waiting (`next_at`), done or excluded, with a note; return how many.

    Leads in a call are left alone: the call's own end decides. None for `priority` and `owner` keeps them.
    """
    if state not in {"pending", "waiting", "done", "excluded"} or (state == "waiting") != (
        next_at is not None
    ):
        raise ValueError(f"leads cannot be moved to {state} with next_at {next_at}")
    chosen = among(leads.c.id, "ids", db.dialect)
    values: dict[str, Any] = {"state": state, "reason": reason, "changed_at": now, "next_at": next_at or now}
    if priority is not None:
        values["priority"] = priority
    if owner is not None:
        values["owner"] = owner
    free = leads.c.state.in_(("pending", "waiting", "done", "excluded"))
    change = sa.update(leads).where(chosen, free).values(values).returning(leads.c.id)

    async def work(connection: AsyncConnection) -> int:
        moved = (await connection.scalars(change, {"ids": bound(sorted(lead_ids), db.dialect)})).all()
        await write_notes(connection, moved, now, state, reason, detail)
        return len(moved)

    return await db.transact(work)


async def history(db: Database, lead_id: int) -> tuple[LeadNote, ...]:
    """Return why the lead's state changed without a call, oldest first."""
    query = (
        sa.select(lead_notes.c.at, lead_notes.c.state, lead_notes.c.reason, lead_notes.c.detail)
        .where(lead_notes.c.lead_id == lead_id)
        .order_by(lead_notes.c.at, lead_notes.c.id)
    )
    async with db.read() as connection:
        return tuple(LeadNote(*row) for row in await connection.execute(query))


async def add_note(db: Database, note: Note) -> None:
    """Keep a free text about a lead; committed on return."""
    async with db.write() as connection:
        await connection.execute(
            sa.insert(notes).values(
                lead_id=note.lead_id,
                attempt_id=note.attempt_id,
                agent_id=note.agent_id,
                at=note.at,
                body=note.body,
            )
        )


async def put_note(db: Database, note: Note) -> None:
    """Keep the agent's one note on an attempt, in place of an earlier one; committed on return."""
    mine = (notes.c.attempt_id == note.attempt_id) & (notes.c.agent_id == note.agent_id)
    change = sa.update(notes).where(mine, notes.c.lead_id == note.lead_id).values(at=note.at, body=note.body)
    async with db.write() as connection:
        if not (await connection.execute(change)).rowcount:
            await connection.execute(
                sa.insert(notes).values(
                    lead_id=note.lead_id,
                    attempt_id=note.attempt_id,
                    agent_id=note.agent_id,
                    at=note.at,
                    body=note.body,
                )
            )


async def notes_of(db: Database, lead_id: int) -> tuple[Note, ...]:
    """Return the lead's notes, oldest first."""
    columns = (notes.c.lead_id, notes.c.at, notes.c.body, notes.c.attempt_id, notes.c.agent_id)
    query = sa.select(*columns).where(notes.c.lead_id == lead_id).order_by(notes.c.at, notes.c.id)
    async with db.read() as connection:
        return tuple(Note(*row) for row in await connection.execute(query))


async def write_notes(
    connection: AsyncConnection,
    lead_ids: Sequence[int],
    at: datetime,
    state: str,
    reason: str,
    detail: str = "",
) -> None:
    """Write one note of why for each lead, inside the caller's transaction."""
    if lead_ids:
        rows = [
            {"lead_id": lead_id, "at": at, "state": state, "reason": reason, "detail": detail}
            for lead_id in lead_ids
        ]
        await connection.execute(sa.insert(lead_notes), rows)


def _next_due(keys: sa.TableValuedAlias) -> sa.Select[Any]:
    """The first entry of each key in the index, and the earliest of those."""
    mine = WAITING & (leads.c.campaign_id == sa.bindparam("campaign", type_=sa.Text))
    first = sa.select(leads.c.next_at).where(mine, leads.c.window_key == keys.c.value)
    first = first.order_by(leads.c.next_at).limit(1)
    return sa.select(sa.func.min(first.correlate(keys).scalar_subquery(), type_=Instant)).select_from(keys)


_NEXT_DUE: Final = {
    "postgresql": _next_due(
        sa.func.unnest(sa.bindparam("keys", type_=postgresql.ARRAY(sa.Text)))
        .table_valued("value")
        .render_derived()
    ),
    "sqlite": _next_due(sa.func.json_each(sa.bindparam("keys", type_=sa.Text)).table_valued("value")),
}


def _open_keys() -> sa.CompoundSelect[Any]:
    """Jump from each key to the next one in the index, which touches one entry per key, not per lead."""
    steps = []
    for name, condition in (("pending", PENDING), ("waiting", WAITING)):
        mine = condition & (leads.c.campaign_id == sa.bindparam("campaign", type_=sa.Text))
        first = sa.select(sa.func.min(leads.c.window_key).label("key")).where(mine)
        keys = first.cte(f"{name}_keys", recursive=True)
        following = sa.select(sa.func.min(leads.c.window_key)).where(mine, leads.c.window_key > keys.c.key)
        keys = keys.union_all(sa.select(following.scalar_subquery()).where(keys.c.key.is_not(None)))
        steps.append(sa.select(keys.c.key))
    return sa.union(*steps)


OPEN_KEYS: Final = _open_keys()


async def load(
    db: Database,
    condition: sa.ColumnElement[bool],
    limit: int = 1000,
    order: sa.ColumnElement[Any] = leads.c.id,
) -> tuple[Lead, ...]:
    """Return the leads that fulfil a condition, with their numbers."""
    query = sa.select(*_LEAD).where(condition).order_by(order, leads.c.id).limit(limit)
    async with db.read() as connection:
        rows = (await connection.execute(query)).all()
        numbers = await _numbers(connection, db.dialect, [row[0] for row in rows])
    return tuple(_lead(row, numbers[row[0]]) for row in rows)


def _lead(row: Sequence[Any], numbers: list[NumberRow]) -> Lead:
    return Lead(*row, numbers=tuple(numbers))  # type: ignore[misc]


async def _numbers(
    connection: AsyncConnection, dialect: str, lead_ids: list[int]
) -> defaultdict[int, list[NumberRow]]:
    found: defaultdict[int, list[NumberRow]] = defaultdict(list)
    if lead_ids:
        query = (
            sa.select(lead_numbers.c.lead_id, *_NUMBER)
            .where(among(lead_numbers.c.lead_id, "ids", dialect))
            .order_by(lead_numbers.c.lead_id, lead_numbers.c.position, lead_numbers.c.id)
        )
        for lead_id, *number in await connection.execute(query, {"ids": bound(lead_ids, dialect)}):
            found[lead_id].append(NumberRow(*number))
    return found
