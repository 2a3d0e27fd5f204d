"""Do-not-call lists, agents, campaigns and reports."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage import Database, DncEntry, agents, attempts, books, campaigns, claim, dnc, leads
from tests.parts.people import NOW, lead, take_first


async def test_numbers_prefixes_and_expiry(memory: Database) -> None:
    tomorrow = NOW + timedelta(days=1)
    entries = [
        DncEntry("+4930111", reason="asked us"),
        DncEntry("+1900", "premium", is_prefix=True),
        DncEntry("+4930222", "resting", expires_at=tomorrow),
        DncEntry("+4930333", "campaign:spring"),
    ]
    assert await dnc.add(memory, entries, now=NOW) == 4
    assert await dnc.has(memory, "+4930111", now=NOW) == ("system",)
    assert await dnc.has(memory, "+49301112", now=NOW) == ()
    assert await dnc.has(memory, "+19005551234", now=NOW) == ("premium",)
    assert await dnc.has(memory, "+190", now=NOW) == ()
    assert await dnc.has(memory, "+4930222", now=NOW) == ("resting",)
    assert await dnc.has(memory, "+4930222", now=tomorrow) == ()
    assert await dnc.has(memory, "+4930333", now=NOW, campaign_id="spring") == ("campaign:spring",)
    assert await dnc.has(memory, "+4930333", now=NOW, campaign_id="autumn") == ()
    assert await dnc.has(memory, "+4930333", now=NOW) == ("campaign:spring",)
    assert dnc.campaign_list("spring") == "campaign:spring"
    assert await dnc.expire(memory, now=tomorrow) == 1
    assert await dnc.counts(memory, now=NOW) == {"system": 1, "premium": 1, "campaign:spring": 1}


async def test_an_entry_given_again_takes_the_new_expiry_and_can_be_removed(memory: Database) -> None:
    await dnc.add(memory, [DncEntry("+4930111", expires_at=NOW), DncEntry("+4930111")], now=NOW)
    assert await dnc.has(memory, "+4930111", now=NOW) == ("system",)
    assert await dnc.remove(memory, [("+4930111", "system"), ("+4930999", "system")]) == 1
    assert await dnc.has(memory, "+4930111", now=NOW) == ()
    with pytest.raises(ValueError, match=r"E\.164"):
        await dnc.add(memory, [DncEntry("+49301111111111111")], now=NOW)


async def test_agents_are_added_changed_and_removed(memory: Database) -> None:
    added = await agents.add(memory, "ann", now=NOW, name="Ann", endpoint="PJSIP/101", campaign_id="spring")
    assert (added.state, added.interval_s, added.state_at) == ("logged_out", None, NOW)
    await agents.add(memory, "bob", now=NOW, campaign_id="autumn")
    assert await agents.set_interval(memory, "ann", 30.0)
    assert not await agents.set_interval(memory, "nobody", 30.0)
    assert await agents.set_campaign(memory, "bob", "spring")
    await books.apply(memory, 1, [{"fact": "agent_state", "agent": "ann", "at": 5.0, "state": "ready"}])
    again = await agents.add(memory, "ann", now=NOW, name="Ann B", endpoint="PJSIP/102", campaign_id="spring")
    assert (again.name, again.endpoint, again.interval_s, again.state) == (
        "Ann B",
        "PJSIP/102",
        30.0,
        "ready",
    )
    assert [row.agent_id for row in await agents.every(memory, campaign_id="spring")] == ["ann", "bob"]
    assert await agents.remove(memory, "ann", now=NOW)
    assert [row.agent_id for row in await agents.every(memory)] == ["bob"]
    assert [row.agent_id for row in await agents.every(memory, removed=True)] == ["ann", "bob"]


async def test_campaigns_begin_stopped_and_keep_their_state(memory: Database) -> None:
    assert await campaigns.by_id(memory, "spring") is None
    assert (await campaigns.ensure(memory, "spring", now=NOW)).state == "stopped"
    await campaigns.set_state(memory, "spring", "running", now=NOW, reason="by hand")
    kept = await campaigns.ensure(memory, "spring", now=NOW + timedelta(days=1))
    assert (kept.state, kept.changed_at, kept.reason) == ("running", NOW, "by hand")
    await campaigns.set_state(memory, "autumn", "draining", now=NOW)
    assert [row.campaign_id for row in await campaigns.every(memory)] == ["autumn", "spring"]
    with pytest.raises(ValueError, match="no run state"):
        await campaigns.set_state(memory, "spring", "flying", now=NOW)


async def test_reports_count_what_happened_since_an_instant(memory: Database) -> None:
    await leads.add(memory, "spring", [lead() for _ in range(5)], now=NOW)
    calls = (await claim(memory, "spring", n=5, now=NOW, judge=take_first)).attempts
    at = NOW.timestamp()
    facts: list[dict[str, object]] = []
    for call, agent, talk_s in zip(calls[:3], ("ann", "ann", "bob"), (60.0, 30.5, 10.0), strict=True):
        about = {"attempt": call.attempt_id, "agent": agent}
        facts += [
            {"fact": "attempt_answered", **about, "at": at + 5},
            {"fact": "attempt_bridged", **about, "at": at + 5},
            {"fact": "attempt_ended", **about, "at": at + 99, "outcome": "answered", "talk_s": talk_s},
        ]
    facts.append({"fact": "attempt_ended", "attempt": calls[3].attempt_id, "at": at, "outcome": "busy"})
    await books.apply(memory, len(facts), facts)
    assert await attempts.outcomes(memory, "spring", since=NOW) == {"answered": 3, "busy": 1, "live": 1}
    assert await attempts.outcomes(memory, "spring", since=NOW + timedelta(seconds=1)) == {}
    assert await attempts.talk_s_by_agent(memory, "spring", since=NOW) == {"ann": 90.5, "bob": 10.0}
    assert await attempts.talk_s_by_agent(memory, None, since=NOW + timedelta(minutes=1)) == {}
    assert (await attempts.ledger(memory, None, since=NOW)).answered == 3
    assert (await attempts.ledger(memory, "spring", since=NOW, until=NOW)).answered == 0
    assert [one.attempt_id for one in await attempts.live(memory)] == [calls[4].attempt_id]
    assert await attempts.live(memory, prefix="c-other-") == ()
    assert len(await attempts.live(memory, prefix="c-test-1-")) == 1
    assert len(await attempts.of_campaign(memory, "spring", since=NOW)) == 5
    assert [one.attempt_id for one in await attempts.of_lead(memory, calls[0].lead_id)] == [
        calls[0].attempt_id
    ]
    assert len(await attempts.by_ids(memory, [calls[0].attempt_id, calls[1].attempt_id, "nobody"])) == 2
