"""The claim's statements per database: each is one text whatever it is given, so that its plan is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from storage import claim_rows
from storage.claim_rows import LIST_END
from storage.leads import OPEN_KEYS
from storage.lines import Line
from storage.numbers import NEVER_LEFT
from storage.records import Candidate, ClaimedCall, Refuse
from storage.tables import leads
from storage.types import Instant

_PREFIXES: Final = ", ".join(f"substr(n.e164, 1, {length})" for length in range(2, 17))

_PENDING_HEADS: Final = """
    SELECT id, priority, next_at FROM leads
    WHERE campaign_id = :campaign AND state = 'pending' AND window_key = @key
    ORDER BY priority DESC, next_at, id LIMIT :most"""
_DUE_HEADS: Final = """
    SELECT id, priority, next_at FROM leads
    WHERE campaign_id = :campaign AND state = 'waiting' AND window_key = @key AND next_at <= :now
    ORDER BY next_at, id LIMIT :most"""

# Each key's heads come from the index; only as many as are wanted are then locked. What another claimer holds
# is skipped, not waited for, and `heads` tells how many that were.
_TAKE: Final = """
WITH heads AS ({heads}), taken AS MATERIALIZED (
    SELECT * FROM leads WHERE id IN (SELECT id FROM heads)
    AND {open} {lock}
)
SELECT (SELECT count(*) FROM heads) AS heads, l.id, l.external_id, l.name, l.zone, l.priority, l.deadline,
    l.owner, l.attempts, l.data, l.window_key, l.next_at, l.reason,
    n.id AS number_id, n.e164, n.kind, n.zones, n.position,
    n.attempts AS number_attempts, n.last_at, n.closed,
    {number_recent} AS number_recent, {abandoned_at} AS abandoned_at,
    (SELECT {collect}(d.list_id, :list_end) FROM dnc d
        WHERE d.entry IN ({prefixes}) AND (d.is_prefix OR d.entry = n.e164)
        AND (d.list_id NOT LIKE 'campaign:%' OR d.list_id = :own_list)
        AND (d.expires_at IS NULL OR d.expires_at > :now)) AS lists,
    {lead_recent} AS lead_recent,
    l.callback_at, l.callback_owner, l.caller_id, n.rest_until, {past} AS past
FROM (SELECT 1 AS one) always LEFT JOIN taken l ON true LEFT JOIN lead_numbers n ON n.lead_id = l.id {calls}
ORDER BY l.priority DESC, l.next_at, l.id, n.position, n.id"""

# Calls that never reached the network cost the person called nothing, so no limit counts them.
# Nor is a call of somebody who rang us one of ours.
_COUNTED: Final = f"a.outcome NOT IN ({', '.join(repr(outcome) for outcome in NEVER_LEFT)}) AND NOT a.inbound"
_PAST: Final = "a.outcome || CASE WHEN a.disposition = '' THEN '' ELSE ' said=' || a.disposition END"
_SECONDS: Final = "CAST(extract(epoch FROM a.claimed_at) AS text)"

# The number, or the lead, alone stands in each WHERE: with the time in it too, a plan made while the table of
# attempts is small finds them by the time, and reads more of the table for every lead the more there are.
_POSTGRESQL_CALLS: Final = {
    "number_recent": "of_number.recent",
    "abandoned_at": "of_number.abandoned_at",
    "lead_recent": "of_lead.recent",
    "past": "of_lead.past",
    "calls": f"""
    LEFT JOIN LATERAL (
        SELECT string_agg({_SECONDS}, ' ') FILTER (WHERE a.claimed_at > :since AND {_COUNTED}) AS recent,
            max(a.answered_at) FILTER (WHERE a.abandoned) AS abandoned_at
        FROM attempts a WHERE a.e164 = n.e164) of_number ON true
    LEFT JOIN LATERAL (
        SELECT string_agg({_SECONDS}, ' ') FILTER (WHERE a.claimed_at > :since AND {_COUNTED}) AS recent,
            string_agg({_PAST}, ' ') FILTER (WHERE a.state = 'ended' AND NOT a.inbound) AS past
        FROM attempts a WHERE a.lead_id = l.id) of_lead ON true""",  # noqa: S608
}
_SQLITE_RECENT: Final = f"""(SELECT group_concat(replace(a.claimed_at, ' ', 'T'), ' ') FROM attempts a
        WHERE {{whose}} AND a.claimed_at > :since AND {_COUNTED})"""  # noqa: S608
_SQLITE_CALLS: Final = {
    "number_recent": _SQLITE_RECENT.format(whose="a.e164 = n.e164"),
    "abandoned_at": "(SELECT max(a.answered_at) FROM attempts a WHERE a.e164 = n.e164 AND a.abandoned)",
    "lead_recent": _SQLITE_RECENT.format(whose="a.lead_id = l.id"),
    "past": f"""(SELECT group_concat({_PAST}, ' ') FROM attempts a
        WHERE a.lead_id = l.id AND a.state = 'ended' AND NOT a.inbound)""",  # noqa: S608
    "calls": "",
}

_POSTGRESQL_HEADS: Final = """
    SELECT h.id FROM unnest(:keys) AS k(key) CROSS JOIN LATERAL ((@pending) UNION ALL (@due)) h
    ORDER BY h.priority DESC, h.next_at, h.id LIMIT :most"""

# SQLite has no LATERAL; a correlated list of keys with its own LIMIT does the same.
_SQLITE_HEADS: Final = """
    SELECT l.id FROM json_each(:keys) k JOIN leads l ON l.id IN (
        SELECT id FROM (@pending) UNION ALL SELECT id FROM (@due)
    ) ORDER BY l.priority DESC, l.next_at, l.id LIMIT :most"""

_CLAIMED: Final = "UPDATE leads SET state = 'claimed', reason = '', changed_at = :now"
_INSERT_AND_MARK: Final = """
WITH made AS ({insert}), marked AS ({mark} FROM made WHERE leads.id = made.lead_id)
SELECT id, lead_id FROM made"""
_INSERT: Final = """
INSERT INTO attempts (id, lead_id, number_id, e164, source, campaign_id, claimed_at)
SELECT {columns}, (SELECT source FROM leads WHERE id = {lead}), :campaign, :now FROM {rows} WHERE true
ON CONFLICT DO NOTHING RETURNING id, lead_id"""


_DUE: Final = "(state = 'pending' OR (state = 'waiting' AND next_at <= :now))"
_ONE: Final = "SELECT id FROM leads WHERE id = :lead AND campaign_id = :campaign"


def _filled(dialect: str, heads: str, which: str) -> str:
    postgres = dialect == "postgresql"
    return _TAKE.format(
        heads=heads,
        open=which,
        lock="FOR UPDATE SKIP LOCKED" if postgres else "",
        collect="string_agg" if postgres else "group_concat",
        prefixes=_PREFIXES,
        **(_POSTGRESQL_CALLS if postgres else _SQLITE_CALLS),
    )


def _take_one(dialect: str) -> sa.TextClause:
    return sa.text(_filled(dialect, _ONE, "state IN ('pending', 'waiting')")).bindparams(
        sa.bindparam("campaign", type_=sa.Text),
        sa.bindparam("own_list", type_=sa.Text),
        sa.bindparam("lead", type_=sa.BigInteger),
        sa.bindparam("now", type_=Instant),
        sa.bindparam("since", type_=Instant),
        sa.bindparam("list_end", type_=sa.Text),
    )


def _take(dialect: str) -> sa.TextClause:
    postgres = dialect == "postgresql"
    heads = (
        (_POSTGRESQL_HEADS if postgres else _SQLITE_HEADS)
        .replace("@pending", _PENDING_HEADS)
        .replace("@due", _DUE_HEADS)
        .replace("@key", "k.key" if postgres else "k.value")
    )
    text = _filled(dialect, heads, _DUE)
    keys: sa.types.TypeEngine[Any] = postgresql.ARRAY(sa.Text) if postgres else sa.Text()
    return sa.text(text).bindparams(
        sa.bindparam("campaign", type_=sa.Text),
        sa.bindparam("own_list", type_=sa.Text),
        sa.bindparam("keys", type_=keys),
        sa.bindparam("most", type_=sa.Integer),
        sa.bindparam("now", type_=Instant),
        sa.bindparam("since", type_=Instant),
        sa.bindparam("list_end", type_=sa.Text),
    )


def _insert(dialect: str) -> sa.TextClause:
    if dialect == "postgresql":
        insert = _INSERT.format(
            columns="v.id, v.lead_id, v.number_id, v.e164",
            lead="v.lead_id",
            rows="unnest(:ids, :leads, :numbers, :e164s) AS v(id, lead_id, number_id, e164)",
        )
        text = _INSERT_AND_MARK.format(insert=insert, mark=_CLAIMED)
        lists: list[sa.BindParameter[Any]] = [
            sa.bindparam("ids", type_=postgresql.ARRAY(sa.Text)),
            sa.bindparam("leads", type_=postgresql.ARRAY(sa.BigInteger)),
            sa.bindparam("numbers", type_=postgresql.ARRAY(sa.BigInteger)),
            sa.bindparam("e164s", type_=postgresql.ARRAY(sa.Text)),
        ]
    else:
        text = _INSERT.format(
            columns="value ->> 0, value ->> 1, value ->> 2, value ->> 3",
            lead="value ->> 1",
            rows="json_each(:rows)",
        )
        lists = [sa.bindparam("rows", type_=sa.Text)]
    return sa.text(text).bindparams(
        sa.bindparam("campaign", type_=sa.Text), sa.bindparam("now", type_=Instant), *lists
    )


_MARK: Final = sa.text(
    "UPDATE leads SET state = 'claimed', reason = '', changed_at = :now"
    " WHERE id IN (SELECT value FROM json_each(:ids))"
).bindparams(sa.bindparam("ids", type_=sa.Text), sa.bindparam("now", type_=Instant))
"""SQLite cannot do both in one statement."""


_STATEMENTS: Final = {name: (_take(name), _insert(name)) for name in ("postgresql", "sqlite")}
_PUT_BACK: Final = (
    sa.update(leads)
    .where(leads.c.id == sa.bindparam("lead"))
    .values(
        state=sa.bindparam("to_state"),
        reason=sa.bindparam("why"),
        next_at=sa.bindparam("until"),
        changed_at=sa.bindparam("at"),
    )
)

_NOTE: Final = sa.text(
    "INSERT INTO lead_notes (lead_id, at, state, reason, detail) VALUES (:lead_id, :at, :state, :reason, :detail)"
).bindparams(sa.bindparam("at", type_=Instant))


async def open_keys(line: Line, campaign_id: str) -> tuple[str, ...]:
    """Return the window keys of the campaign's open leads."""
    rows = await line.rows(OPEN_KEYS, {"campaign": campaign_id})
    return tuple(sorted(row[0] for row in rows if row[0] is not None))


async def take(
    line: Line,
    campaign_id: str,
    keys: Sequence[str],
    most: int,
    now: datetime,
    since: datetime,
) -> tuple[int, list[Candidate]]:
    """Return how many heads there are (at most `most`) and, locked for us, those no other claimer holds.

    Calls `since` then are told with each lead and number.
    """
    dialect = line.dialect
    values = {
        "campaign": campaign_id,
        "own_list": f"campaign:{campaign_id}",
        "keys": list(keys) if dialect == "postgresql" else msgspec.json.encode(keys).decode(),
        "most": most,
        "now": now,
        "since": since,
        "list_end": LIST_END,
    }
    rows = await line.rows(_STATEMENTS[dialect][0], values)
    return rows[0][0], claim_rows.candidates(campaign_id, rows)


_TAKE_ONE: Final = {name: _take_one(name) for name in ("postgresql", "sqlite")}


async def take_one(
    line: Line, campaign_id: str, lead_id: int, now: datetime, since: datetime
) -> Candidate | None:
    """Return one lead that is pending or waits, due or not, locked for us; None for any other."""
    values = {
        "campaign": campaign_id,
        "own_list": f"campaign:{campaign_id}",
        "lead": lead_id,
        "now": now,
        "since": since,
        "list_end": LIST_END,
    }
    rows = await line.rows(_TAKE_ONE[line.dialect], values)
    found = claim_rows.candidates(campaign_id, rows)
    return found[0] if found else None


async def insert_attempts(line: Line, calls: Sequence[ClaimedCall], now: datetime) -> frozenset[str]:
    """Insert live attempts and mark their leads claimed; return the ids of those that no live one forbids."""
    # In order of number, so that two claimers that wait for each other's rows never wait in a circle.
    calls = sorted(calls, key=lambda call: call.e164)
    dialect = line.dialect
    values: dict[str, object] = {"campaign": calls[0].lead.campaign_id, "now": now}
    if dialect == "postgresql":
        values["ids"] = [call.attempt_id for call in calls]
        values["leads"] = [call.lead_id for call in calls]
        values["numbers"] = [call.number.number_id for call in calls]
        values["e164s"] = [call.e164 for call in calls]
    else:
        rows = [(call.attempt_id, call.lead_id, call.number.number_id, call.e164) for call in calls]
        values["rows"] = msgspec.json.encode(rows).decode()
    made = await line.rows(_STATEMENTS[dialect][1], values)
    if dialect == "sqlite":
        ids = msgspec.json.encode([lead_id for _, lead_id in made]).decode()
        await line.many(_MARK, [{"ids": ids, "now": now}])
    return frozenset(attempt_id for attempt_id, _ in made)


async def put_back(line: Line, refusals: Sequence[tuple[Candidate, Refuse]], now: datetime) -> None:
    """Let refused leads wait, or exclude them, each with a note of why."""
    changes, whys = [], []
    for lead, refusal in refusals:
        state = "excluded" if refusal.until is None else "waiting"
        changes.append(
            {
                "lead": lead.lead_id,
                "to_state": state,
                "why": refusal.reason,
                "until": refusal.until,
                "at": now,
            }
        )
        whys.append(
            {
                "lead_id": lead.lead_id,
                "at": now,
                "state": state,
                "reason": refusal.reason,
                "detail": refusal.detail,
            }
        )
    await line.many(_PUT_BACK, changes)
    await line.many(_NOTE, whys)
