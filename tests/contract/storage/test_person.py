"""Everything about a person is found by their number, and an erasure leaves nothing by which they could be known."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import (
    AuditRow,
    Database,
    DncEntry,
    ErasureKey,
    ErasureKeyLost,
    NewLead,
    NewNumber,
    Note,
    PersonBusy,
    PersonHeld,
    attempts,
    audit,
    books,
    callbacks,
    claim,
    dnc,
    erased,
    holds,
    leads,
    person,
    retention,
)
from storage.tables import metadata
from tests.parts.people import NOW, lead, take_first

ANN, HOME, BOB = "+442079460001", "+442079460002", "+442079460003"
KEY = ErasureKey(b"k" * 32)


async def _ann(db: Database) -> int:
    """Ann: two numbers, a call, a note, a callback, lines in the audit log; and Bob, who must not be touched."""
    ann = NewLead((NewNumber(ANN), NewNumber(HOME)), external_id="A", name="Ann Lee", data={"plan": "gold"})
    added = await leads.add(db, "spring", [ann, lead(BOB, name="Bob")], now=NOW)
    lead_id = added.lead_ids[0]
    assert lead_id is not None
    await _called(db)
    await leads.add_note(db, Note(lead_id, NOW, "Ann Lee likes mornings", "c-1", "eve"))
    for target, after in (
        (ANN, {"number": "+44 (20) 7946-0001"}),
        ("eve", {"number": "020 7946 0001"}),
        (BOB, {"number": BOB}),
    ):
        await audit.add(db, AuditRow(NOW, "eve", "", "POST /dnc", target, "null", json.dumps(after)))
    changed = AuditRow(NOW, "eve", "", "PATCH /leads/{lead}", str(lead_id), '{"name": "Ann"}', "null")
    await audit.add(db, changed)
    await dnc.add(
        db, [DncEntry(ANN, "campaign:other", reason="said so"), DncEntry("+4420", "system", True)], now=NOW
    )
    return lead_id


async def _called(db: Database) -> None:
    """Both are called; both calls end, and both leads wait."""
    calls = (await claim(db, "spring", n=2, now=NOW, judge=take_first)).attempts
    at = NOW.timestamp()
    told: list[dict[str, object]] = []
    for call in calls:
        told += [
            {"fact": "attempt_dialed", "attempt": call.attempt_id, "at": at},
            {"fact": "attempt_answered", "attempt": call.attempt_id, "at": at + 5},
            {"fact": "attempt_abandoned", "attempt": call.attempt_id, "at": at + 8, "gave_up": False},
            {
                "fact": "attempt_ended", "attempt": call.attempt_id, "at": at + 9, "outcome": "abandoned",
                "lead_state": "waiting", "next_at": at + 3600, "reason": "abandoned",
            },
        ]  # fmt: skip
    await books.apply(db, len(told), told)


async def test_everything_about_a_person_is_found_and_nothing_about_others(memory: Database) -> None:
    lead_id = await _ann(memory)
    await callbacks.promise(memory, lead_id, now=NOW, at=NOW + timedelta(days=1), owner="eve", reason="asked")
    found = await person.find(memory, ANN)
    assert (found.numbers, found.other_numbers, found.lead_ids) == ((ANN,), (HOME,), ())
    held = await person.held(memory, await person.find(memory, ANN, whole=True))
    assert [row["name"] for row in held["leads"]] == ["Ann Lee"]
    assert held["leads"][0]["callback_owner"] == "eve"
    assert [row["e164"] for row in held["lead_numbers"]] == [ANN, HOME]
    assert [row["body"] for row in held["notes"]] == ["Ann Lee likes mornings"]
    assert [row["abandoned"] for row in held["attempts"]] == [True]
    assert [row["list_id"] for row in held["dnc"]] == ["campaign:other"]
    assert len(held["audit"]) == 3
    assert "Bob" not in repr(held)


async def test_an_erased_person_is_nowhere_and_the_figures_are_as_before(memory: Database) -> None:
    await _ann(memory)
    before = await attempts.ledger(memory, "spring", since=NOW)
    found = await person.find(memory, ANN, whole=True)
    would = await person.count(memory, found)
    done = await person.erase(memory, found, now=NOW, actor="eve", target="erased:abc")
    assert done == would
    assert done.as_dict() == {"leads": 1, "numbers": 2, "calls": 1, "dnc": 1, "audit": 3}
    assert await attempts.ledger(memory, "spring", since=NOW) == before
    everything = await _everything(memory)
    for trace in (ANN[1:], HOME[1:], "7946 0001", "7946-0001", "Ann", "mornings", "gold"):
        assert trace not in everything
    assert BOB in everything
    assert "Bob" in everything
    assert (await person.erase(memory, found, now=NOW, actor="eve", target="erased:abc")).as_dict() == {
        "leads": 0, "numbers": 0, "calls": 0, "dnc": 0, "audit": 0,
    }  # fmt: skip
    lines = [row for row in await audit.page(memory) if row.action == person.ACTION]
    assert [(row.actor, row.target) for row in lines] == [("eve", "erased:abc")]


async def test_calls_put_away_are_erased_too(memory: Database) -> None:
    lead_id = await _ann(memory)
    await leads.move(memory, [lead_id], "done", now=NOW, reason="by hand")
    assert (await retention.put_away(memory, "spring", NOW + timedelta(days=1))).count == 1
    found = await person.find(memory, ANN, whole=True)
    assert len(await person.call_ids(memory, found)) == 1
    assert (await person.erase(memory, found, now=NOW, actor="eve", target="x")).calls == 1
    assert ANN not in await _everything(memory)


async def test_one_number_goes_and_the_person_stays_with_the_other(memory: Database) -> None:
    lead_id = await _ann(memory)
    await person.erase(memory, await person.find(memory, ANN), now=NOW, actor="eve", target="x")
    left = await leads.by_id(memory, lead_id)
    assert left is not None
    assert [one.e164 for one in left.numbers] == [HOME]
    assert await attempts.of_lead(memory, lead_id) == ()


async def test_a_person_in_a_call_or_under_legal_hold_is_left_whole(memory: Database) -> None:
    added = await leads.add(memory, "spring", [lead(ANN)], now=NOW)
    await claim(memory, "spring", n=1, now=NOW, judge=take_first)
    found = await person.find(memory, ANN)
    whole = await _everything(memory)
    with pytest.raises(PersonBusy, match="try again"):
        await person.erase(memory, found, now=NOW, actor="eve", target="x")
    assert await _everything(memory) == whole
    other = await leads.add(memory, "spring", [lead(BOB)], now=NOW)
    await holds.place(memory, [one for one in other.lead_ids if one], now=NOW, actor="lea", reason="court")
    with pytest.raises(PersonHeld, match=r"legal hold since 2026-03-02 by lea: court"):
        await person.call_ids(memory, await person.find(memory, BOB))
    assert added.lead_ids


async def test_hashes_of_the_erased_are_known_by_their_key_alone(memory: Database) -> None:
    assert await erased.which(memory, [ANN], None) == frozenset()
    for _ in range(2):
        await erased.add(memory, [ANN, HOME], KEY, now=NOW)
    assert await erased.which(memory, [ANN, BOB], KEY) == {ANN}
    assert "7946" not in await _everything(memory)
    for other in (None, ErasureKey(b"x" * 32)):
        with pytest.raises(ErasureKeyLost, match="restore"):
            await erased.which(memory, [BOB], other)


async def _everything(db: Database) -> str:
    """Every row of every table, as text."""
    async with db.read() as connection:
        tables = [await connection.execute(sa.select(table)) for table in metadata.sorted_tables]
        return "\n".join(repr(tuple(row)) for table in tables for row in table)
