"""A sweep deletes and anonymises exactly what is due, on both databases, and says so in the audit log."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from storage import Database, archive, attempts, holds, leads, retention
from storage.tables import agent_log
from storage.tables import dispositions as dispositions_table
from tests.parts import kept
from tests.parts.kept import Days, Kept, ago
from tests.parts.people import NOW, lead

ALL = Days(leads=30, calls=40, near=20, figures=50)
POLICY = {"spring": ALL, "autumn": Days(leads=90, calls=60, near=60, figures=50)}


def _anybody(dice: random.Random) -> Kept:
    return Kept(
        dice.choice(kept.CAMPAIGNS),
        dice.choice([*kept.CLOSED, *kept.CLOSED, "pending", "waiting", "in_call"]),
        dice.randrange(100),
        tuple(dice.randrange(100) for _ in range(dice.randrange(5))),
        *(dice.random() < 0.15 for _ in range(4)),
    )


@pytest.mark.parametrize("seed", [1, 2])
async def test_exactly_what_is_due_goes(memory: Database, seed: int) -> None:
    dice = random.Random(seed)
    everybody = [_anybody(dice) for _ in range(60)]
    await kept.fill(memory, everybody)
    ledgers = {name: await attempts.ledger(memory, name, since=ago(49)) for name in kept.CAMPAIGNS}
    await kept.sweep(memory, POLICY, limit=7)
    assert await kept.look(memory) == kept.expected(everybody, POLICY)
    assert ledgers == {name: await attempts.ledger(memory, name, since=ago(49)) for name in kept.CAMPAIGNS}
    assert await kept.sweep(memory, POLICY, limit=7) == []


async def test_what_a_dry_run_counts_is_what_goes(memory: Database) -> None:
    await kept.fill(memory, [Kept(age=31, calls=(35, 45, 99)), Kept(age=30), Kept(age=99, held=True)])
    counted = [
        await retention.count_leads(memory, "spring", ago(30)),
        await retention.count_calls(memory, "spring", ago(40)),
    ]
    assert [one.count for one in counted] == [1, 2]
    gone = await kept.sweep(memory, {"spring": ALL}, limit=100)
    assert [one.count for one in gone[:2]] == [1, 2]
    assert [one.first for one in gone[:2]] == [one.first for one in counted] == [ago(31), ago(99)]


async def test_every_slice_leaves_counts_ranges_and_a_hash_but_no_person(memory: Database) -> None:
    await kept.fill(memory, [Kept(age=50), Kept(age=60), Kept(age=70)])
    await retention.delete_leads(memory, "spring", ago(40), now=NOW, actor="dialer", limit=2)
    (line,) = await kept.told(memory)
    assert (line["actor"], line["target"], line["at"]) == ("dialer", "spring", NOW)
    after = json.loads(line["after"])
    assert after == {
        "what": "leads",
        "campaign": "spring",
        "count": 2,
        "from": ago(70).isoformat(),
        "to": ago(60).isoformat(),
        "ids_sha256": retention.hash_of_ids([2, 3]),
    }


async def test_a_lead_brought_back_keeps_its_people_and_a_released_one_goes(memory: Database) -> None:
    await kept.fill(memory, [Kept(age=99, calls=(99,)), Kept(age=99, held=True)])
    await leads.move(memory, [1], "pending", now=NOW, reason="again")
    await kept.sweep(memory, {"spring": ALL}, limit=10)
    assert (await kept.look(memory)).leads == {1, 2}
    await holds.release(memory, [2])
    await kept.sweep(memory, {"spring": ALL}, limit=10)
    assert (await kept.look(memory)).leads == {1}


async def test_the_database_itself_keeps_a_held_lead(memory: Database) -> None:
    added = await leads.add(memory, "spring", [lead()], now=NOW)
    await holds.place(memory, added.lead_ids, now=NOW, actor="ann", reason="a claim at court")  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)foreign key|refers|constraint"):
        async with memory.write() as connection:
            await connection.execute(sa.text("DELETE FROM leads"))
    assert [one.reason for one in await holds.every(memory)] == ["a claim at court"]


async def test_calls_put_away_are_still_found(memory: Database) -> None:
    await kept.fill(memory, [Kept(age=25, calls=(25, 22))])
    await retention.put_away(memory, "spring", ago(20))
    assert (await kept.look(memory)).calls["c-1-0"] == (1, "+49401", True)
    assert [one.attempt_id for one in await attempts.of_lead(memory, 1)] == ["c-1-1", "c-1-0"]
    found = await attempts.by_id(memory, "c-1-0")
    assert found is not None
    assert (found.e164, found.claimed_at, found.abandoned) == ("+49401", ago(25), True)
    assert [one.attempt_id for one in await attempts.of_campaign(memory, "spring", since=ago(30))] == [
        "c-1-0",
        "c-1-1",
    ]


async def test_logs_are_cut_by_age_and_an_agents_word_stays_with_its_call(memory: Database) -> None:
    await kept.fill(memory, [Kept(age=99, calls=(99,))])
    async with memory.write() as connection:
        for age in (10, 20, 30):
            await connection.execute(sa.insert(agent_log).values(agent_id="ann", at=ago(age), state="ready"))
        for call in ("c-1-0", "c-gone"):
            await connection.execute(
                sa.insert(dispositions_table).values(attempt_id=call, at=ago(99), code="done")
            )
    assert (await retention.count_log(memory, "agent_log", ago(15))).count == 2
    gone = await retention.trim_log(memory, "agent_log", ago(15), now=NOW, actor="dialer")
    assert (gone.count, gone.first, gone.last) == (2, ago(30), ago(20))
    gone = await retention.trim_log(memory, "dispositions", ago(15), now=NOW, actor="dialer")
    assert gone.count == 1
    async with memory.read() as connection:
        assert list(await connection.scalars(sa.select(dispositions_table.c.attempt_id))) == ["c-1-0"]


@pytest.mark.parametrize(
    "upgraded_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
async def test_postgresql_keeps_months_and_drops_them_whole(memory: Database) -> None:
    await kept.fill(memory, [Kept(age=99, calls=(95, 90, 30)), Kept(age=99, calls=(94,), held=True)])
    await kept.sweep(memory, {"spring": Days(leads=50, calls=20, near=20, figures=200)}, limit=10)
    async with memory.read() as connection:
        assert [one.start.month for one in await archive.months(connection)] == [11, 12, 1]
    gone = await retention.delete_figures(memory, datetime(2026, 2, 1, tzinfo=UTC), now=NOW, actor="dialer")
    assert (gone.count, gone.ids_sha256) == (1, "attempts_archive_y2025m11")
    async with memory.read() as connection:
        assert [one.start.month for one in await archive.months(connection)] == [12, 1]
