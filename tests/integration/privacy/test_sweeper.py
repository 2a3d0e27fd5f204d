"""The daemon sweeps within its hours, on its own clock, once a day, and only while it leads."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import config
import storage
from dialer.privacy import Sweeper
from dialer.runtime.clock import Clock
from tests.parts.houses import content
from tests.parts.people import lead
from tests.parts.virtual_time import eventually, on_virtual_time
from tests.parts.websites import CAMPAIGN, website

LONG_AGO = timedelta(days=20)


@on_virtual_time
async def test_the_running_daemon_deletes_what_is_due_and_nothing_else(tmp_path: Path) -> None:
    async with website(tmp_path, people=(), users=False, more={"privacy": {"leads_days": 10}}) as site:
        dialer = site.control.dialer
        now = dialer.clock.utc()
        added = await storage.leads.add(dialer.db, CAMPAIGN, [lead(), lead()], now=now - LONG_AGO)
        first = added.lead_ids[0]
        assert first is not None
        await storage.leads.move(dialer.db, [first], "done", now=now - LONG_AGO, reason="by hand")
        always = config.Privacy.model_validate({"sweep": "00:00-24:00"})
        dialer.settings = dialer.settings.model_copy(update={"privacy": always})
        sweeper = site.control.surfaces["sweeper"]
        await eventually(lambda: sweeper.last is not None, step_s=1.0)
        assert await storage.leads.by_id(dialer.db, first) is None
        assert await storage.leads.counts(dialer.db, CAMPAIGN) == {"pending": 1}
        lines = [row for row in await storage.audit.page(dialer.db) if row.action == "privacy.sweep"]
        assert [(row.actor, row.target) for row in lines] == [("dialer", CAMPAIGN)]


@on_virtual_time
async def test_it_waits_for_its_hours_sweeps_once_a_day_and_not_while_another_leads(
    tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "memory.db")
    db = await storage.Database.open(f"sqlite:///{tmp_path}/memory.db")
    clock = Clock(asyncio.get_running_loop())
    whole = content(5038, zone="Asia/Kolkata", privacy={"sweep": "03:00-04:00"})
    settings, leads = config.parse(json.dumps(whole), folder=tmp_path), True
    sweeper = Sweeper(db, clock, lambda: settings, lambda: leads)
    running = asyncio.create_task(sweeper.run(), name="sweeper")
    ended = []
    for _ in range(3):
        before = sweeper.last
        while sweeper.last is before:
            await asyncio.sleep(600.0)
        assert sweeper.last is not None
        ended.append(sweeper.last[0])
    there = [one.astimezone(ZoneInfo("Asia/Kolkata")) for one in ended]
    assert [one.hour for one in there] == [3, 3, 3]
    assert there[2].date() - there[0].date() == timedelta(days=2)
    leads, before = False, sweeper.last
    await asyncio.sleep(2 * 86_400.0)
    assert sweeper.last is before
    running.cancel()
    await asyncio.wait([running])
    await db.close()
