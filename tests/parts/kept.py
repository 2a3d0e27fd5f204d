"""A made-up memory of leads and calls of many ages, and what of it must be gone after a sweep."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

from storage import Database, archive, retention
from storage.tables import attempts, attempts_all, attempts_archive, audit, holds, lead_numbers, leads
from tests.parts.people import NOW

CLOSED = ("done", "excluded")
CAMPAIGNS = ("spring", "autumn")


@dataclass(frozen=True, slots=True)
class Kept:
    """A lead: changed so many days ago, its ended calls so many days ago."""

    campaign: str = "spring"
    state: str = "done"
    age: int = 0
    calls: tuple[int, ...] = ()
    callback: bool = False
    held: bool = False
    live: bool = False
    shares_number: bool = False


@dataclass(frozen=True, slots=True)
class Days:
    """How long one campaign keeps leads, calls with their people, calls near at hand, and nameless figures."""

    leads: int
    calls: int
    near: int
    figures: int


@dataclass(slots=True)
class World:
    """What the tables hold of interest: leads; calls as id -> (lead, number or "", put away)."""

    leads: set[int] = field(default_factory=set)
    calls: dict[str, tuple[int, str, bool]] = field(default_factory=dict)


people = st.builds(
    Kept,
    st.sampled_from(CAMPAIGNS),
    st.sampled_from([*CLOSED, *CLOSED, "pending", "waiting", "claimed", "in_call", "wrap_up"]),
    st.integers(0, 100),
    st.lists(st.integers(0, 100), max_size=4).map(tuple),
    *(st.sampled_from([False, False, False, True]) for _ in range(4)),
)
days = st.builds(Days, *(st.integers(1, 100) for _ in range(4)))


def ago(age: int) -> datetime:
    """The instant so many days before now."""
    return NOW - timedelta(days=age)


async def fill(db: Database, everybody: list[Kept]) -> None:
    """Put them into an empty memory, as leads 1, 2, ..."""
    async with db.write() as connection:
        for number, one in enumerate(everybody, start=1):
            await connection.execute(
                sa.insert(leads).values(
                    id=number,
                    campaign_id=one.campaign,
                    state=one.state,
                    created_at=ago(200),
                    changed_at=ago(one.age),
                    callback_at=ago(0) if one.callback else None,
                )
            )
            e164 = number_of(number, one)
            await connection.execute(
                sa.insert(lead_numbers).values(id=number, lead_id=number, e164=e164, position=0)
            )
            if one.held:
                await connection.execute(
                    sa.insert(holds).values(lead_id=number, at=NOW, actor="ann", reason="a claim at court")
                )
            for call, age in enumerate(one.calls):
                await connection.execute(_call(number, one, f"c-{number}-{call}", age, "ended"))
            if one.live:
                await connection.execute(
                    _call(number, replace(one, shares_number=False), f"c-{number}-live", 100, "live")
                )


def number_of(lead_id: int, one: Kept) -> str:
    """The lead's number, which it may share with others."""
    return "+49301" if one.shares_number else f"+4940{lead_id}"


def _call(lead_id: int, one: Kept, call_id: str, age: int, state: str) -> sa.Insert:
    return sa.insert(attempts).values(
        id=call_id,
        lead_id=lead_id,
        number_id=lead_id,
        e164=number_of(lead_id, one),
        campaign_id=one.campaign,
        state=state,
        claimed_at=ago(age),
        answered_at=ago(age),
        abandoned=True,
    )


def expected(everybody: list[Kept], policy: dict[str, Days]) -> World:
    """What must be left: the rules in other words than the program's."""
    left = World()
    for lead_id, one in enumerate(everybody, start=1):
        keep = policy[one.campaign]
        open_ = one.state not in CLOSED or one.callback
        stays = open_ or one.held or one.live or one.age <= keep.leads
        if stays:
            left.leads.add(lead_id)
        bound = open_ or one.held
        if one.live:
            left.calls[f"c-{lead_id}-live"] = (lead_id, f"+4940{lead_id}", False)
        for call, age in enumerate(one.calls):
            if not bound and age > keep.calls:
                if ago(age) >= archive.month_start(ago(keep.figures)):
                    left.calls[f"c-{lead_id}-{call}"] = (0, "", True)
                continue
            away = not stays or (not bound and age > keep.near)
            left.calls[f"c-{lead_id}-{call}"] = (lead_id if stays else 0, number_of(lead_id, one), away)
    return left


async def sweep(db: Database, policy: dict[str, Days], limit: int) -> list[retention.Gone]:
    """Sweep by these days until nothing is due, in slices of `limit`."""
    done: list[retention.Gone] = []
    more: dict[str, Any] = {"now": NOW, "actor": "test", "limit": limit}

    async def all_of(work: Any, *args: Any, **further: Any) -> None:
        while (gone := await work(db, *args, **further)).ids_sha256:
            done.append(gone)

    for campaign, keep in policy.items():
        await all_of(retention.delete_leads, campaign, ago(keep.leads), **more)
        await all_of(retention.forget_calls, campaign, ago(keep.calls), **more)
        await all_of(retention.put_away, campaign, ago(keep.near), limit=limit)
    await all_of(retention.delete_figures, ago(next(iter(policy.values())).figures), **more)
    return done


async def look(db: Database) -> World:
    """What the memory holds."""
    async with db.read() as connection:
        found = World(set(await connection.scalars(sa.select(leads.c.id))))
        away = set(await connection.scalars(sa.select(attempts_archive.c.id)))
        columns = (attempts_all.c.id, attempts_all.c.lead_id, attempts_all.c.e164)
        for call_id, lead_id, e164 in await connection.execute(sa.select(*columns)):
            found.calls[call_id] = (lead_id, e164, call_id in away)
    return found


async def told(db: Database) -> list[dict[str, Any]]:
    """The lines of the audit log about sweeps."""
    query = sa.select(audit).where(audit.c.action == retention.ACTION).order_by(audit.c.id)
    async with db.read() as connection:
        return [dict(row._mapping) for row in await connection.execute(query)]
