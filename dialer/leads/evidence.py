"""Ledgers of abandonment from the books: at start, and as evidence for an auditor."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import config
import storage
from dialer import private
from dialer.compliance import mask
from dialer.compliance.ledgerbook import LedgerBook
from dialer.compliance.ledgers import Clock, Figure, Tally
from dialer.leads.reviews import reviewed
from dialer.leads.rules import ledgers_of
from storage.ledger_sums import Counting, Measure, Minute, Sums

KEPT = timedelta(days=400)
LONGEST_RING = timedelta(minutes=5)  # windows count from the answer, the books are read by the claim
AHEAD = timedelta(days=1)  # calls of a clock that ran ahead
_PAGE = 1000
NOT_A_CALL = frozenset({"not_dialed", "error", "congestion", "trunk_failed"})
_HEADER = (
    "attempt", "number", "node", "trunk", "dialed_at", "ringing_at", "answered_at", "bridged_at", "ended_at",
    "outcome", "disposition", "abandoned", "gave_up", "machine", "opted_out", "cause",
    "verdict", "verdict_cause", "ring_s", "review",
)  # fmt: skip


async def load_book(
    db: storage.Database,
    campaign: config.Campaign,
    *,
    now: datetime,
    old: LedgerBook | None = None,
) -> LedgerBook:
    """The campaign's ledgers with all calls in the books that their windows reach, and no others.

    Periods count from the first call there is. `old` is the book this one will take over from.
    """
    first = await storage.attempts.of_campaign(db, campaign.id, since=now - KEPT, limit=1)
    started_at = (first[0].claimed_at if first else now).timestamp()
    found = (await reviewed(db, campaign, now)).found
    book = LedgerBook(ledgers_of(campaign), started_at, found)
    reached = max(_reach(book, now), datetime.fromtimestamp(started_at, UTC))
    recent = frozenset() if old is None else old.recent
    minutes, book.seen = await storage.ledger_sums.by_minute(
        db, campaign.id, _counting(campaign), since=reached - LONGEST_RING, until=now + AHEAD, ids=recent
    )
    for one in minutes:
        book.add_minute(one.minute, [_tally(one, sums) for sums in one.by_measure])
    return book


async def keep_a_day(
    db: storage.Database, campaign: config.Campaign, book: LedgerBook, now: datetime
) -> bool:
    """Count a day that is over and keep its sums, for the next start; False where all that windows reach are kept."""
    since = max(_reach(book, now), datetime.fromtimestamp(book.started_at, UTC)) - LONGEST_RING
    return await storage.ledger_days.keep_next(db, campaign.id, _counting(campaign), since=since, until=now)


def _reach(book: LedgerBook, now: datetime) -> datetime:
    """The first instant any of its windows reaches."""
    return datetime.fromtimestamp(min(ledger.bounds(now.timestamp())[0] for ledger in book.ledgers), UTC)


def _counting(campaign: config.Campaign) -> Counting:
    measures = tuple(Measure(one.within_s, one.clock is Clock.GREETING_END) for one in ledgers_of(campaign))
    return Counting(measures, NOT_A_CALL, _machine_codes(campaign))


def _machine_codes(campaign: config.Campaign) -> frozenset[str]:
    return frozenset(one.code for one in campaign.dispositions if one.machine)


def _tally(minute: Minute, sums: Sums) -> Tally:
    return Tally(minute.calls, sums.live, sums.abandoned, minute.machines, sums.agent_machines, sums.short)


async def each_attempt(
    db: storage.Database, campaign_id: str, *, since: datetime
) -> AsyncIterator[storage.Attempt]:
    """A campaign's attempts in the order of their claims, a page at a time."""
    last: set[str] = set()
    while True:
        limit = _PAGE + len(last)
        page = await storage.attempts.of_campaign(db, campaign_id, since=since, limit=limit)
        for attempt in page:
            if attempt.attempt_id not in last:
                yield attempt
        if len(page) < limit:
            return
        since = page[-1].claimed_at
        # Those of one instant come again with the next page.
        last = {attempt.attempt_id for attempt in page if attempt.claimed_at == since}


async def export_evidence(
    db: storage.Database, campaign: config.Campaign, path: Path | str, *, since: datetime, now: datetime
) -> tuple[Figure, ...]:
    """Write every call since an instant, numbers masked, and return each ledger's figure now.

    A figure tells which share of people among the machines it was made with, and where that comes from; `review` is
    what a person heard on a call's clip.

    The file appears whole or not at all.
    """
    path = Path(path)
    part = path.with_name(path.name + ".part")
    await asyncio.to_thread(private.begun, part)
    await asyncio.to_thread(_write, part, [_HEADER])
    page: list[storage.Attempt] = []
    async for attempt in each_attempt(db, campaign.id, since=since):
        page.append(attempt)
        if len(page) >= _PAGE:
            await _write_calls(db, part, page)
            page = []
    await _write_calls(db, part, page)
    await asyncio.to_thread(part.replace, path)
    return (await load_book(db, campaign, now=now)).figures(now.timestamp())


async def _write_calls(db: storage.Database, part: Path, calls: Sequence[storage.Attempt]) -> None:
    said = await storage.reviews.of_attempts(db, [one.attempt_id for one in calls if one.machine])
    words = {attempt: review.said for attempt, review in said.items()}
    rows = [_row(one, words.get(one.attempt_id, "")) for one in calls]
    await asyncio.to_thread(_write, part, rows)


def ring_s(attempt: storage.Attempt) -> float | None:
    """How long it rang until somebody or something answered; None where either is not known."""
    if attempt.ringing_at is None or attempt.answered_at is None:
        return None
    return max(0.0, (attempt.answered_at - attempt.ringing_at).total_seconds())


def _row(attempt: storage.Attempt, review: str) -> list[str]:
    instants = (
        attempt.dialed_at,
        attempt.ringing_at,
        attempt.answered_at,
        attempt.bridged_at,
        attempt.ended_at,
    )
    flags = (attempt.abandoned, attempt.gave_up, attempt.machine, attempt.opted_out)
    return [
        attempt.attempt_id,
        mask(attempt.e164).lstrip("+"),
        attempt.node,
        attempt.trunk,
        *("" if at is None else at.isoformat() for at in instants),
        attempt.outcome,
        attempt.disposition,
        *("yes" if flag else "no" for flag in flags),
        "" if attempt.cause is None else str(attempt.cause),
        attempt.verdict or "",
        attempt.verdict_cause or "",
        "" if (rang := ring_s(attempt)) is None else f"{rang:.1f}",
        review,
    ]


def _write(part: Path, rows: Sequence[Sequence[str]]) -> None:
    with part.open("a", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
