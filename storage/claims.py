"""Claiming: the next leads, judged and committed as attempts in one transaction, never one twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from storage import claim_sql
from storage.database import Database
from storage.lines import Line, opened
from storage.records import Accept, Candidate, ClaimedCall, ClaimResult, Judgement, NumberRow, Refuse

T = TypeVar("T")
Judge = Callable[[Candidate], Judgement]

NUMBER_BUSY: Final = "number busy"
"""Reason of a lead whose number, or who itself, has a live attempt somewhere."""

_ROUNDS: Final = 10


@dataclass(slots=True)
class _Tally:
    """What one transaction has done so far."""

    attempts: list[ClaimedCall] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    scanned: int = 0
    exhausted: bool = False


async def claim(
    db: Database,
    campaign_id: str,
    *,
    n: int,
    now: datetime,
    judge: Judge,
    window_keys: Sequence[str] | None = None,
    limit_scanned: int = 200,
    busy_delay_s: float = 30.0,
    history_s: float = 8 * 86_400.0,
) -> ClaimResult:
    """Claim up to `n` of a campaign's open leads for calls to be placed now; committed on return.

    Open leads are pending, or waiting and due; order: priority (high first), next_at, id. `window_keys`:
    only leads of these keys; None: of all. `judge` answers Accept or Refuse for each candidate; it must be
    pure and fast, as it runs inside the transaction, and runs anew when that is retried after a deadlock.
    A refused lead waits until the instant given, or is excluded. An accepted lead that has a live attempt
    already, or whose number has, waits `busy_delay_s` with the reason "number busy". At most `limit_scanned`
    leads are judged. Candidates tell the calls of the last `history_s`.
    """

    async def work(line: Line) -> ClaimResult:
        keys = await claim_sql.open_keys(line, campaign_id) if window_keys is None else tuple(window_keys)
        tally = _Tally(exhausted=not keys)
        since = now - timedelta(seconds=history_s)
        skipped = 0
        for round_ in range(_ROUNDS):
            missing = n - len(tally.attempts)
            allowed = min(missing << min(round_, 6), limit_scanned - tally.scanned)
            if missing <= 0 or allowed <= 0 or tally.exhausted:
                break
            most = allowed + skipped
            heads, offered = await claim_sql.take(line, campaign_id, keys, most, now, since)
            tally.exhausted = heads < allowed + skipped and len(offered) == heads
            if heads == skipped and not offered:
                break  # all that is left is held by other claimers
            skipped = heads - len(offered)
            verdicts = _judged(offered, judge, missing)
            tally.exhausted &= len(verdicts) == len(offered)
            await _record(line, verdicts, tally, now, now + timedelta(seconds=busy_delay_s))
        return ClaimResult(tuple(tally.attempts), tuple(tally.refused), tally.exhausted, tally.scanned)

    return await _transact(db, work)


async def claim_lead(
    db: Database,
    campaign_id: str,
    lead_id: int,
    *,
    now: datetime,
    judge: Judge,
    history_s: float = 8 * 86_400.0,
) -> ClaimedCall | Refuse:
    """Claim one lead by name for a call to be placed now, due or not; committed on return.

    A lead that is refused, in a call, or closed stays as it is: somebody asked, and is told why not.
    """

    async def work(line: Line) -> ClaimedCall | Refuse:
        since = now - timedelta(seconds=history_s)
        lead = await claim_sql.take_one(line, campaign_id, lead_id, now, since)
        if lead is None:
            return Refuse("lead_not_open", "the lead is in a call, closed or excluded", None)
        verdict = judge(lead)
        if isinstance(verdict, Refuse):
            return verdict
        call = ClaimedCall(verdict.attempt_id, lead, _number(lead, verdict.number_id), now)
        if call.attempt_id in await claim_sql.insert_attempts(line, [call], now):
            return call
        return Refuse(NUMBER_BUSY, "it is in a call already", None)

    return await _transact(db, work)


async def _transact(db: Database, work: Callable[[Line], Awaitable[T]]) -> T:
    async def once() -> T:
        async with opened(db) as line:
            return await work(line)

    return await db.retrying(once)


def _judged(offered: list[Candidate], judge: Judge, wanted: int) -> list[tuple[Candidate, Judgement]]:
    verdicts: list[tuple[Candidate, Judgement]] = []
    for candidate in offered:
        verdict = judge(candidate)
        verdicts.append((candidate, verdict))
        wanted -= isinstance(verdict, Accept)
        if not wanted:
            break
    return verdicts


async def _record(
    line: Line,
    verdicts: list[tuple[Candidate, Judgement]],
    tally: _Tally,
    now: datetime,
    busy_until: datetime,
) -> None:
    tally.scanned += len(verdicts)
    calls = [
        ClaimedCall(verdict.attempt_id, lead, _number(lead, verdict.number_id), now)
        for lead, verdict in verdicts
        if isinstance(verdict, Accept)
    ]
    refusals = [(lead, verdict) for lead, verdict in verdicts if isinstance(verdict, Refuse)]
    if calls:
        made = await claim_sql.insert_attempts(line, calls, now)
        tally.attempts += [call for call in calls if call.attempt_id in made]
        busy = Refuse(NUMBER_BUSY, "", busy_until)
        refusals += [(call.lead, busy) for call in calls if call.attempt_id not in made]
    if refusals:
        await claim_sql.put_back(line, refusals, now)
        tally.refused += [(lead.lead_id, refusal.reason) for lead, refusal in refusals]


def _number(lead: Candidate, number_id: int) -> NumberRow:
    for number in lead.numbers:
        if number.number_id == number_id:
            return number
    raise ValueError(f"the judge accepted number {number_id}, which lead {lead.lead_id} does not have")
