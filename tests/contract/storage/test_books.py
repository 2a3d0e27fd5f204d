"""The books take each fact exactly once, in order, and never choke on one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage import (
    Attempt,
    ClaimedCall,
    Database,
    Lead,
    agents,
    attempts,
    books,
    campaigns,
    claim,
    dispositions,
    dnc,
    leads,
)
from tests.parts.people import NOW, lead, take_first

AT = NOW.timestamp()


async def _call(memory: Database, campaign: str = "spring") -> ClaimedCall:
    await leads.add(memory, campaign, [lead()], now=NOW)
    (call,) = (await claim(memory, campaign, n=1, now=NOW, judge=take_first)).attempts
    return call


async def _attempt(memory: Database, call: ClaimedCall) -> Attempt:
    found = await attempts.by_id(memory, call.attempt_id)
    assert found is not None
    return found


async def _lead(memory: Database, call: ClaimedCall) -> Lead:
    found = await leads.by_id(memory, call.lead_id)
    assert found is not None
    return found


def _story(call: ClaimedCall) -> list[dict[str, Any]]:
    """A call from dialing to its disposition."""
    about = {"attempt": call.attempt_id}
    return [
        {"fact": "attempt_dialed", **about, "at": AT + 1, "node": "n1", "trunk": "t1"},
        {"fact": "attempt_rang", **about, "at": AT + 3},
        {"fact": "attempt_answered", **about, "at": AT + 9.5},
        {"fact": "attempt_bridged", **about, "at": AT + 9.6, "agent": "ann"},
        {
            "fact": "attempt_ended",
            **about,
            "at": AT + 70,
            "outcome": "answered",
            "cause": 16,
            "tech_cause": 200,
            "talk_s": 60.4,
            "wait_s": 0.1,
            "agent": "ann",
            "lead_state": "wrap_up",
            "next_at": None,
            "reason": "",
        },
        {
            "fact": "disposition",
            **about,
            "agent": "ann",
            "at": AT + 80,
            "code": "callback",
            "lead_state": "waiting",
            "next_at": AT + 3600,
            "callback_owner": "ann",
            "reason": "callback",
        },
    ]


@pytest.mark.parametrize("size", [1, 2, 6])
async def test_a_call_is_told_the_same_in_batches_of_any_size(memory: Database, size: int) -> None:
    call = await _call(memory)
    story = _story(call)
    for start in range(0, len(story), size):
        batch = story[start : start + size]
        assert (await books.apply(memory, start + size, batch)).applied == len(batch)
    told = await _attempt(memory, call)
    assert (told.state, told.outcome, told.disposition, told.agent) == (
        "ended",
        "answered",
        "callback",
        "ann",
    )
    assert (told.node, told.trunk, told.cause, told.tech_cause) == ("n1", "t1", 16, 200)
    assert told.dialed_at == NOW + timedelta(seconds=1)
    assert told.answered_at == NOW + timedelta(seconds=9.5)
    assert (told.talk_s, told.wait_s, told.abandoned) == (60.4, 0.1, False)
    after = await _lead(memory, call)
    assert (after.state, after.reason, after.owner, after.attempts) == ("waiting", "callback", "ann", 1)
    assert after.next_at == NOW + timedelta(hours=1)
    assert (after.numbers[0].attempts, after.numbers[0].last_at) == (1, told.dialed_at)
    (given,) = await dispositions.of_attempt(memory, call.attempt_id)
    assert (given.code, given.agent_id) == ("callback", "ann")
    assert await dispositions.counts(memory, "spring", since=NOW) == {"callback": 1}


async def test_a_lead_in_conversation_is_in_call(memory: Database) -> None:
    call = await _call(memory)
    await books.apply(memory, 4, _story(call)[:4])
    assert (await _lead(memory, call)).state == "in_call"


async def test_the_same_position_changes_nothing_twice(memory: Database) -> None:
    call = await _call(memory)
    assert await books.position(memory) == 0
    await books.apply(memory, 6, _story(call))
    again = await books.apply(memory, 6, _story(call))
    assert (again.position, again.applied, again.skipped) == (6, 0, 6)
    assert (await books.apply(memory, 3, _story(call))).position == 6
    assert (await _lead(memory, call)).attempts == 1
    assert len(await dispositions.of_attempt(memory, call.attempt_id)) == 1
    assert await books.position(memory) == 6


async def test_of_an_overlapping_batch_only_the_new_part_counts(memory: Database) -> None:
    call = await _call(memory)
    story = [{**fact, "seq": seq} for seq, fact in enumerate(_story(call), start=1)]
    await books.apply(memory, 3, story[:3])
    done = await books.apply(memory, 6, story)
    assert (done.applied, done.skipped) == (3, 3)
    assert (await _lead(memory, call)).attempts == 1


async def test_what_came_of_many_leads_is_one_question(memory: Database) -> None:
    call = await _call(memory)
    await books.apply(memory, 9, _story(call))
    lead_id = call.lead.lead_id
    known = await leads.by_ids(memory, [lead_id, lead_id, lead_id + 1])
    assert known == {lead_id: await leads.by_id(memory, lead_id)}
    pasts = await attempts.pasts(memory, [lead_id, lead_id + 1])
    ended = await _attempt(memory, call)
    assert pasts == {lead_id: (ended.outcome, f"said={ended.disposition}")}
    assert await attempts.pasts(memory, []) == {}


async def test_each_journal_has_its_own_position(memory: Database) -> None:
    await books.apply(memory, 7, [], journal="east")
    assert await books.position(memory, journal="east") == 7
    assert await books.position(memory, journal="west") == 0


async def test_what_is_not_understood_is_counted_and_skipped(memory: Database) -> None:
    call = await _call(memory)
    strange: list[dict[str, Any]] = [
        {"fact": "attempt_teleported", "attempt": call.attempt_id},
        {"no": "fact"},
        {"fact": "attempt_rang", "attempt": call.attempt_id, "at": "yesterday"},
        {"fact": "attempt_ended", "attempt": call.attempt_id, "at": AT, "lead_state": "lost"},
        {"fact": "attempt_rang", "attempt": call.attempt_id, "at": 1e300},
        {"fact": "attempt_rang", "attempt": call.attempt_id, "at": float("nan")},
        {"fact": "agent_state", "agent": "ann", "at": AT, "state": "\ud800"},
        {"fact": "attempt_rang", "attempt": "nobody", "at": AT},
        {"fact": "attempt_ended", "attempt": "nobody", "at": AT, "lead_state": "done"},
        {"fact": "attempt_ended", "attempt": call.attempt_id, "at": AT, "outcome": "a\x00b", "cause": 2**40},
        {"fact": "attempt_rang", "attempt": call.attempt_id, "at": AT + 5, "new field": [1]},
    ]
    done = await books.apply(memory, 11, strange)
    assert done.unknown == 8
    assert (await _attempt(memory, call)).ringing_at == NOW + timedelta(seconds=5)
    assert (await _attempt(memory, call)).state == "live"


async def test_an_abandoned_call_and_an_opt_out_are_marked_and_listed(memory: Database) -> None:
    call = await _call(memory)
    about = {"attempt": call.attempt_id, "at": AT + 2}
    facts: list[dict[str, Any]] = [
        {"fact": "attempt_answered", **about},
        {"fact": "attempt_abandoned", **about, "gave_up": True},
        {"fact": "attempt_opted_out", **about},
        {
            "fact": "attempt_ended",
            **about,
            "outcome": "abandoned",
            "lead_state": "done",
            "reason": "opted out",
        },
    ]
    await books.apply(memory, 4, facts)
    told = await _attempt(memory, call)
    assert (told.abandoned, told.gave_up, told.opted_out, told.machine) == (True, True, True, False)
    assert await dnc.has(memory, call.e164, now=NOW) == ("system",)
    ledger = await attempts.ledger(memory, "spring", since=NOW)
    assert (ledger.answered, ledger.abandoned, ledger.gave_up, ledger.bridged) == (1, 1, 1, 0)
    await books.apply(memory, 5, [{"fact": "attempt_opted_out", **about}])
    assert await dnc.counts(memory, now=NOW) == {"system": 1}


async def test_a_number_that_is_no_number_is_closed(memory: Database) -> None:
    call = await _call(memory)
    ended = {"fact": "attempt_ended", "attempt": call.attempt_id, "at": AT, "outcome": "invalid"}
    await books.apply(memory, 1, [{**ended, "lead_state": "pending", "close_number": "invalid number"}])
    (again,) = (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts
    assert again.number.closed == "invalid number"


async def test_a_late_word_does_not_move_a_lead_that_is_in_another_call(memory: Database) -> None:
    first = await _call(memory)
    ended = {"fact": "attempt_ended", "attempt": first.attempt_id, "at": AT, "lead_state": "pending"}
    await books.apply(memory, 1, [ended])
    (second,) = (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts
    late = {
        "fact": "disposition",
        "attempt": first.attempt_id,
        "at": AT,
        "code": "sold",
        "lead_state": "done",
    }
    await books.apply(memory, 2, [late])
    assert (await _lead(memory, second)).state == "claimed"
    assert (await _attempt(memory, first)).disposition == "sold"


async def test_agents_states_intervals_and_campaigns_are_kept(memory: Database) -> None:
    await agents.add(memory, "ann", now=NOW, name="Ann", campaign_id="spring", interval_s=60)
    facts: list[dict[str, Any]] = [
        {"fact": "agent_state", "agent": "ann", "at": AT + 1, "state": "ready", "campaign": "spring"},
        {"fact": "agent_state", "agent": "ann", "at": AT + 5, "state": "paused", "reason": "lunch"},
        {"fact": "agent_state", "agent": "bob", "at": AT + 2, "state": "ready", "campaign": "autumn"},
        {"fact": "agent_interval", "agent": "ann", "at": AT + 6, "interval_s": 200.0},
        {"fact": "campaign_state", "campaign": "spring", "at": AT, "state": "running"},
        {"fact": "campaign_state", "campaign": "spring", "at": AT + 7, "state": "paused"},
    ]
    await books.apply(memory, 6, facts)
    ann = await agents.by_id(memory, "ann")
    assert ann is not None
    assert (ann.name, ann.state, ann.state_reason, ann.interval_s) == ("Ann", "paused", "lunch", 200.0)
    assert (ann.campaign_id, ann.state_at) == ("spring", NOW + timedelta(seconds=5))
    assert [row.state for row in await agents.log(memory, "ann", since=NOW)] == ["ready", "paused"]
    assert [row.agent_id for row in await agents.every(memory)] == ["ann", "bob"]
    spring = await campaigns.by_id(memory, "spring")
    assert spring is not None
    assert (spring.state, spring.changed_at) == ("paused", NOW + timedelta(seconds=7))
