"""The planner on a real memory: it learns, plans every lead with a deadline, and tells who is at risk."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta

import storage
from dialer.leads import Judge, risk, rules_of
from dialer.runtime.clock import Clock
from dialer.runtime.deadlines import DeadlinePlanner
from tests.parts.campaigns import ALWAYS, campaign

SETTINGS = campaign(
    windows=ALWAYS, attempts={"max": 10, "per_day": 3, "spacing_s": 1800}, deadlines={"at_risk_below": 0.5}
)
_serial = itertools.count(1)


def person(n: int, **more: object) -> storage.NewLead:
    number = storage.NewNumber(f"+4420794601{n:02d}", "fixed_line", ("Europe/London",))
    return storage.NewLead((number,), external_id=f"A-{n}", window_key="Europe/London", **more)  # type: ignore[arg-type]


async def test_leads_with_a_deadline_are_planned_before_it_and_the_others_left_alone(
    memory: storage.Database,
) -> None:
    clock = Clock(asyncio.get_running_loop())
    now = clock.utc()
    rules = rules_of(SETTINGS)
    soon, later = now + timedelta(hours=1), now + timedelta(days=9)
    people = [person(1, deadline=soon), person(2, deadline=later), person(3)]
    await storage.leads.add(memory, "spring", people, now=now)
    planner = DeadlinePlanner(SETTINGS, rules, memory, clock)
    assert await planner.turn() == 2
    assert await planner.turn() == 0
    first, second, third = [lead async for lead in storage.leads.each(memory, "spring")]
    assert first.next_at is not None
    assert first.next_at < soon
    assert second.next_at is not None
    assert second.next_at < later
    assert first.chance is not None
    assert second.chance is not None
    assert first.chance < second.chance
    assert (third.chance, third.state) == (None, "pending")
    assert first.priority > second.priority >= 0
    found = await risk.report(memory, SETTINGS, now)
    assert (found["leads"], found["open"], found["in_time_share"]) == (2, 2, None)
    assert [row["external_id"] for row in found["at_risk"]] == ["A-1"]
    assert planner.counts is not None
    assert planner.counts.leads == 2
    assert list(risk.lines(found))[-1] == "2 are open, 1 of them at risk"


async def test_the_next_try_is_planned_when_the_lead_is_claimed(memory: storage.Database) -> None:
    clock = Clock(asyncio.get_running_loop())
    now = clock.utc()
    rules = rules_of(SETTINGS)
    people = [person(1, deadline=now + timedelta(days=5)), person(2)]
    await storage.leads.add(memory, "spring", people, now=now)
    judge = Judge(rules, now, lambda: f"c-{next(_serial)}")
    claimed = (await storage.claim(memory, "spring", n=2, now=now, judge=judge)).attempts
    planner = DeadlinePlanner(SETTINGS, rules, memory, clock)
    by_id = {one.lead.external_id: planner.plan_after(one) for one in claimed}
    assert by_id["A-2"] is None
    planned = by_id["A-1"]
    assert planned is not None
    assert now.timestamp() + 1800 <= planned < (now + timedelta(days=5)).timestamp()
