"""Limits of attempts hold in the books: whatever was dialed counts, on every lead that has the number."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import storage
from dialer.leads import Judge, rules_of
from storage import NewLead, NewNumber
from tests.parts.campaigns import ALWAYS, campaign

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
NUMBER = NewNumber("+442079460101", "fixed_line", ("Europe/London",))
OTHER = NewNumber("+441614960101", "fixed_line", ("Europe/London",))
_ids = itertools.count(1)
_positions = itertools.count(1)


async def call(
    memory: storage.Database,
    at: datetime,
    *,
    outcome: str = "no_answer",
    abandoned: bool = False,
    close_number: str = "",
    **attempts: object,
) -> str:
    """Claim the next lead and end its call with an outcome; why not, where there is none to call."""
    settings = campaign(windows=ALWAYS, attempts={"spacing_s": 0, "per_day": 100, "max": 100} | attempts)
    rules = rules_of(settings)
    judge = Judge(rules, at, lambda: f"c-{next(_ids)}")
    result = await storage.claim(memory, "spring", n=1, now=at, judge=judge, history_s=rules.limits.memory_s)
    if not result.attempts:
        return result.refused[0][1] if result.refused else "no lead"
    attempt, seconds = result.attempts[0].attempt_id, at.timestamp()
    facts: list[dict[str, object]] = [
        {"fact": "attempt_dialed", "attempt": attempt, "at": seconds, "node": "pbx1", "trunk": "carrier"}
    ]
    if abandoned:
        facts.append({"fact": "attempt_answered", "attempt": attempt, "at": seconds + 5})
        facts.append({"fact": "attempt_abandoned", "attempt": attempt, "at": seconds + 7, "gave_up": False})
    facts.append(
        {
            "fact": "attempt_ended",
            "attempt": attempt,
            "at": seconds + 10,
            "outcome": outcome,
            "lead_state": "waiting",
            "next_at": seconds + 10,
            "reason": outcome,
            "close_number": close_number,
        }
    )
    await storage.books.apply(memory, next(_positions), facts)
    return "called"


async def test_the_day_ends_a_leads_attempts_and_the_next_day_begins_anew(memory: storage.Database) -> None:
    await storage.leads.add(memory, "spring", [NewLead((NUMBER, OTHER))], now=NOON)
    results = [await call(memory, NOON + timedelta(hours=hour), per_day=2) for hour in range(3)]
    assert results == ["called", "called", "attempts_today"]
    assert await call(memory, NOON + timedelta(hours=12), per_day=2) == "called"  # midnight in London


async def test_a_sliding_limit_counts_back_from_each_call(memory: storage.Database) -> None:
    await storage.leads.add(memory, "spring", [NewLead((NUMBER,))], now=NOON)
    limit = ("2 in 24 h",)
    assert await call(memory, NOON, rolling=limit) == "called"
    assert await call(memory, NOON + timedelta(hours=20), rolling=limit) == "called"
    assert await call(memory, NOON + timedelta(hours=23), rolling=limit) == "attempts_rolling"
    assert await call(memory, NOON + timedelta(hours=24), rolling=limit) == "called"


async def test_a_number_has_a_limit_over_all_leads_that_have_it(memory: storage.Database) -> None:
    await storage.leads.add(memory, "spring", [NewLead((NUMBER,), priority=2), NewLead((NUMBER,))], now=NOON)
    assert await call(memory, NOON, per_number_day=1) == "called"
    assert await call(memory, NOON + timedelta(minutes=5), per_number_day=1) == "number_today"


async def test_a_call_that_never_reached_the_network_counts_nowhere(memory: storage.Database) -> None:
    await storage.leads.add(memory, "spring", [NewLead((NUMBER,))], now=NOON)
    assert await call(memory, NOON, outcome="congestion", per_day=1) == "called"
    assert await call(memory, NOON + timedelta(minutes=5), per_day=1) == "called"
    assert await call(memory, NOON + timedelta(minutes=10), per_day=1) == "attempts_today"


async def test_a_number_rests_after_a_call_nobody_took(memory: storage.Database) -> None:
    await storage.leads.add(memory, "spring", [NewLead((NUMBER,), priority=2), NewLead((NUMBER,))], now=NOON)
    assert await call(memory, NOON, outcome="abandoned", abandoned=True) == "called"
    assert await call(memory, NOON + timedelta(hours=71)) == "number_locked"
    assert await call(memory, NOON + timedelta(hours=73)) == "called"


async def test_a_number_closed_gives_way_to_the_leads_other_one(memory: storage.Database) -> None:
    await storage.leads.add(memory, "spring", [NewLead((NUMBER, OTHER))], now=NOON)
    assert await call(memory, NOON, outcome="invalid", close_number="invalid") == "called"
    (lead,) = await storage.leads.by_number(memory, NUMBER.e164)
    assert [number.closed for number in lead.numbers] == ["invalid", ""]
    assert await call(memory, NOON + timedelta(hours=1), close_number="invalid") == "called"
    (lead,) = await storage.leads.by_number(memory, NUMBER.e164)
    assert [number.closed for number in lead.numbers] == ["invalid", "invalid"]
    assert await call(memory, NOON + timedelta(hours=2)) == "number_closed"
