"""The books' statements: each runs once per batch, over all its rows."""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.gather import Gathered, Row
from storage.tables import (
    agent_log,
    agents,
    attempts,
    campaigns,
    control_blocks,
    dispositions,
    dnc,
    lead_numbers,
    leads,
)
from storage.upsert import insert_or_set

_OTHER: Final = attempts.alias("other")


def _given(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.bindparam(f"v_{column.name}", type_=column.type), column)


_ATTEMPT_COLUMNS: Final = (
    attempts.c.node,
    attempts.c.trunk,
    attempts.c.agent,
    attempts.c.dialed_at,
    attempts.c.ringing_at,
    attempts.c.answered_at,
    attempts.c.greeting_end_at,
    attempts.c.bridged_at,
    attempts.c.ended_at,
    attempts.c.outcome,
    attempts.c.disposition,
    attempts.c.amount_cents,
    attempts.c.cause,
    attempts.c.tech_cause,
    attempts.c.talk_s,
    attempts.c.wait_s,
    attempts.c.abandoned,
    attempts.c.gave_up,
    attempts.c.machine,
    attempts.c.verdict,
    attempts.c.verdict_cause,
    attempts.c.opted_out,
    attempts.c.caller_id,
    attempts.c.state,
)
_ATTEMPTS: Final = (
    sa.update(attempts)
    .where(attempts.c.id == sa.bindparam("v_attempt"))
    .values({column.name: _given(column) for column in _ATTEMPT_COLUMNS})
)

_ITS_LEAD: Final = sa.select(attempts.c.lead_id).where(attempts.c.id == sa.bindparam("v_attempt"))
_ITS_NUMBER: Final = sa.select(attempts.c.number_id).where(attempts.c.id == sa.bindparam("v_attempt"))

# A late word about an old call must not move a lead that is in another call by now.
_FREE: Final = ~sa.exists().where(
    _OTHER.c.lead_id == leads.c.id,
    _OTHER.c.state == sa.literal_column("'live'"),
    _OTHER.c.id != sa.bindparam("v_attempt"),
)
_CHANGES: Final = sa.bindparam("v_state", type_=sa.Text).is_not(None)


def _decided(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """What goes with a lead's state: set, to nothing too, whenever that is."""
    return sa.case((_CHANGES, sa.bindparam(f"v_{column.name}", type_=column.type)), else_=column)


_FIRST_SHOWN: Final = sa.case(
    (leads.c.caller_id == "", sa.func.coalesce(sa.bindparam("v_caller_id", type_=sa.Text), "")),
    else_=leads.c.caller_id,
)
_LEADS: Final = (
    sa.update(leads)
    .where(leads.c.id == _ITS_LEAD.scalar_subquery(), _FREE)
    .values(
        state=_given(leads.c.state),
        next_at=_decided(leads.c.next_at),
        callback_at=_decided(leads.c.callback_at),
        callback_owner=_decided(leads.c.callback_owner),
        caller_id=_FIRST_SHOWN,
        reason=_given(leads.c.reason),
        owner=_given(leads.c.owner),
        attempts=leads.c.attempts + sa.bindparam("v_dialed", type_=sa.Integer),
        changed_at=sa.bindparam("v_at"),
    )
)
_NUMBERS_DIALED: Final = (
    sa.update(lead_numbers)
    .where(lead_numbers.c.id == _ITS_NUMBER.scalar_subquery())
    .values(
        attempts=lead_numbers.c.attempts + sa.bindparam("v_n", type_=sa.Integer),
        last_at=sa.func.coalesce(
            sa.bindparam("v_at", type_=lead_numbers.c.last_at.type), lead_numbers.c.last_at
        ),
    )
)


_NUMBERS_CLOSED: Final = (
    sa.update(lead_numbers)
    .where(lead_numbers.c.id == _ITS_NUMBER.scalar_subquery())
    .values(closed=sa.bindparam("v_closed"))
)

_NUMBERS_RESTING: Final = (
    sa.update(lead_numbers)
    .where(lead_numbers.c.id == _ITS_NUMBER.scalar_subquery())
    .values(rest_until=sa.bindparam("v_until", type_=lead_numbers.c.rest_until.type))
)


async def write(connection: AsyncConnection, gathered: Gathered) -> None:
    """Write what a batch of facts came to; in order of key, so that two writers never wait in a circle."""
    dialect = connection.dialect.name
    await _each(connection, _ATTEMPTS, _sorted(gathered.attempts))
    await _each(connection, _NUMBERS_DIALED, _sorted(gathered.dialed))
    await _each(connection, _NUMBERS_CLOSED, _sorted(gathered.closed))
    await _each(connection, _NUMBERS_RESTING, _sorted(gathered.resting))
    await _each(connection, _LEADS, _sorted(gathered.leads))
    await _each(connection, _LISTED[dialect], [_named(row) for row in gathered.listed])
    for table, rows in ((dispositions, gathered.dispositions), (agent_log, gathered.agent_log)):
        if rows:
            await connection.execute(sa.insert(table), rows)
    for statement, upserts in (
        (_AGENTS[dialect], gathered.agents),
        (_INTERVALS[dialect], gathered.intervals),
        (_CAMPAIGNS[dialect], gathered.campaigns),
        (_BLOCKS[dialect], gathered.blocks),
    ):
        await _each(connection, statement, [upserts[key] for key in sorted(upserts)])


async def _each(connection: AsyncConnection, statement: sa.Executable, rows: list[Row]) -> None:
    if rows:
        await connection.execute(statement, rows)


def _sorted(rows: dict[str, Row]) -> list[Row]:
    return [_named(rows[key]) for key in sorted(rows)]


def _named(row: Row) -> Row:
    return {f"v_{name}": value for name, value in row.items()}


def _listed(dialect: str) -> sa.Insert:
    """Return the INSERT that puts an attempt's own number on a list: facts carry no numbers."""
    insert = postgresql.insert(dnc) if dialect == "postgresql" else sqlite.insert(dnc)
    number = sa.select(
        attempts.c.e164,
        sa.bindparam("v_list_id", type_=sa.Text),
        sa.false(),
        sa.bindparam("v_at", type_=dnc.c.added_at.type),
        sa.bindparam("v_why", type_=sa.Text),
    ).where(attempts.c.id == sa.bindparam("v_attempt"))
    columns = ["entry", "list_id", "is_prefix", "added_at", "reason"]
    return insert.from_select(columns, number).on_conflict_do_update(
        index_elements=["entry", "list_id", "is_prefix"], set_={"expires_at": None}
    )


def _agents(dialect: str) -> sa.Insert:
    insert = postgresql.insert(agents) if dialect == "postgresql" else sqlite.insert(agents)
    change = {name: insert.excluded[name] for name in ("state", "state_at", "state_reason")}
    campaign = sa.func.coalesce(insert.excluded.campaign_id, agents.c.campaign_id)
    return insert.on_conflict_do_update(index_elements=["id"], set_={**change, "campaign_id": campaign})


_DIALECTS: Final = ("postgresql", "sqlite")
_LISTED: Final = {name: _listed(name) for name in _DIALECTS}
_AGENTS: Final = {name: _agents(name) for name in _DIALECTS}
_INTERVALS: Final = {name: insert_or_set(agents, name, ("id",), ("interval_s",)) for name in _DIALECTS}
_CAMPAIGNS: Final = {
    name: insert_or_set(campaigns, name, ("id",), ("state", "changed_at", "reason")) for name in _DIALECTS
}
_BLOCKS: Final = {
    name: insert_or_set(control_blocks, name, ("campaign_id", "began_at"), ("one_line",))
    for name in _DIALECTS
}
