"""Calls placed: looking up, the live ones for recovery, and the counts that reports and rules need.

What steers calling reads the table of late attempts; what looks back reads those put away too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.records import Attempt, Conversation, Ledger
from storage.tables import LIVE, attempts, attempts_all, leads
from storage.types import among, bound

_NAMES: Final = (
    "id", "lead_id", "number_id", "e164", "campaign_id", "node", "trunk", "agent", "state", "claimed_at",
    "dialed_at", "ringing_at", "answered_at", "bridged_at", "ended_at", "outcome", "disposition", "cause",
    "tech_cause", "talk_s", "wait_s", "abandoned", "gave_up", "machine", "opted_out", "caller_id", "inbound",
    "greeting_end_at", "verdict", "verdict_cause",
)  # fmt: skip
_ROW: Final = tuple(attempts.c[name] for name in _NAMES)
_ANY: Final = tuple(attempts_all.c[name] for name in _NAMES)
"""The same of calls put away too, for all that looks back further than the rules of calling do."""


_LONGEST_RING: Final = timedelta(hours=1)
"""A call is answered within this time of its claim: lets a report by answer use the index by claim."""
_LONGEST_TALK: Final = timedelta(hours=12)


async def by_id(db: Database, attempt_id: str) -> Attempt | None:
    """Return the attempt."""
    found = await _load(db, sa.select(*_ANY).where(attempts_all.c.id == attempt_id))
    return found[0] if found else None


async def by_ids(db: Database, attempt_ids: Iterable[str]) -> tuple[Attempt, ...]:
    """Return those of the attempts that exist, in order of id."""
    query = sa.select(*_ANY).where(among(attempts_all.c.id, "ids", db.dialect)).order_by(attempts_all.c.id)
    return await _load(db, query, ids=bound(list(attempt_ids), db.dialect))


async def live(db: Database, *, prefix: str = "", nodes: Iterable[str] = ()) -> tuple[Attempt, ...]:
    """Return attempts not ended, oldest first.

    `prefix` picks one daemon's by the beginning of their ids; those of people who rang us, whose ids the switch
    made, by its `nodes`.
    """
    query = sa.select(*_ROW).where(LIVE).order_by(attempts.c.claimed_at, attempts.c.id)
    return await _load(db, query.where(_of_daemon(prefix, nodes)))


async def owed(db: Database, *, prefix: str = "", nodes: Iterable[str] = ()) -> tuple[Attempt, ...]:
    """Return ended conversations whose leads still wait in wrap-up for what the (last) agent says of them.

    `prefix` and `nodes` as for `live`.
    """
    waiting = sa.select(leads.c.id).where(leads.c.state == "wrap_up")
    query = sa.select(*_ROW).where(attempts.c.lead_id.in_(waiting), attempts.c.state == "ended")
    query = query.where(_of_daemon(prefix, nodes))
    found = await _load(db, query.order_by(attempts.c.ended_at))
    return tuple({attempt.lead_id: attempt for attempt in found}.values())


async def of_lead(db: Database, lead_id: int, *, limit: int = 100) -> tuple[Attempt, ...]:
    """Return the lead's attempts, newest first."""
    query = sa.select(*_ANY).where(attempts_all.c.lead_id == lead_id)
    return await _load(
        db, query.order_by(attempts_all.c.claimed_at.desc(), attempts_all.c.id.desc()).limit(limit)
    )


async def past_of(connection: AsyncConnection, lead_id: int) -> tuple[str, ...]:
    """Return the outcomes of our ended calls to a lead, and "said=CODE" for each of their dispositions."""
    rows = await connection.execute(_past().where(attempts.c.lead_id == lead_id))
    return _words((row[1], row[2]) for row in rows)


async def pasts(db: Database, lead_ids: Iterable[int]) -> dict[int, tuple[str, ...]]:
    """Return the same for many leads, by lead; one question whatever their count."""
    query = _past().where(among(attempts.c.lead_id, "ids", db.dialect))
    said: dict[int, list[tuple[str, str]]] = {}
    async with db.read() as connection:
        wanted = bound(sorted(set(lead_ids)), db.dialect)
        for row in await connection.execute(query, {"ids": wanted}):
            said.setdefault(row[0], []).append((row[1], row[2]))
    return {lead_id: _words(words) for lead_id, words in said.items()}


def _past() -> sa.Select[Any]:
    return sa.select(attempts.c.lead_id, attempts.c.outcome, attempts.c.disposition).where(
        attempts.c.state == "ended", attempts.c.inbound.is_(False)
    )


def _words(calls: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    words: list[str] = []
    for outcome, said in calls:
        words += [outcome, f"said={said}"] if said else [outcome]
    return tuple(words)


async def of_campaign(
    db: Database, campaign_id: str, *, since: datetime, limit: int = 1000
) -> tuple[Attempt, ...]:
    """Return a campaign's attempts claimed since an instant, oldest first."""
    query = sa.select(*_ANY).where(
        attempts_all.c.campaign_id == campaign_id, attempts_all.c.claimed_at >= since
    )
    return await _load(db, query.order_by(attempts_all.c.claimed_at, attempts_all.c.id).limit(limit))


async def newest(
    db: Database, campaign_id: str, *, before: datetime, limit: int = 100
) -> tuple[Attempt, ...]:
    """Return a campaign's attempts claimed before an instant, newest first."""
    query = sa.select(*_ANY).where(
        attempts_all.c.campaign_id == campaign_id, attempts_all.c.claimed_at < before
    )
    return await _load(
        db, query.order_by(attempts_all.c.claimed_at.desc(), attempts_all.c.id.desc()).limit(limit)
    )


async def reached(db: Database, campaign_id: str) -> int:
    """Return how many of the campaign's leads ever talked with an agent; reads all its attempts."""
    query = sa.select(sa.func.count(attempts_all.c.lead_id.distinct())).where(
        attempts_all.c.campaign_id == campaign_id,
        attempts_all.c.bridged_at.is_not(None),
        attempts_all.c.lead_id != 0,
    )
    async with db.read() as connection:
        return await connection.scalar(query) or 0


async def of_agent(db: Database, agent_id: str, *, since: datetime) -> dict[str, tuple[int, float]]:
    """Return an agent's conversations claimed since an instant by disposition: how many, seconds of talk."""
    query = (
        sa.select(
            attempts.c.disposition, sa.func.count(), sa.func.coalesce(sa.func.sum(attempts.c.talk_s), 0.0)
        )
        .where(
            attempts.c.claimed_at >= since, attempts.c.agent == agent_id, attempts.c.bridged_at.is_not(None)
        )
        .group_by(attempts.c.disposition)
    )
    async with db.read() as connection:
        return {row[0]: (row[1], float(row[2])) for row in await connection.execute(query)}


async def talked(db: Database, campaign_id: str, agent_id: str, *, since: datetime) -> tuple[str, ...]:
    """Return the ids of an agent's conversations that were on since an instant, oldest first."""
    query = sa.select(attempts.c.id).where(
        attempts.c.campaign_id == campaign_id,
        attempts.c.claimed_at >= since - _LONGEST_TALK,
        attempts.c.agent == agent_id,
        attempts.c.bridged_at.is_not(None),
        attempts.c.ended_at.is_(None) | (attempts.c.ended_at > since),
    )
    async with db.read() as connection:
        return tuple(await connection.scalars(query.order_by(attempts.c.bridged_at, attempts.c.id)))


async def outcomes(db: Database, campaign_id: str, *, since: datetime) -> dict[str, int]:
    """Return the number of attempts claimed since an instant by outcome; live ones under `live`.

    Calls of people who rang us are counted under `inbound` and their outcome.
    """
    outcome = sa.case(
        (attempts_all.c.state == "live", "live"),
        (attempts_all.c.inbound, sa.literal("inbound ").concat(attempts_all.c.outcome)),
        else_=attempts_all.c.outcome,
    ).label("outcome")
    query = (
        sa.select(outcome, sa.func.count())
        .where(attempts_all.c.campaign_id == campaign_id, attempts_all.c.claimed_at >= since)
        .group_by(outcome)
    )
    async with db.read() as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}


async def by_caller_id(
    db: Database, campaigns: Iterable[str], *, since: datetime, but_of: str = ""
) -> dict[str, int]:
    """Return how many calls of the campaigns, claimed since an instant and dialed, showed each number of ours.

    Attempts whose ids begin with `but_of` are left out.
    """
    query = (
        sa.select(attempts.c.caller_id, sa.func.count())
        .where(
            attempts.c.campaign_id.in_(sorted(campaigns)),
            attempts.c.claimed_at >= since,
            attempts.c.dialed_at.is_not(None),
            attempts.c.caller_id != "",
        )
        .group_by(attempts.c.caller_id)
    )
    if but_of:
        query = query.where(~attempts.c.id.startswith(but_of, autoescape=True))
    async with db.read() as connection:
        return {row[0]: row[1] for row in await connection.execute(query)}


async def late_by_caller_id(
    db: Database, campaigns: Iterable[str], numbers: Iterable[str], *, since: datetime, most: int
) -> tuple[tuple[str, datetime, str], ...]:
    """Return (our number, end, outcome) of the last `most` calls that showed each number, oldest first."""
    place = sa.func.row_number().over(
        partition_by=attempts.c.caller_id, order_by=(attempts.c.ended_at.desc(), attempts.c.id)
    )
    shown = (
        sa.select(attempts.c.caller_id, attempts.c.ended_at, attempts.c.outcome, place.label("place"))
        .where(
            attempts.c.campaign_id.in_(sorted(campaigns)),
            attempts.c.claimed_at >= since,
            attempts.c.dialed_at.is_not(None),
            attempts.c.ended_at.is_not(None),
            among(attempts.c.caller_id, "numbers", db.dialect),
        )
        .subquery()
    )
    query = (
        sa.select(shown.c.caller_id, shown.c.ended_at, shown.c.outcome)
        .where(shown.c.place <= most)
        .order_by(shown.c.ended_at, shown.c.caller_id)
    )
    async with db.read() as connection:
        found = await connection.execute(query, {"numbers": bound(sorted(numbers), db.dialect)})
        return tuple((row[0], row[1], row[2]) for row in found)


async def ledger(
    db: Database, campaign_id: str | None, *, since: datetime, until: datetime | None = None
) -> Ledger:
    """Return the raw counts of our calls answered in [since, until); None counts all campaigns."""

    def count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)

    query = sa.select(
        sa.func.count(),
        count(attempts_all.c.bridged_at.is_not(None)),
        count(attempts_all.c.abandoned),
        count(attempts_all.c.gave_up),
        count(attempts_all.c.machine),
        count(attempts_all.c.opted_out),
    ).where(*_answered_since(since), attempts_all.c.inbound.is_(False))
    if until is not None:
        query = query.where(attempts_all.c.answered_at < until)
    if campaign_id is not None:
        query = query.where(attempts_all.c.campaign_id == campaign_id)
    async with db.read() as connection:
        return Ledger(*(await connection.execute(query)).one())


async def conversations(
    db: Database, *, since: datetime, until: datetime | None = None
) -> tuple[Conversation, ...]:
    """Return the conversations that began since an instant, in that order; `new`: the lead's first ever."""
    one, earlier = attempts_all, attempts_all.alias("earlier")
    before = sa.exists().where(
        earlier.c.lead_id == one.c.lead_id, earlier.c.bridged_at < one.c.bridged_at, one.c.lead_id != 0
    )
    query = sa.select(
        one.c.id,
        one.c.agent,
        one.c.campaign_id,
        one.c.bridged_at,
        one.c.talk_s,
        one.c.state == "live",
        ~before,
    ).where(one.c.bridged_at >= since, one.c.claimed_at >= since - _LONGEST_RING, one.c.agent.is_not(None))
    if until is not None:
        query = query.where(one.c.bridged_at < until, one.c.claimed_at < until)
    async with db.read() as connection:
        rows = await connection.execute(query.order_by(one.c.bridged_at, one.c.id))
        return tuple(Conversation(*row) for row in rows)


async def talk_s_by_agent(db: Database, campaign_id: str | None, *, since: datetime) -> dict[str, float]:
    """Return seconds of conversation by agent, of calls answered since an instant."""
    query = (
        sa.select(attempts_all.c.agent, sa.func.coalesce(sa.func.sum(attempts_all.c.talk_s), 0.0))
        .where(*_answered_since(since), attempts_all.c.agent.is_not(None))
        .group_by(attempts_all.c.agent)
    )
    if campaign_id is not None:
        query = query.where(attempts_all.c.campaign_id == campaign_id)
    async with db.read() as connection:
        return {agent: float(talk_s) for agent, talk_s in await connection.execute(query)}


def _of_daemon(prefix: str, nodes: Iterable[str]) -> sa.ColumnElement[bool]:
    ours: sa.ColumnElement[bool] = attempts.c.id.startswith(prefix, autoescape=True) if prefix else sa.true()
    return ours | (attempts.c.inbound & attempts.c.node.in_(sorted(nodes)))


def _answered_since(since: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return attempts_all.c.answered_at >= since, attempts_all.c.claimed_at >= since - _LONGEST_RING


async def _load(db: Database, query: sa.Select[Any], **values: object) -> tuple[Attempt, ...]:
    async with db.read() as connection:
        return tuple(Attempt(*tuple[Any, ...](row)) for row in await connection.execute(query, values))
