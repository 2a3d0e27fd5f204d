"""So many of one outcome, or of one disposition, end a lead; others do not count towards it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import storage
from dialer.core.outcomes import Outcome
from dialer.leads import Judge, rules_of
from dialer.runtime.rules import CampaignRules
from storage import NewLead, NewNumber
from tests.parts.campaigns import ALWAYS, campaign

NOON = datetime(2026, 1, 7, 12, tzinfo=UTC)
SETTINGS = campaign(
    windows=ALWAYS,
    attempts={"spacing_s": 0, "per_day": 100, "max": 100},
    retry={"busy": {"delay_s": 60, "max": 2}},
    dispositions=[{"code": "not-now", "label": "Not now", "retry_after_s": 60, "max": 2}],
)
_serial = itertools.count(1)


async def call(memory: storage.Database, at: datetime, outcome: str, said: str = "") -> storage.Candidate:
    """The next lead as the claim tells it; its call ends with an outcome and, perhaps, a word of the agent."""
    judge = Judge(rules_of(SETTINGS), at, lambda: f"c-{next(_serial)}")
    (claimed,) = (await storage.claim(memory, "spring", n=1, now=at, judge=judge)).attempts
    told: dict[str, object] = {"attempt": claimed.attempt_id, "at": at.timestamp()}
    ended = {"lead_state": "waiting", "next_at": at.timestamp(), "reason": ""}
    facts: list[dict[str, object]] = [
        {"fact": "attempt_dialed", **told, "node": "pbx1", "trunk": "carrier"},
        {"fact": "attempt_ended", **told, "outcome": outcome, **ended},
    ]
    if said:
        facts.append({"fact": "disposition", **told, "code": said, **ended})
    await storage.books.apply(memory, next(_serial), facts)
    return claimed.lead


async def test_the_claim_tells_what_came_of_earlier_calls(memory: storage.Database) -> None:
    lead = NewLead((NewNumber("+442079460101", "fixed_line", ("Europe/London",)),))
    await storage.leads.add(memory, "spring", [lead], now=NOON)
    rules = CampaignRules(SETTINGS)
    outcomes = [("busy", ""), ("no_answer", ""), ("connected", "not-now"), ("busy", "")]
    pasts = []
    for hour, (outcome, said) in enumerate(outcomes):
        pasts.append((await call(memory, NOON + timedelta(hours=hour), outcome, said)).past)
    assert [sorted(past) for past in pasts] == [
        [],
        ["busy"],
        ["busy", "no_answer"],
        ["busy", "connected", "no_answer", "said=not-now"],
    ]
    assert rules.after_outcome(Outcome.BUSY, 1, 0.0, past=pasts[0]).lead_state == "waiting"
    assert rules.after_outcome(Outcome.BUSY, 4, 0.0, past=pasts[3]).lead_state == "done"
    assert rules.after_disposition("not-now", 3, 0.0, None, None, past=pasts[2]).lead_state == "waiting"
    assert rules.after_disposition("not-now", 4, 0.0, None, None, past=pasts[3]).lead_state == "done"
