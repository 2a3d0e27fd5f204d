"""Messages to other systems: written once with their facts, taken by one at a time, never lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from storage import Database, NewDelivery, books, callbacks, deliveries, leads
from tests.parts.people import NOW, lead

LATER = NOW + timedelta(seconds=30)


def _message(n: int, webhook: str = "crm") -> NewDelivery:
    return NewDelivery(f"{webhook}-{n}", webhook, "end", NOW + timedelta(milliseconds=n), told={"n": str(n)})


async def _taken(memory: Database, n: int = 10, webhook: str = "crm") -> list[str]:
    found = await deliveries.take(memory, webhook, now=LATER, until=LATER + timedelta(minutes=1), limit=n)
    return [one.delivery_id for one in found]


async def test_messages_stand_with_their_facts_and_only_once(memory: Database) -> None:
    facts = [{"fact": "agent_interval", "agent": "ann", "at": NOW.timestamp(), "interval_s": 30, "seq": 1}]
    for _ in range(2):
        await books.apply(memory, 1, facts, messages=[_message(1), _message(2)])
    await books.apply(memory, 2, [{**facts[0], "seq": 2}], messages=[_message(2)])
    assert await deliveries.counts(memory) == {"crm": {"pending": 2}}
    (one, two) = await deliveries.take(memory, "crm", now=LATER, until=LATER, limit=10)
    assert (one.delivery_id, one.event, one.told) == ("crm-1", "end", {"n": "1"})
    assert two.delivery_id == "crm-2"


async def test_a_message_is_taken_by_one_and_comes_back_if_that_one_dies(memory: Database) -> None:
    await deliveries.add(memory, [_message(n) for n in range(20)] + [_message(0, "other")])
    both = await asyncio.gather(_taken(memory), _taken(memory))
    assert sorted(both[0] + both[1]) == sorted(f"crm-{n}" for n in range(20))
    assert await _taken(memory) == []
    assert await deliveries.next_due(memory, "crm") == LATER + timedelta(minutes=1)
    after = LATER + timedelta(minutes=2)
    again = await deliveries.take(memory, "crm", now=after, until=after, limit=100)
    assert len(again) == 20
    assert await _taken(memory, webhook="other") == ["other-0"]


async def test_what_is_laid_aside_is_listed_and_sent_again(memory: Database) -> None:
    await deliveries.add(memory, [_message(1), _message(2), _message(3)])
    await _taken(memory)
    await deliveries.delivered(memory, "crm-1", now=LATER, status=200)
    await deliveries.failed(memory, "crm-2", status=500, error="x" * 9000, next_at=LATER, now=LATER)
    await deliveries.failed(memory, "crm-3", status=None, error="no answer", next_at=None, now=LATER)
    assert await deliveries.counts(memory) == {"crm": {"delivered": 1, "pending": 1, "dead": 1}}
    (dead,) = await deliveries.dead(memory)
    assert (dead.delivery_id, dead.tries, dead.error) == ("crm-3", 1, "no answer")
    assert await deliveries.dead(memory, "other") == ()
    assert await deliveries.send_again(memory, now=LATER, ids=["crm-1", "crm-2"]) == 0
    assert await deliveries.send_again(memory, now=LATER, webhook="crm") == 1
    assert await _taken(memory) == ["crm-2", "crm-3"]


async def test_old_ends_are_forgotten_and_what_waits_never(memory: Database) -> None:
    await deliveries.add(memory, [_message(n) for n in range(4)])
    await deliveries.delivered(memory, "crm-1", now=NOW, status=204)
    await deliveries.delivered(memory, "crm-2", now=LATER, status=204)
    await deliveries.failed(memory, "crm-3", status=410, error="gone", next_at=None, now=NOW)
    late = NOW + timedelta(days=400)
    assert await deliveries.forget(memory, delivered_before=LATER, dead_before=NOW) == 1
    assert await deliveries.forget(memory, delivered_before=late, dead_before=late) == 2
    assert await deliveries.counts(memory) == {"crm": {"pending": 1}}


async def test_a_promise_and_its_message_stand_or_fall_together(memory: Database) -> None:
    added = await leads.add(memory, "spring", [lead()], now=NOW)
    (lead_id,) = added.lead_ids
    assert lead_id is not None
    assert await callbacks.promise(memory, lead_id, now=NOW, messages=[_message(1)])
    assert not await callbacks.promise(memory, lead_id + 1, now=NOW, messages=[_message(2)])
    assert await deliveries.counts(memory) == {"crm": {"pending": 1}}
