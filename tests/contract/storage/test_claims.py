"""Claiming promises the same on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from storage import (
    Accept,
    Candidate,
    Database,
    DncEntry,
    Judgement,
    NewLead,
    NewNumber,
    Refuse,
    attempts,
    books,
    claim,
    dnc,
    leads,
)
from tests.parts.people import NOW, lead, take_first


async def test_a_claim_commits_a_live_attempt_and_marks_the_lead(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(name="Ada", data={"product": "car"})], now=NOW)
    result = await claim(memory, "spring", n=5, now=NOW, judge=take_first)
    assert result.exhausted
    (call,) = result.attempts
    assert (call.lead.name, call.lead.data, call.number.zones) == (
        "Ada",
        {"product": "car"},
        ("Europe/Berlin",),
    )
    kept = await attempts.by_id(memory, call.attempt_id)
    assert kept is not None
    assert (kept.state, kept.e164, kept.lead_id, kept.claimed_at) == ("live", call.e164, call.lead_id, NOW)
    found = await leads.by_id(memory, call.lead_id)
    assert found is not None
    assert found.state == "claimed"


async def test_leads_come_by_priority_then_instant_then_id(memory: Database) -> None:
    new = [
        lead(name="third"),
        lead(name="first", priority=9, window_key="b"),
        lead(name="fourth", window_key="c"),
    ]
    await leads.add(memory, "spring", new, now=NOW)
    await leads.add(memory, "spring", [lead(name="second")], now=NOW - timedelta(days=1))
    result = await claim(memory, "spring", n=9, now=NOW, judge=take_first)
    assert [call.lead.name for call in result.attempts] == ["first", "second", "third", "fourth"]


async def test_only_leads_of_the_window_keys_given_are_offered(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(window_key=key, name=key) for key in "abc"], now=NOW)
    assert await leads.window_keys(memory, "spring") == ("a", "b", "c")
    result = await claim(memory, "spring", n=9, now=NOW, judge=take_first, window_keys=["a", "c", "z"])
    assert [call.lead.name for call in result.attempts] == ["a", "c"]
    assert (await claim(memory, "spring", n=9, now=NOW, judge=take_first, window_keys=[])).exhausted
    assert await leads.window_keys(memory, "spring") == ("b",)


async def test_another_campaigns_leads_stay_where_they_are(memory: Database) -> None:
    await leads.add(memory, "autumn", [lead()], now=NOW)
    result = await claim(memory, "spring", n=1, now=NOW, judge=take_first)
    assert result.attempts == ()
    assert result.exhausted


async def test_a_refused_lead_waits_with_its_reason_and_comes_back_when_due(memory: Database) -> None:
    added = await leads.add(memory, "spring", [lead()], now=NOW)
    later = NOW + timedelta(hours=2)
    refusal = Refuse("window closed", "opens at 12:00", later)
    result = await claim(memory, "spring", n=1, now=NOW, judge=lambda _: refusal)
    assert result.refused == ((added.lead_ids[0], "window closed"),)
    assert (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts == ()
    found = await leads.by_id(memory, added.lead_ids[0] or 0)
    assert found is not None
    assert (found.state, found.reason, found.next_at) == ("waiting", "window closed", later)
    (note,) = await leads.history(memory, found.lead_id)
    assert (note.state, note.reason, note.detail) == ("waiting", "window closed", "opens at 12:00")
    assert len((await claim(memory, "spring", n=1, now=later, judge=take_first)).attempts) == 1


async def test_a_lead_refused_for_good_is_excluded(memory: Database) -> None:
    await leads.add(memory, "spring", [lead()], now=NOW)
    await claim(memory, "spring", n=1, now=NOW, judge=lambda _: Refuse("premium number"))
    assert await leads.counts(memory, "spring") == {"excluded": 1}
    assert await leads.reasons(memory, "spring") == {("excluded", "premium number"): 1}


async def test_refused_leads_are_made_up_for_by_the_next_ones(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(name=str(index)) for index in range(40)], now=NOW)

    def every_tenth(candidate: Candidate) -> Judgement:
        return (
            take_first(candidate)
            if int(candidate.name) % 10 == 9
            else Refuse("no", "", NOW + timedelta(days=1))
        )

    result = await claim(memory, "spring", n=3, now=NOW, judge=every_tenth)
    assert [call.lead.name for call in result.attempts] == ["9", "19", "29"]
    assert result.scanned == 30
    assert not result.exhausted
    assert (await leads.counts(memory, "spring"))["pending"] == 10


async def test_no_more_leads_are_judged_than_allowed(memory: Database) -> None:
    await leads.add(memory, "spring", [lead() for _ in range(40)], now=NOW)
    result = await claim(memory, "spring", n=3, now=NOW, judge=lambda _: Refuse("no"), limit_scanned=25)
    assert (result.scanned, len(result.refused), result.exhausted) == (25, 25, False)


async def test_a_number_in_a_live_call_makes_the_next_lead_wait(memory: Database) -> None:
    await leads.add(memory, "spring", [lead("+49301")], now=NOW)
    await leads.add(memory, "autumn", [lead("+49301"), lead("+49302")], now=NOW)
    await claim(memory, "spring", n=1, now=NOW, judge=take_first)
    result = await claim(memory, "autumn", n=2, now=NOW, judge=take_first, busy_delay_s=30)
    assert [call.e164 for call in result.attempts] == ["+49302"]
    ((busy, reason),) = result.refused
    assert reason == "number busy"
    found = await leads.by_id(memory, busy)
    assert found is not None
    assert (found.state, found.next_at) == ("waiting", NOW + timedelta(seconds=30))


async def test_two_leads_with_one_number_are_not_called_together(memory: Database) -> None:
    await leads.add(memory, "spring", [lead("+49301"), lead("+49301")], now=NOW)
    result = await claim(memory, "spring", n=2, now=NOW, judge=take_first)
    assert len(result.attempts) == len(result.refused) == 1


async def test_an_ended_call_frees_number_and_lead(memory: Database) -> None:
    await leads.add(memory, "spring", [lead()], now=NOW)
    (call,) = (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts
    ended = {
        "fact": "attempt_ended",
        "attempt": call.attempt_id,
        "at": NOW.timestamp(),
        "outcome": "no_answer",
        "lead_state": "waiting",
        "next_at": NOW.timestamp() + 60,
        "reason": "no answer",
    }
    await books.apply(memory, 1, [ended])
    again = await claim(memory, "spring", n=1, now=NOW + timedelta(minutes=1), judge=take_first)
    assert [other.lead_id for other in again.attempts] == [call.lead_id]


async def test_the_judge_sees_every_number_and_the_lists_it_is_on(memory: Database) -> None:
    numbers = (
        NewNumber("+4930111", "mobile"),
        NewNumber("+4930222"),
        NewNumber("+4940333"),
        NewNumber("+4940"),
    )
    await leads.add(memory, "spring", [NewLead(numbers)], now=NOW)
    entries = [
        DncEntry("+4930111"),
        DncEntry("+4930222", "campaign:autumn"),
        DncEntry("+4940", is_prefix=True, list_id="region"),
        DncEntry("+494033", list_id="exact only"),
        DncEntry("+4930222", "old", expires_at=NOW),
    ]
    await dnc.add(memory, entries, now=NOW)
    seen: list[Candidate] = []

    def judge(candidate: Candidate) -> Judgement:
        seen.append(candidate)
        return Accept(candidate.numbers[1].number_id, "c-1")

    (call,) = (await claim(memory, "spring", n=1, now=NOW, judge=judge)).attempts
    assert call.e164 == "+4930222"
    assert [number.e164 for number in seen[0].numbers] == ["+4930111", "+4930222", "+4940333", "+4940"]
    assert seen[0].dnc == {"+4930111": ("system",), "+4940333": ("region",), "+4940": ("region",)}


async def test_a_judge_that_fails_leaves_everything_as_it_was(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(), lead()], now=NOW)

    def judge(candidate: Candidate) -> Judgement:
        raise LookupError(candidate.lead_id)

    with pytest.raises(LookupError):
        await claim(memory, "spring", n=2, now=NOW, judge=judge)
    assert await leads.counts(memory, "spring") == {"pending": 2}


async def test_claimers_at_the_same_time_never_get_the_same_lead_or_number(memory: Database) -> None:
    crowd = [lead(f"+4930{index % 150:04d}", window_key=str(index % 3)) for index in range(200)]
    await leads.add(memory, "spring", crowd, now=NOW)
    await leads.add(memory, "autumn", crowd, now=NOW)
    claimed = []

    async def claimer(campaign: str) -> None:
        for _ in range(100):
            result = await claim(memory, campaign, n=7, now=NOW, judge=take_first)
            claimed.extend(result.attempts)
            if result.exhausted:
                return

    async with asyncio.TaskGroup() as group:
        for index in range(6):
            group.create_task(claimer("spring" if index % 2 else "autumn"))
    assert (
        len(claimed) == len({call.lead_id for call in claimed}) == len({call.e164 for call in claimed}) == 150
    )
    assert len(await attempts.live(memory)) == 150
    for campaign in ("spring", "autumn"):
        assert "pending" not in await leads.counts(memory, campaign)
