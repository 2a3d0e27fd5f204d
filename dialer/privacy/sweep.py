"""The sweep: what is past keeping, counted for a look ahead, or deleted in slices between which others may work."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import config
import storage
from dialer import leads
from dialer.privacy import files
from dialer.privacy.retention import Cutoffs, cutoffs_of, looked_back_s
from dialer.runtime.tasks import outside
from storage import retention
from storage.retention import Gone, Log

SLICE_TIMEOUT_S = 60.0
COUNT_TIMEOUT_S = 300.0

GoOn = Callable[[], Awaitable[bool]]
"""Called between slices: waits as long as others need the machine; False ends the sweep."""

Slice = Callable[[], Awaitable[Gone]]


async def plan(db: storage.Database, settings: config.Settings, now: datetime) -> list[Gone]:
    """Count what a sweep would do now; kinds with nothing to do are left out."""
    return await outside("sweep", _counted(db, settings, now), COUNT_TIMEOUT_S)


async def _counted(db: storage.Database, settings: config.Settings, now: datetime) -> list[Gone]:
    found: list[Gone] = []
    for cutoffs in await _all_cutoffs(db, settings, now):
        name = cutoffs.campaign_id
        if cutoffs.leads is not None:
            found.append(await retention.count_leads(db, name, cutoffs.leads))
        if cutoffs.calls is not None:
            found.append(await retention.count_calls(db, name, cutoffs.calls))
        # What loses its name is put away with that already.
        if cutoffs.calls is None or cutoffs.near > cutoffs.calls:
            found.append(await retention.count_put_away(db, name, cutoffs.near, since=cutoffs.calls))
    found.append(await retention.count_figures(db, _figures_before(settings, now)))
    for log, before in _logs(settings, now):
        found.append(await retention.count_log(db, log, before))
    old = await asyncio.to_thread(_rejects, settings, now)
    found.append(Gone("rejects", "", len(old)))
    return [one for one in found if one.count]


async def sweep(
    db: storage.Database, settings: config.Settings, now: datetime, *, actor: str, go_on: GoOn
) -> list[Gone]:
    """Delete and make nameless what is due, slice by slice; return what went, a sum for each kind and campaign.

    Each slice is a transaction with its own line in the audit log, so a sweep that is cut off has told all it did.
    Raises StorageError and TimeoutError; the next sweep goes on from there.
    """
    done: list[Gone] = []
    for what, campaign_id, one in await outside("sweep", _slices(db, settings, now, actor), SLICE_TIMEOUT_S):
        parts: list[Gone] = []
        while await go_on():
            gone = await outside("sweep", one(), SLICE_TIMEOUT_S)
            if not gone.ids_sha256:
                break
            parts.append(gone)
        else:
            done.append(retention.together(what, campaign_id, parts))
            break
        done.append(retention.together(what, campaign_id, parts))
    else:
        done.append(await outside("sweep", _delete_rejects(db, settings, now, actor), SLICE_TIMEOUT_S))
    return [one for one in done if one.count]


async def _slices(
    db: storage.Database, settings: config.Settings, now: datetime, actor: str
) -> list[tuple[str, str, Slice]]:
    made: list[tuple[str, str, Slice]] = []
    for cutoffs in await _all_cutoffs(db, settings, now):
        name = cutoffs.campaign_id
        if cutoffs.leads is not None:
            deleting = partial(retention.delete_leads, db, name, cutoffs.leads, now=now, actor=actor)
            made.append(("leads", name, deleting))
        if cutoffs.calls is not None:
            forgetting = partial(retention.forget_calls, db, name, cutoffs.calls, now=now, actor=actor)
            made.append(("calls", name, forgetting))
        made.append(("put away", name, partial(retention.put_away, db, name, cutoffs.near)))
    before = _figures_before(settings, now)
    made.append(("figures", "", partial(retention.delete_figures, db, before, now=now, actor=actor)))
    for log, old in _logs(settings, now):
        made.append((log, "", partial(retention.trim_log, db, log, old, now=now, actor=actor)))
    return made


async def _all_cutoffs(db: storage.Database, settings: config.Settings, now: datetime) -> list[Cutoffs]:
    names = {row.campaign_id for row in await storage.campaigns.every(db)} | set(settings.campaigns)
    look_back_s = looked_back_s(leads.rules_of(one) for one in settings.campaigns.values())
    found = (cutoffs_of(settings, name, now, look_back_s) for name in sorted(names))
    return [one for one in found if one is not None]


def _figures_before(settings: config.Settings, now: datetime) -> datetime:
    return now - timedelta(days=settings.privacy.figures_days)


def _logs(settings: config.Settings, now: datetime) -> list[tuple[Log, datetime]]:
    """Each log that is cut, and before when. What agents said goes with the calls it was said of."""
    wanted: list[tuple[Log, float | None]] = [
        ("agent_log", settings.privacy.agents_days),
        ("audit", settings.privacy.audit_days),
        ("dispositions", settings.privacy.figures_days),
    ]
    return [(log, now - timedelta(days=days)) for log, days in wanted if days is not None]


def _rejects(settings: config.Settings, now: datetime) -> list[Path]:
    days = settings.privacy.rejects_days
    if days is None:
        return []
    return files.rejects_before(settings.privacy.folders, (now - timedelta(days=days)).timestamp())


async def _delete_rejects(db: storage.Database, settings: config.Settings, now: datetime, actor: str) -> Gone:
    old = await asyncio.to_thread(_rejects, settings, now)
    if not old:
        return Gone("rejects", "", 0)
    gone = Gone("rejects", "", await asyncio.to_thread(files.delete, old))
    names = retention.hash_of_ids(file.name for file in old)
    told = json.dumps({**gone.as_dict(), "ids_sha256": names})
    await storage.audit.add(db, storage.AuditRow(now, actor, "", retention.ACTION, "rejects", "null", told))
    return gone
