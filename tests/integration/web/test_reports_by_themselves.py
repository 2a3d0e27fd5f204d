"""Reports that nobody asks for: made when due, made up after an absence, tried again where the folder was not there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import config
import storage
from dialer.lab.people import Kind, Person
from tests.parts.embedded import CAMPAIGN
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import Site, website

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=20.0) for n in range(150))


def wants(site: Site, **more: Any) -> None:
    """The running dialer is to make a report each day from midnight on."""
    rule = config.ScheduledReport.model_validate({"name": "daily", "at": "00:00", **more})
    dialer = site.control.dialer
    dialer.settings = dialer.settings.model_copy(update={"reports": (rule,)})


async def until_made(site: Site, wanted: str) -> None:
    while True:
        last = await storage.report_runs.last(site.control.dialer.db)
        if "daily" in last and last["daily"].isoformat() == wanted:
            return
        await asyncio.sleep(10)


@on_virtual_time
async def test_a_report_is_made_when_due_and_made_up_when_missed(tmp_path: Path) -> None:
    async with website(tmp_path, agents=1) as site:
        today = site.control.dialer.clock.utc().date()
        folder = tmp_path / "out"
        folder.write_text("a file where the folder should be")
        wants(site, folder=str(folder), formats=["html", "csv"], by=["agent"])
        await asyncio.sleep(100)
        assert await storage.report_runs.last(site.control.dialer.db) == {}
        folder.unlink()
        await until_made(site, today.isoformat())
        yesterday = today - timedelta(days=1)
        assert (folder / f"daily-{yesterday}.html").read_text("utf-8").startswith("<!doctype html>")
        assert (folder / f"daily-{yesterday}-by_agent.csv").is_file()
        now = site.control.dialer.clock.utc()
        await storage.report_runs.made(site.control.dialer.db, "daily", today - timedelta(days=3), now=now)
        await until_made(site, today.isoformat())
        made = sorted(path.name for path in folder.glob("*.html"))
        assert made == [f"daily-{today - timedelta(days=n)}.html" for n in (3, 2, 1)]


@on_virtual_time
async def test_control_blocks_are_kept_and_the_report_compares_them(tmp_path: Path) -> None:
    more = {"pacing": {"control_minutes_per_hour": 30, "ring_timeout_s": 15, "min_ring_s": 10}}
    async with website(tmp_path, people=PEOPLE, agents=2, robots=True, more=more) as site:
        await asyncio.sleep(3 * 3600)
        supervisor = await site.sign_in("supervisor")
        found = await supervisor.get("/reports", campaign=CAMPAIGN, by="hour")
        (table,) = [one for one in found["tables"] if one["name"] == "gain"]
        (row,) = table["rows"]
        assert row[0] == CAMPAIGN
        assert row[1] > 0
        assert row[2] > 0
        assert 0 < row[4] < 6
