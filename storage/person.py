"""Everything the memory holds on one person, by their numbers: to be given to them, or to be forgotten for good."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import archive, retention
from storage.database import Database
from storage.errors import PersonBusy, PersonHeld
from storage.tables import (
    attempts,
    attempts_all,
    attempts_archive,
    audit,
    dispositions,
    dnc,
    holds,
    lead_notes,
    lead_numbers,
    leads,
    notes,
    recording_holds,
    recordings,
)

ACTION: Final = "privacy.erase"
_ERASED: Final = '"erased"'
_TELLING: Final = 9
"""Last digits by which a number is known in a line that holds it as people write it, without the country code."""

_BUSY: Final = ("claimed", "in_call", "wrap_up")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """Who a number leads to: the numbers that count as theirs, and the leads that go whole when they are erased."""

    numbers: tuple[str, ...]
    lead_ids: tuple[int, ...]
    other_numbers: tuple[str, ...] = ()
    """Numbers of the same leads that were not asked about."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure changed, or would change: rows of each kind."""

    leads: int
    numbers: int
    calls: int
    dnc: int
    audit: int

    def as_dict(self) -> dict[str, int]:
        """The same for programs."""
        return {name: getattr(self, name) for name in self.__slots__}


async def find(db: Database, e164: str, *, whole: bool = False) -> Found:
    """Return the person with this number; `whole`: with all other numbers of the leads that have it."""
    async with db.read() as connection:
        ids = await _leads_with(connection, [e164])
        query = sa.select(lead_numbers.c.e164).distinct().where(lead_numbers.c.lead_id.in_(ids))
        others = tuple(sorted(set(await connection.scalars(query)) - {e164}))
        numbers = (e164, *others) if whole else (e164,)
        return Found(numbers, await _wholly(connection, numbers), () if whole else others)


async def held(db: Database, found: Found) -> dict[str, list[Row]]:
    """Return every row about the person, by table; instants are datetimes."""
    numbers = list(found.numbers)
    async with db.read() as connection:
        ids = sorted({*await _leads_with(connection, numbers), *found.lead_ids})
        calls = await _all(
            connection,
            sa.select(attempts_all).where(
                attempts_all.c.e164.in_(numbers) | attempts_all.c.lead_id.in_(found.lead_ids)
            ),
        )
        call_ids = [row["id"] for row in calls]
        of_leads = {
            table.name: await _all(connection, sa.select(table).where(column.in_(ids)))
            for table, column in (
                (leads, leads.c.id),
                (lead_numbers, lead_numbers.c.lead_id),
                (notes, notes.c.lead_id),
                (lead_notes, lead_notes.c.lead_id),
                (holds, holds.c.lead_id),
            )
        }
        return {
            **of_leads,
            "attempts": sorted(calls, key=lambda row: (row["claimed_at"], row["id"])),
            "dispositions": await _all(
                connection, sa.select(dispositions).where(dispositions.c.attempt_id.in_(call_ids))
            ),
            "recordings": await _all(
                connection,
                sa.select(*(column for column in recordings.c if column is not recordings.c.peaks)).where(
                    recordings.c.attempt_id.in_(call_ids)
                ),
            ),
            "dnc": await _all(connection, sa.select(dnc).where(_dnc_of(numbers))),
            "audit": await _all(connection, sa.select(audit).where(_audit_of(numbers, ids))),
        }


async def call_ids(db: Database, found: Found) -> tuple[str, ...]:
    """Return the ids of all their calls, by which recordings are named. Raises PersonBusy, PersonHeld."""
    theirs = attempts_all.c.e164.in_(found.numbers) | attempts_all.c.lead_id.in_(found.lead_ids)
    async with db.read() as connection:
        await _refuse(connection, found)
        ids = tuple(sorted(await connection.scalars(sa.select(attempts_all.c.id).where(theirs))))
        await _refuse_recorded(connection, ids)
        return ids


async def count(db: Database, found: Found) -> Erased:
    """Return what `erase` would change."""
    numbers = list(found.numbers)
    async with db.read() as connection:
        ids = list(await _wholly(connection, numbers))

        async def many(table: sa.FromClause, condition: sa.ColumnElement[bool]) -> int:
            query = sa.select(sa.func.count()).select_from(table).where(condition)
            return await connection.scalar(query) or 0

        gone = lead_numbers.c.lead_id.in_(ids) | lead_numbers.c.e164.in_(numbers)
        calls = attempts_all.c.e164.in_(numbers) | attempts_all.c.lead_id.in_(ids)
        return Erased(
            len(ids),
            await many(lead_numbers, gone),
            await many(attempts_all, calls),
            await many(dnc, _dnc_of(numbers)),
            await many(audit, _audit_of(numbers, ids)),
        )


async def erase(db: Database, found: Found, *, now: datetime, actor: str, target: str) -> Erased:
    """Forget the person in one transaction: leads and numbers go, calls stay as nameless figures.

    `target` is how the audit log names whom. Keep their hashes before (`storage.erased.add`), and erase their
    recordings: afterwards nobody knows which were theirs. Raises PersonBusy, PersonHeld, and changes nothing then.
    """
    numbers = list(found.numbers)

    async def work(connection: AsyncConnection) -> Erased:
        await archive.alone(connection)
        everybody = sa.select(leads.c.id).where(leads.c.id.in_(await _leads_with(connection, numbers)))
        await connection.execute(everybody.order_by(leads.c.id).with_for_update())
        await _refuse(connection, found)
        ids = list(await _wholly(connection, numbers))
        marked = await connection.execute(
            sa.update(audit)
            .where(_audit_of(numbers, ids))
            .values(target="erased", before=_ERASED, after=_ERASED)
        )
        gone = lead_numbers.c.lead_id.in_(ids) | lead_numbers.c.e164.in_(numbers)
        removed = (await connection.execute(sa.delete(lead_numbers).where(gone))).rowcount
        calls = attempts_all.c.e164.in_(numbers) | attempts_all.c.lead_id.in_(ids)
        many = await connection.scalar(sa.select(sa.func.count()).select_from(attempts_all).where(calls)) or 0
        await _forget_calls(connection, numbers)
        await retention.remove_leads(connection, ids, numbers=False)
        unlisted = (await connection.execute(sa.delete(dnc).where(_dnc_of(numbers)))).rowcount
        told = Erased(len(ids), removed, many, unlisted, marked.rowcount)
        if any(told.as_dict().values()):
            after = msgspec.json.encode(told.as_dict()).decode()
            line = sa.insert(audit).values(at=now, actor=actor, action=ACTION, target=target, after=after)
            await connection.execute(line)
        return told

    return await db.transact(work)


async def _forget_calls(connection: AsyncConnection, numbers: Sequence[str]) -> None:
    late = sa.select(attempts.c.id, attempts.c.claimed_at).where(attempts.c.e164.in_(numbers))
    rows = [(row[0], row[1]) for row in await connection.execute(late)]
    await archive.put_away(connection, rows, lead=False, number=False)
    theirs = sa.update(attempts_archive).where(attempts_archive.c.e164.in_(numbers))
    await connection.execute(theirs.values(lead_id=0, number_id=0, e164=""))


async def _refuse(connection: AsyncConnection, found: Found) -> None:
    ids = await _leads_with(connection, found.numbers)
    live = sa.select(attempts.c.id).where(
        attempts.c.state == "live", attempts.c.e164.in_(found.numbers) | attempts.c.lead_id.in_(ids)
    )
    busy = sa.select(leads.c.id).where(leads.c.id.in_(ids), leads.c.state.in_(_BUSY))
    if await connection.scalar(live) is not None or await connection.scalar(busy) is not None:
        raise PersonBusy
    hold = (await connection.execute(sa.select(holds).where(holds.c.lead_id.in_(ids)))).first()
    if hold is not None:
        raise PersonHeld(
            f"lead {hold.lead_id} is under legal hold since {hold.at:%Y-%m-%d} by {hold.actor}: {hold.reason};"
            " release it first: dialer privacy release"
        )


async def _refuse_recorded(connection: AsyncConnection, call_ids: Sequence[str]) -> None:
    by_itself = (recording_holds.c.kind == "recording") & (
        recording_holds.c.target == sa.cast(recordings.c.id, sa.Text)
    )
    by_campaign = (recording_holds.c.kind == "campaign") & (
        recording_holds.c.target == recordings.c.campaign_id
    )
    query = (
        sa.select(recordings.c.id, recording_holds.c.actor, recording_holds.c.reason)
        .join(recording_holds, by_itself | by_campaign)
        .where(recordings.c.attempt_id.in_(call_ids), recordings.c.deleted_at.is_(None))
    )
    hold = (await connection.execute(query.limit(1))).first()
    if hold is not None:
        raise PersonHeld(
            f"recording {hold.id} is under legal hold by {hold.actor}: {hold.reason};"
            " release it first: dialer recordings release"
        )


async def _leads_with(connection: AsyncConnection, numbers: Iterable[str]) -> list[int]:
    query = sa.select(lead_numbers.c.lead_id).distinct().where(lead_numbers.c.e164.in_(list(numbers)))
    return sorted(await connection.scalars(query))


async def _wholly(connection: AsyncConnection, numbers: Iterable[str]) -> tuple[int, ...]:
    """Return the leads that have no other number than these."""
    known = list(numbers)
    ids = await _leads_with(connection, known)
    query = sa.select(lead_numbers.c.lead_id).distinct()
    others = query.where(lead_numbers.c.lead_id.in_(ids), lead_numbers.c.e164.not_in(known))
    return tuple(sorted(set(ids) - set(await connection.scalars(others))))


def _dnc_of(numbers: Sequence[str]) -> sa.ColumnElement[bool]:
    return dnc.c.entry.in_(numbers) & dnc.c.is_prefix.is_(False)


def _audit_of(numbers: Sequence[str], lead_ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Lines that name a number anywhere, or say how one of the leads was changed."""
    named = [
        _digits(column).contains(number.removeprefix("+")[-_TELLING:])
        for number in numbers
        for column in (audit.c.target, audit.c.before, audit.c.after)
    ]
    changed = audit.c.action.contains("/leads/{lead}") & audit.c.target.in_([str(one) for one in lead_ids])
    return sa.or_(*named, changed) & (audit.c.action != ACTION)


def _digits(column: sa.Column[str]) -> sa.ColumnElement[str]:
    """The text without what people write between digits."""
    bare: sa.ColumnElement[str] = column
    for between in " -./()":
        bare = sa.func.replace(bare, between, "")
    return bare


async def _all(connection: AsyncConnection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row._mapping) for row in await connection.execute(query)]
