"""What became of the people on the lists: how far each list is worked through, and who was reached in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import storage
from dialer.reports.ask import CampaignRules
from dialer.reports.period import Period, local_day
from dialer.reports.table import Column, Kind, Table
from dialer.runtime.tasks import outside
from storage import reporting

QUERY_TIMEOUT_S = reporting.STATEMENT_TIMEOUT_S + 10.0
_LISTS = (
    Column("campaign", "Campaign", Kind.TEXT),
    Column("list", "List", Kind.TEXT),
    Column("added", "Added", Kind.TEXT),
    Column("leads", "Leads"),
    Column("tried", "Called so far"),
    Column("tried_share", "Penetration", Kind.SHARE),
    Column("open", "Still open"),
    Column("done", "Done"),
    Column("excluded", "Excluded"),
    Column("called", "Called in these days"),
    Column("reached", "Reached in these days"),
    Column("reached_share", "Reached of those called", Kind.SHARE),
)
_DEADLINES = (
    Column("campaign", "Campaign", Kind.TEXT),
    Column("due", "Due in these days"),
    Column("in_time", "Reached in time"),
    Column("late", "Reached later"),
    Column("never", "Not reached"),
    Column("in_time_share", "Success within the deadline", Kind.SHARE),
)


async def tables(
    db: storage.Database, rules: Sequence[CampaignRules], period: Period, now: datetime
) -> list[Table]:
    """Lists of all campaigns, and return visits of those whose leads have deadlines."""
    lists: list[tuple[str | int | float | None, ...]] = []
    due: list[tuple[str | int | float | None, ...]] = []
    found_lists: dict[str, list[reporting.ListRow]] = {}
    for zone in dict.fromkeys(one.zone for one in rules):
        campaigns = [one.campaign_id for one in rules if one.zone == zone]
        reading = reporting.lists(db, campaigns, _span(period, zone))
        found_lists |= await outside("database", reading, QUERY_TIMEOUT_S)
    for one in rules:
        lists += [_list_row(one.campaign_id, row) for row in found_lists[one.campaign_id]]
        span = _span(period, one.zone)
        counting = storage.deadlines.counts(
            db,
            one.campaign_id,
            now=now,
            at_risk_below=0.0,
            reached=one.reached_codes,
            due_since=span.since,
            due_before=span.until,
        )
        found = await outside("database", counting, QUERY_TIMEOUT_S)
        if found.leads:
            never = found.leads - found.reached - found.reached_late
            share = found.reached / found.leads
            due.append((one.campaign_id, found.leads, found.reached, found.reached_late, never, share))
    note = "Leads and their states are those of now; called and reached are leads, not calls."
    late = "Leads whose own deadline falls into these days. Those still open may yet be reached."
    return [
        Table("lists", "List penetration", _LISTS, tuple(lists), note),
        Table("deadlines", "Return visits", _DEADLINES, tuple(due), late),
    ]


def _span(period: Period, zone: str) -> reporting.Span:
    return reporting.Span(local_day(period.first, zone).since, local_day(period.last, zone).until)


def _list_row(campaign: str, row: reporting.ListRow) -> tuple[str | int | float | None, ...]:
    return (
        campaign,
        row.list_id or "-",
        "" if row.added_at is None else row.added_at.date().isoformat(),
        row.leads,
        row.tried,
        row.tried / row.leads if row.leads else None,
        row.open,
        row.done,
        row.excluded,
        row.called,
        row.reached,
        row.reached / row.called if row.called else None,
    )
