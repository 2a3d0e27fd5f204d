"""The database sums what ledgers count exactly as adding call by call does, at every limit, on both databases."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import storage
from dialer.compliance.ledgerbook import LedgerBook
from dialer.compliance.ledgers import Clock, LedgerRule, Share, Tally
from dialer.leads import evidence
from storage import archive
from storage.ledger_sums import Counting, Measure
from storage.tables import attempts, leads
from tests.parts.plain import record_of

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
RULES = (
    LedgerRule("answer", 0.03, within_s=2.0),
    LedgerRule("greeting", 0.03, clock=Clock.GREETING_END, within_s=2.0),
    LedgerRule("short", 0.2, Share.SHORT, within_s=6.1),
)
MACHINES = frozenset({"machine"})
HOW = Counting(
    tuple(Measure(one.within_s, one.clock is Clock.GREETING_END) for one in RULES),
    evidence.NOT_A_CALL,
    MACHINES,
)
LIMITS_S = (0.0, 1.999999, 2.0, 2.000001, 6.1, 6.099999, 6.100001, -0.5, 59.9)
"""Around each limit by a microsecond: sums in SQL and in Python must fall on the same side."""


def _call(dice: random.Random, serial: int) -> dict[str, Any]:
    claimed = NOON - timedelta(seconds=dice.randrange(7200), microseconds=dice.randrange(1_000_000))

    def later(at: datetime | None, share: float) -> datetime | None:
        return None if at is None or dice.random() > share else at + timedelta(seconds=dice.choice(LIMITS_S))

    dialed = later(claimed, 0.95)
    answered = later(dialed, 0.7)
    greeting = later(answered, 0.4)
    return {
        "id": f"c-{serial}", "number_id": 1, "e164": "+442079460101", "node": "pbx", "trunk": "t",
        "campaign_id": dice.choice(("spring", "spring", "spring", "autumn")),
        "state": "ended", "claimed_at": claimed, "dialed_at": dialed, "answered_at": answered,
        "greeting_end_at": greeting, "bridged_at": later(greeting or answered, 0.6),
        "ended_at": later(answered or dialed or claimed, 0.95),
        "outcome": dice.choice(("talked", "no_answer", "busy", "congestion", "error", "not_dialed")),
        "disposition": dice.choice(("", "sale", "machine")), "abandoned": dice.random() < 0.2,
        "machine": dice.random() < 0.2, "gave_up": False, "opted_out": False, "caller_id": "", "inbound": False,
    }  # fmt: skip


async def _fill(memory: storage.Database, calls: list[dict[str, Any]]) -> None:
    """The calls, every third put away, and one still on."""
    person = storage.NewLead((storage.NewNumber("+442079460101"),))
    await storage.leads.add(memory, "spring", [person], now=NOON)
    async with memory.write() as connection:
        lead_id = await connection.scalar(sa.select(leads.c.id))
        await connection.execute(attempts.insert(), [{**call, "lead_id": lead_id} for call in calls])
        await connection.execute(attempts.update().where(attempts.c.id == "c-7").values(state="live"))
        await archive.alone(connection)
        put_away = [(call["id"], call["claimed_at"]) for call in calls[::3]]
        await archive.put_away(connection, put_away)


@pytest.mark.parametrize("seed", range(2))
async def test_sums_are_the_plain_sums(
    memory: storage.Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    dice = random.Random(seed)
    calls = [_call(dice, serial) for serial in range(400)]
    await _fill(memory, calls)
    since = NOON - timedelta(minutes=90)
    plain = LedgerBook(RULES, 0.0)
    counted = set()
    async for attempt in evidence.each_attempt(memory, "spring", since=since):
        record = record_of(attempt, MACHINES)
        if record is not None:
            plain.add(record)
            counted.add(attempt.attempt_id)
    assert len(counted) > 100

    {call["id"] for call in calls} | {"c-of-nobody"}
    monkeypatch.setattr(storage.ledger_sums, "SLICE", timedelta(minutes=37))
    minutes, found = await storage.ledger_sums.by_minute(
        memory,
        "spring",
        HOW,
        since=since,
        until=NOON + timedelta(hours=1),
        ids={call["id"] for call in calls} | {"c-of-nobody"},
    )
    summed = LedgerBook(RULES, 0.0)
    for one in minutes:
        tallies = [
            Tally(one.calls, sums.live, sums.abandoned, one.machines, sums.agent_machines, sums.short)
            for sums in one.by_measure
        ]
        summed.add_minute(one.minute, tallies)
    assert summed.ledgers == plain.ledgers
    assert found == counted
