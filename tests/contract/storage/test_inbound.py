"""People who ring us: whose they are, and a call of theirs that is none of ours in any count."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from storage import Database, NewLead, NewNumber, attempts, books, claim, inbound, leads, numbers, tables
from tests.parts.people import NOW, lead, take_first

MOBILE = "+4915112345678"
HOME = "+493011111111"
BOTH = (NewNumber(MOBILE, "mobile", ("Europe/Berlin",)), NewNumber(HOME, "fixed_line", ("Europe/Berlin",)))


async def add(memory: Database, campaign: str, **fields: object) -> int:
    added = await leads.add(memory, campaign, [NewLead(BOTH, **fields)], now=NOW)  # type: ignore[arg-type]
    assert added.lead_ids[0] is not None
    return added.lead_ids[0]


async def test_the_campaign_of_the_number_dialed_goes_first_then_the_lead_called_last(
    memory: Database,
) -> None:
    spring, autumn = await add(memory, "spring"), await add(memory, "autumn")
    both = ("spring", "autumn")
    found = await inbound.find(memory, HOME, campaigns=both, first=("spring",))
    assert found is not None
    assert found.lead_id == spring
    (call,) = (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts
    await books.apply(memory, 1, [{"fact": "attempt_ended", "attempt": call.attempt_id, "at": 1.0}])
    found = await inbound.find(memory, MOBILE, campaigns=both)
    assert found is not None
    assert found.lead_id == spring
    found = await inbound.find(memory, MOBILE, campaigns=both, first=("autumn",))
    assert found is not None
    assert found.lead_id == autumn
    assert await inbound.find(memory, MOBILE, campaigns=("winter",)) is None
    assert await inbound.find(memory, "+49301", campaigns=both) is None


async def test_while_they_are_on_the_line_nobody_rings_them_and_their_lead_stays_as_it_is(
    memory: Database,
) -> None:
    lead_id = await add(memory, "spring", owner="ann")
    found = await inbound.find(memory, HOME, campaigns=("spring",))
    assert found is not None
    call = await inbound.open_call(memory, "pbx-1.7", found, HOME, node="pbx", now=NOW)
    assert call is not None
    assert (call.lead.owner, call.number.e164, call.past) == ("ann", HOME, ())
    assert await inbound.open_call(memory, "pbx-1.8", found, MOBILE, node="pbx", now=NOW) is None
    kept = await leads.by_id(memory, lead_id)
    assert kept is not None
    assert kept.state == "pending"
    result = await claim(memory, "spring", n=1, now=NOW, judge=take_first)
    assert (result.attempts, result.refused) == ((), ((lead_id, "number busy"),))


async def test_a_call_of_theirs_counts_in_no_limit_and_no_ledger(memory: Database) -> None:
    lead_id = await add(memory, "spring")
    found = await inbound.find(memory, HOME, campaigns=("spring",))
    assert found is not None
    await inbound.open_call(memory, "pbx-1.7", found, HOME, node="pbx", now=NOW)
    at = NOW.timestamp()
    await books.apply(
        memory, 1, [{"fact": "attempt_ended", "attempt": "pbx-1.7", "at": at + 40, "outcome": "missed"}]
    )
    later = NOW + timedelta(minutes=5)
    (call,) = (await claim(memory, "spring", n=1, now=later, judge=take_first)).attempts
    assert (call.lead.attempts, call.lead.recent, call.number.recent, call.lead.past) == (0, (), (), ())
    facts = await numbers.facts(memory, HOME, campaign_id="spring", now=later, history_s=1e6, lead_id=lead_id)
    assert facts.abandoned_at is None
    assert len(facts.lead_recent) == 1  # ours, just claimed
    assert (await attempts.ledger(memory, "spring", since=NOW)).answered == 0
    assert (await attempts.outcomes(memory, "spring", since=NOW))["inbound missed"] == 1


async def test_a_daemon_finds_its_own_by_its_nodes(memory: Database) -> None:
    for n, node in enumerate(("here", "there")):
        number = f"+4930222222{n}0"
        await leads.add(memory, "spring", [lead(number)], now=NOW)
        found = await inbound.find(memory, number, campaigns=("spring",))
        assert found is not None
        await inbound.open_call(memory, f"pbx-2.{n}", found, number, node=node, now=NOW)
    await leads.add(memory, "autumn", [lead()], now=NOW)
    (ours,) = (await claim(memory, "autumn", n=1, now=NOW, judge=take_first)).attempts
    mine = await attempts.live(memory, prefix=ours.attempt_id, nodes=("here",))
    assert {one.attempt_id for one in mine} == {ours.attempt_id, "pbx-2.0"}
    assert {one.attempt_id for one in mine if one.inbound} == {"pbx-2.0"}


async def test_a_call_of_either_direction_tells_the_list_its_lead_came_with(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(priority=9)], now=NOW, source="0123456789abcdef")
    await leads.add(memory, "spring", [NewLead(BOTH)], now=NOW, source="fedcba9876543210")
    (ours,) = (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts
    found = await inbound.find(memory, HOME, campaigns=("spring",))
    assert found is not None
    assert await inbound.open_call(memory, "pbx-1.7", found, HOME, node="pbx", now=NOW) is not None
    async with memory.read() as connection:
        rows = await connection.execute(sa.select(tables.attempts.c.id, tables.attempts.c.source))
        assert dict(rows.all()) == {ours.attempt_id: "0123456789abcdef", "pbx-1.7": "fedcba9876543210"}
