"""Leads are added, found, counted and moved the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import Database, NewLead, NewNumber, Note, Refuse, books, claim, leads
from tests.parts.people import NOW, lead, take_first


async def test_a_lead_comes_back_as_it_was_given(memory: Database) -> None:
    given = NewLead(
        numbers=(
            NewNumber("+4930111", "fixed_line", ("Europe/Berlin", "Europe/Busingen")),
            NewNumber("+49170222", "mobile"),
        ),
        external_id="A-1",
        name="Zoë Müller\n'; DROP TABLE leads; --",
        zone="Europe/Berlin",
        priority=-3,
        deadline=NOW + timedelta(days=10),
        owner="ann",
        window_key="de",
        data={"product": "life", "note": "☎ {}"},
    )
    added = await leads.add(memory, "spring", [given], now=NOW, source="file.csv")
    assert (added.added, added.known) == (1, 0)
    found = await leads.by_external_id(memory, "spring", "A-1")
    assert found is not None
    assert found == await leads.by_id(memory, found.lead_id)
    assert (found.name, found.data, found.zone) == (given.name, given.data, given.zone)
    assert (found.priority, found.deadline, found.owner) == (-3, given.deadline, "ann")
    assert (found.state, found.reason, found.attempts, found.created_at) == ("pending", "", 0, NOW)
    assert [(one.e164, one.kind, one.zones, one.position) for one in found.numbers] == [
        ("+4930111", "fixed_line", ("Europe/Berlin", "Europe/Busingen"), 0),
        ("+49170222", "mobile", (), 1),
    ]


async def test_a_known_external_id_is_left_as_it_is(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(external_id="1", name="first")], now=NOW)
    added = await leads.add(memory, "spring", [lead(external_id=x, name="new") for x in "1223"], now=NOW)
    assert [one is not None for one in added.lead_ids] == [False, True, False, True]
    found = await leads.by_external_id(memory, "spring", "1")
    assert found is not None
    assert (found.name, len(found.numbers)) == ("first", 1)
    elsewhere = await leads.add(memory, "autumn", [lead(external_id="1")], now=NOW)
    assert elsewhere.added == 1


async def test_a_lead_without_a_number_is_refused_and_nothing_is_added(memory: Database) -> None:
    with pytest.raises(ValueError, match="at least one number"):
        await leads.add(memory, "spring", [lead(), NewLead(())], now=NOW)
    assert await leads.counts(memory, "spring") == {}


async def test_many_leads_are_added_and_walked_through_in_order(memory: Database) -> None:
    added = await leads.add(memory, "spring", [lead() for _ in range(6_001)], now=NOW)
    assert added.added == 6_001
    walked = [one.lead_id async for one in leads.each(memory, "spring", page=500)]
    assert walked == sorted(walked) == list(added.lead_ids)


async def test_leads_are_found_by_number(memory: Database) -> None:
    await leads.add(memory, "spring", [lead("+49301"), lead("+49302")], now=NOW)
    await leads.add(memory, "autumn", [lead("+49301")], now=NOW)
    assert [one.campaign_id for one in await leads.by_number(memory, "+49301")] == ["spring", "autumn"]
    assert len(await leads.by_number(memory, "+49301", campaign_id="autumn")) == 1


async def test_waiting_leads_wake_when_they_are_due(memory: Database) -> None:
    await leads.add(memory, "spring", [lead() for _ in range(3)], now=NOW)
    instants = iter([NOW + timedelta(hours=hours) for hours in (1, 2, 3)])
    await claim(memory, "spring", n=3, now=NOW, judge=lambda _: Refuse("later", "", next(instants)))
    assert await leads.next_due(memory, "spring", window_keys=("",)) == NOW + timedelta(hours=1)
    assert await leads.wake(memory, now=NOW + timedelta(hours=2)) == 2
    assert await leads.counts(memory, "spring") == {"pending": 2, "waiting": 1}
    assert await leads.next_due(memory, "spring", window_keys=("",)) == NOW + timedelta(hours=3)


async def test_the_next_due_lead_is_told_for_the_window_keys_asked_for(memory: Database) -> None:
    keyed = [replace(lead(), window_key=key) for key in ("east", "west", "north")]
    await leads.add(memory, "spring", keyed, now=NOW)
    hours = {"east": 3, "west": 1, "north": 2}
    judge = lambda one: Refuse("later", "", NOW + timedelta(hours=hours[one.window_key]))  # noqa: E731
    await claim(memory, "spring", n=3, now=NOW, judge=judge)
    assert await leads.next_due(memory, "spring", window_keys=("east", "north")) == NOW + timedelta(hours=2)
    assert await leads.next_due(memory, "spring", window_keys=("south",)) is None
    assert await leads.next_due(memory, "spring", window_keys=()) is None
    assert await leads.next_due(memory, "autumn", window_keys=("west",)) is None


async def test_leads_are_moved_by_hand_with_a_note_but_not_out_of_a_call(memory: Database) -> None:
    added = await leads.add(memory, "spring", [lead() for _ in range(3)], now=NOW)
    ids = [lead_id or 0 for lead_id in added.lead_ids]
    (call,) = (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts
    moved = await leads.move(memory, ids, "excluded", now=NOW, reason="complaint", detail="by phone")
    assert moved == 2
    assert await leads.counts(memory, "spring") == {"claimed": 1, "excluded": 2}
    (note,) = await leads.history(memory, ids[1])
    assert (note.state, note.reason, note.detail, note.at) == ("excluded", "complaint", "by phone", NOW)
    later = NOW + timedelta(hours=1)
    await leads.move(
        memory, ids[1:2], "waiting", now=NOW, reason="again", next_at=later, priority=9, owner="bob"
    )
    found = await leads.by_id(memory, ids[1])
    assert found is not None
    assert (found.state, found.next_at, found.priority, found.owner) == ("waiting", later, 9, "bob")
    with pytest.raises(ValueError, match="cannot be moved"):
        await leads.move(memory, ids, "in_call", now=NOW, reason="no")
    assert call.lead_id == ids[0]


async def test_many_leads_are_changed_by_their_ids_in_whatever_state(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(external_id=f"A-{n}") for n in range(3)], now=NOW)
    await leads.add(memory, "other", [lead(external_id="A-0")], now=NOW)
    await claim(memory, "spring", n=1, now=NOW, judge=take_first)
    known = await leads.ids_of(memory, "spring", ["A-0", "A-1", "no'body"])
    assert set(known) == {"A-0", "A-1"}
    ids = list(known.values())
    assert await leads.change_many(memory, ids, now=NOW + timedelta(hours=1), priority=7) == 2
    assert await leads.change_many(memory, ids, now=NOW + timedelta(hours=1), owner="ann") == 2
    found = await leads.by_ids(memory, ids)
    assert [(one.priority, one.owner) for one in found.values()] == [(7, "ann")] * 2
    assert sorted(one.state for one in found.values()) == ["claimed", "pending"]
    other = await leads.by_external_id(memory, "other", "A-0")
    assert other is not None
    assert (other.priority, other.owner) == (0, None)


async def test_notes_are_kept_word_for_word(memory: Database) -> None:
    (lead_id,) = (await leads.add(memory, "spring", [lead()], now=NOW)).lead_ids
    note = Note(lead_id or 0, NOW, "wants a call\nafter 6 pm ☎", agent_id="ann")
    await leads.add_note(memory, note)
    assert await leads.notes_of(memory, lead_id or 0) == (note,)


async def test_finished_leads_are_counted_by_reason(memory: Database) -> None:
    await leads.add(memory, "spring", [lead() for _ in range(3)], now=NOW)
    calls = (await claim(memory, "spring", n=3, now=NOW, judge=take_first)).attempts
    ended = [
        {"fact": "attempt_ended", "attempt": call.attempt_id, "at": 1.0, "lead_state": "done", "reason": why}
        for call, why in zip(calls, ("sold", "sold", "refused"), strict=True)
    ]
    await books.apply(memory, 3, ended)
    assert await leads.reasons(memory, "spring") == {("done", "sold"): 2, ("done", "refused"): 1}
