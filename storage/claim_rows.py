"""From a claim's rows to candidates, by hand: this runs for every lead ever offered, inside the transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from storage.records import Candidate, NumberRow
from storage.types import from_epoch

LIST_END: Final = "\x1f"
"""Stands between names of do-not-call lists in one text."""

_FIELDS: Final = msgspec.json.Decoder(dict[str, str])


def candidates(campaign_id: str, rows: Iterable[Any]) -> list[Candidate]:
    """Make leads of rows in the order of `claim_sql`'s SELECT, one row per number (one without if it has none)."""
    found: list[Candidate] = []
    lead: tuple[Any, ...] = ()
    numbers: list[NumberRow] = []
    dnc: dict[str, tuple[str, ...]] = {}
    for row in rows:
        if not lead or row[1] != lead[1]:
            if lead:
                found.append(_candidate(campaign_id, lead, numbers, dnc))
                numbers, dnc = [], {}
            lead = row
        if row[13] is not None:
            numbers.append(_number(row))
            if row[23]:
                dnc[row[14]] = tuple(sorted(set(row[23].split(LIST_END))))
    if lead and lead[1] is not None:
        found.append(_candidate(campaign_id, lead, numbers, dnc))
    return found


def _candidate(
    campaign_id: str, row: tuple[Any, ...], numbers: list[NumberRow], dnc: dict[str, tuple[str, ...]]
) -> Candidate:
    return Candidate(
        lead_id=row[1],
        campaign_id=campaign_id,
        external_id=row[2],
        name=row[3],
        zone=row[4],
        priority=row[5],
        deadline=_instant(row[6]),
        owner=row[7],
        attempts=row[8],
        data=_FIELDS.decode(row[9]),
        window_key=row[10],
        next_at=_instant(row[11]),
        reason=row[12],
        recent=_instants(row[24]),
        callback_at=_instant(row[25]),
        callback_owner=row[26],
        caller_id=row[27],
        past=tuple((row[29] or "").split()),
        numbers=tuple(numbers),
        dnc=dnc,
    )


def _number(row: tuple[Any, ...]) -> NumberRow:
    return NumberRow(
        number_id=row[13],
        e164=row[14],
        kind=row[15],
        zones=tuple(row[16].split()),
        position=row[17],
        attempts=row[18],
        last_at=_instant(row[19]),
        closed=row[20],
        recent=_instants(row[21]),
        abandoned_at=_instant(row[22]),
        rest_until=_instant(row[28]),
    )


def _instant(value: datetime | str | None) -> datetime | None:
    """Read what the driver gives: an aware instant (PostgreSQL) or text in UTC (SQLite)."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


def _instants(text: str | None) -> tuple[datetime, ...]:
    """Read several in one text: as seconds (PostgreSQL) or spelled out (SQLite)."""
    if not text:
        return ()
    if ":" in text:
        return tuple(sorted(datetime.fromisoformat(one).replace(tzinfo=UTC) for one in text.split()))
    return tuple(sorted(from_epoch(float(one)) for one in text.split()))
