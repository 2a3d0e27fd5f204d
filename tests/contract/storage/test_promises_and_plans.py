"""What is promised, planned and shown is kept, and told when a lead is claimed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from storage import (
    Candidate,
    ClaimedCall,
    Database,
    Judgement,
    Refuse,
    attempts,
    books,
    callbacks,
    claim,
    deadlines,
    leads,
)
from storage.deadlines import DeadlineCounts, Planned
from tests.parts.people import NOW, lead, take_first

HOUR = timedelta(hours=1)


async def _call(memory: Database, now: datetime = NOW) -> ClaimedCall:
    (call,) = (await claim(memory, "spring", n=1, now=now, judge=take_first)).attempts
    return call


async def _apply(memory: Database, position: int, call: ClaimedCall, *facts: dict[str, Any]) -> None:
    told = [{"attempt": call.attempt_id, **fact} for fact in facts]
    await books.apply(memory, position, told)


def _ended(at: datetime, outcome: str, **more: Any) -> dict[str, Any]:
    fact = {"fact": "attempt_ended", "at": at.timestamp(), "outcome": outcome, "lead_state": "waiting"}
    return {**fact, "next_at": (at + HOUR).timestamp(), "reason": outcome, **more}


def _absent(_: Candidate) -> Judgement:
    return Refuse(callbacks.OWNER_AWAY, "", NOW + HOUR)


async def test_a_promised_lead_is_the_next_in_line_and_only_its_agent_wakes_it(memory: Database) -> None:
    first, second = (await leads.add(memory, "spring", [lead(), lead(priority=50)], now=NOW)).lead_ids
    assert first is not None
    assert await callbacks.promise(memory, first, now=NOW, owner="ann", reason="parcel refused")
    assert await callbacks.due(memory, "spring", "ann", now=NOW) == 1
    refused = await claim(memory, "spring", n=1, now=NOW, judge=_absent, limit_scanned=1)
    assert refused.refused == ((first, callbacks.OWNER_AWAY),)
    assert await callbacks.wake(memory, "spring", "bob", now=NOW) == 0
    assert await callbacks.wake(memory, "autumn", "ann", now=NOW) == 0
    assert await callbacks.wake(memory, "spring", "ann", now=NOW) == 1
    call = await _call(memory)
    assert (call.lead_id, call.lead.callback_at, call.lead.callback_owner) == (first, NOW, "ann")
    assert not await callbacks.promise(memory, first, now=NOW)
    assert (await _call(memory)).lead_id == second


async def test_a_promise_outlives_a_trunk_that_fails_and_ends_with_an_answer(memory: Database) -> None:
    await leads.add(memory, "spring", [lead()], now=NOW)
    call = await _call(memory)
    promise = {"callback_at": NOW.timestamp(), "callback_owner": "ann"}
    await _apply(memory, 1, call, _ended(NOW, "congestion", **promise))
    kept = await leads.by_id(memory, call.lead_id)
    assert kept is not None
    assert (kept.callback_at, kept.callback_owner, kept.owner) == (NOW, "ann", "ann")
    again = await _call(memory, NOW + HOUR)
    await _apply(memory, 2, again, _ended(NOW + HOUR, "no_answer"))
    over = await leads.by_id(memory, call.lead_id)
    assert over is not None
    assert (over.callback_at, over.callback_owner) == (None, None)


async def test_a_resting_number_and_the_first_number_shown_are_told_at_the_next_claim(
    memory: Database,
) -> None:
    await leads.add(memory, "spring", [lead()], now=NOW)
    until = NOW + 24 * HOUR
    for position, shown in enumerate(("+441", "+442"), 1):
        at = NOW + position * HOUR
        call = await _call(memory, at)
        dialed = {"fact": "attempt_dialed", "at": at.timestamp(), "caller_id": shown}
        await _apply(
            memory, position, call, dialed, _ended(at, "rejected", rest_number_until=until.timestamp())
        )
    told = await _call(memory, NOW + 3 * HOUR)
    assert told.number.rest_until == until
    assert told.lead.caller_id == "+441"
    assert await attempts.by_caller_id(memory, ["spring"], since=NOW) == {"+441": 1, "+442": 1}
    late = await attempts.late_by_caller_id(memory, ["spring"], ["+441", "+443"], since=NOW, most=5)
    assert [(number, outcome) for number, _, outcome in late] == [("+441", "rejected")]


async def test_leads_with_a_deadline_are_planned_in_turn_and_keep_their_own_priority(
    memory: Database,
) -> None:
    people = [lead(deadline=NOW + 48 * HOUR, priority=3), lead(deadline=NOW + 72 * HOUR), lead()]
    await leads.add(memory, "spring", people, now=NOW)
    one, two = await deadlines.to_plan(memory, "spring", stale_before=NOW)
    assert (one.segment, one.state, one.called) == ("fixed_line", "pending", ())
    for urgency in (40, 10):
        plans = [Planned(one.lead_id, 0.25, urgency, NOW + HOUR), Planned(two.lead_id, 0.9, 0)]
        await deadlines.store(memory, plans, now=NOW)
    planned = await leads.by_id(memory, one.lead_id)
    assert planned is not None
    assert (planned.priority, planned.state, planned.reason) == (13, "waiting", "planned")
    assert (planned.next_at, planned.chance) == (NOW + HOUR, 0.25)
    assert await deadlines.to_plan(memory, "spring", stale_before=NOW) == ()
    assert len(await deadlines.to_plan(memory, "spring", stale_before=NOW + HOUR)) == 2
    risky = await deadlines.at_risk(memory, "spring", now=NOW, below=0.5)
    assert [row.lead_id for row in risky] == [one.lead_id]


async def test_calls_are_counted_by_hour_and_leads_by_what_became_of_their_deadline(memory: Database) -> None:
    people = [lead(deadline=NOW + 2 * HOUR), lead(deadline=NOW + 2 * HOUR), lead(deadline=NOW + 90 * HOUR)]
    await leads.add(memory, "spring", people, now=NOW)
    first, second = await _call(memory), await _call(memory)
    at = (NOW + timedelta(minutes=10)).timestamp()
    talk = [{"fact": "attempt_answered", "at": at}, {"fact": "attempt_bridged", "at": at, "agent": "ann"}]
    await _apply(memory, 1, first, *talk, _ended(NOW + HOUR, "connected", lead_state="done", next_at=None))
    await _apply(memory, 2, second, _ended(NOW + HOUR, "no_answer"))
    (hour,) = await deadlines.answers(memory, "spring", since=NOW - HOUR, until=NOW + HOUR)
    assert (hour.hour, hour.dialed, hour.answered) == (NOW, 2, 1)
    counted = await deadlines.counts(memory, "spring", now=NOW + 3 * HOUR, at_risk_below=0.5)
    assert counted == DeadlineCounts(leads=3, reached=1, reached_late=0, overdue=1, open=1, at_risk=0)
    said = await deadlines.counts(memory, "spring", now=NOW, at_risk_below=0.5, reached=("done",))
    assert (said.reached, said.open) == (0, 2)
