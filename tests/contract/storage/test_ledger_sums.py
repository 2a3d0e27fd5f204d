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
from storage.tables import attempts, attempts_archive, leads, ledger_days
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
SINCE = NOON - timedelta(minutes=90)
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
    monkeypatch.setattr(storage.ledger_sums, "SLICE", timedelta(minutes=37))
    assert len(await _agreed(memory)) > 100


@pytest.mark.parametrize("seed", range(2))
async def test_kept_days_are_the_plain_sums_whatever_becomes_of_their_calls(
    memory: storage.Database, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.ledger_sums, "SLICE", timedelta(minutes=7))
    dice = random.Random(seed)
    await _fill(memory, [_call(dice, serial) for serial in range(400)])
    keeping = memory.dialect == "postgresql"

    async def keep_all() -> int:
        span = {"since": SINCE, "until": NOON + timedelta(hours=1)}
        while await storage.ledger_days.keep_next(memory, "spring", HOW, **span):
            pass
        return await kept()

    async def kept() -> int:
        async with memory.read() as connection:
            return await connection.scalar(sa.select(sa.func.count()).select_from(ledger_days)) or 0

    whole = await keep_all()
    assert (whole > 15) is keeping
    counted = sorted(await _agreed(memory))
    async with memory.read() as connection:
        here = sorted(set(await connection.scalars(sa.select(attempts.c.id))) & set(counted))
        away = sorted(set(await connection.scalars(sa.select(attempts_archive.c.id))) & set(counted))

    ways: list[sa.Update | sa.Delete] = [
        sa.update(attempts).where(attempts.c.id == here[0]).values(abandoned=~attempts.c.abandoned),
        sa.update(attempts).where(attempts.c.id == here[1]).values(claimed_at=NOON - timedelta(minutes=30)),
        sa.delete(attempts).where(attempts.c.id == here[2]),
        sa.update(attempts_archive).where(attempts_archive.c.id == away[0]).values(outcome="error"),
        sa.delete(attempts_archive).where(attempts_archive.c.id == away[1]),
    ]
    for way in ways:
        async with memory.write() as connection:
            await connection.execute(way)
        assert (await kept() < whole) is keeping
        await _agreed(memory)
        assert await keep_all() == whole
        await _agreed(memory)
    async with memory.write() as connection:
        await archive.alone(connection)
        claimed = await connection.execute(sa.select(attempts.c.id, attempts.c.claimed_at))
        await archive.put_away(
            connection, [(row[0], row[1]) for row in claimed if row[0] != "c-7"], number=False
        )
    await _agreed(memory)
    other = Counting(HOW.measures[:1], HOW.no_call, HOW.machine_codes)
    by_other, _ = await storage.ledger_sums.by_minute(memory, "spring", other, since=SINCE, until=NOON)
    assert all(len(one.by_measure) == 1 for one in by_other)
    async with memory.write() as connection:
        await storage.ledger_days.forget(connection, SINCE, NOON + timedelta(hours=1)) if keeping else None
    assert await kept() == 0


async def test_no_day_is_counted_while_one_of_its_calls_changes(
    memory: storage.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.ledger_sums, "SLICE", timedelta(hours=1))
    monkeypatch.setattr(storage.ledger_days, "_PATIENCE", "20ms")
    await _fill(memory, [_call(random.Random(1), serial) for serial in range(40)])
    span = {"since": SINCE, "until": NOON + timedelta(hours=1)}
    if memory.dialect != "postgresql":
        assert not await storage.ledger_days.keep_next(memory, "spring", HOW, **span)
        return
    async with memory.write() as connection:
        await connection.execute(attempts.update().where(attempts.c.id == "c-1").values(outcome="error"))
        with pytest.raises(storage.DatabaseBusy):
            await storage.ledger_days.keep_next(memory, "spring", HOW, **span)
    assert await storage.ledger_days.keep_next(memory, "spring", HOW, **span)


async def _agreed(memory: storage.Database) -> set[str]:
    """Hold the database's sums against the plain ones, and return which calls are in them."""
    plain = LedgerBook(RULES, 0.0)
    counted, ids = set(), {f"c-{serial}" for serial in range(400)} | {"c-of-nobody"}
    async for attempt in evidence.each_attempt(memory, "spring", since=SINCE):
        record = record_of(attempt, MACHINES)
        if record is not None:
            plain.add(record)
            counted.add(attempt.attempt_id)
    minutes, found = await storage.ledger_sums.by_minute(
        memory, "spring", HOW, since=SINCE, until=NOON + timedelta(hours=1), ids=ids
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
    return counted
