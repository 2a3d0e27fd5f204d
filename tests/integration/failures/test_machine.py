"""The machine fails: the daemon stands still, has no file left to open, the clock is moved, the disk is full."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

import storage
from dialer.lab import shift
from dialer.lab.lab import Lab
from dialer.lab.people import Person
from tests.parts.daemons import Daemon
from tests.parts.embedded import CAMPAIGN, working
from tests.parts.faults import FaultProxy, fault_proxy
from tests.parts.trouble import Through, at_work, list_of, until_not_ready
from tests.parts.virtual_time import eventually, on_virtual_time


@pytest.fixture
def daemons() -> Iterator[list[Daemon]]:
    made: list[Daemon] = []
    yield made
    for daemon in made:
        daemon.close()


async def _daemon(
    lab: Lab, proxy: FaultProxy, folder: Path, made: list[Daemon], people: tuple[Person, ...]
) -> Daemon:
    """A daemon process at work behind a proxy, with three agents."""
    plan = shift.Plan(people, agents=3, intervals_s=(0.2,), more={"wrap_up_max_s": 0.2})
    through: Any = Through(lab, proxy)
    settings = shift.settings_of(through, plan, folder)
    Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
    db = await storage.Database.open(settings.database)
    await db.upgrade()
    await shift.load_leads(db, settings.campaigns[CAMPAIGN], people, folder)
    await db.close()
    daemon = Daemon(settings, folder / "dialer.yaml")
    made.append(daemon)
    await daemon.start()
    for n in range(3):
        await daemon.ask("log_in", agent=f"a{n}", ready=True)
    await daemon.ask("set_run_state", campaign=CAMPAIGN, state="running")
    await _connected(daemon, 3)
    return daemon


async def _connected(daemon: Daemon, more: int) -> None:
    """Wait until so many more people were connected."""

    async def count() -> int:
        row = await daemon.ask("campaign_status", campaign=CAMPAIGN)
        return int(row["outcomes_24h"].get("connected", 0))

    async with asyncio.timeout(120):
        enough = await count() + more
        while await count() < enough:
            await asyncio.sleep(0.1)


async def _books_are_true(lab: Lab, daemon: Daemon, since: float, talker: Person) -> None:
    await daemon.ask("set_run_state", campaign=CAMPAIGN, state="stopped")
    async with asyncio.timeout(120):
        while True:
            row = await daemon.ask("campaign_status", campaign=CAMPAIGN)
            if row["dialing"] + row["ringing"] + row["waiting"] == 0 and row["talking"] <= 1:
                break
            await asyncio.sleep(0.2)
    assert row["talking"] == 1, "the long conversation was cut"
    for agent in row["agents"]:
        await daemon.ask("log_out", agent=agent["id"])
    await lab.hang_up_at_carrier(talker.number)  # the next test finds a quiet switch
    rung = [one for one in lab.carrier_calls() if one.person and one.arrived_at >= since]
    assert len({one.number for one in rung}) == len(rung), "somebody was called twice"
    assert all(one.ended_by == "callee" for one in rung if one.person and one.ended_at - one.arrived_at > 2)


@pytest.mark.asterisk
@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["stopped for a while", "no file left to open"])
async def test_a_daemon_in_trouble_cuts_nobody_calls_nobody_twice_and_goes_on(
    trouble: str, lab: Lab, tmp_path: Path, daemons: list[Daemon]
) -> None:
    since = time.time()
    async with fault_proxy("127.0.0.1", lab.node.port) as proxy:
        people = list_of(120)
        daemon = await _daemon(lab, proxy, tmp_path, daemons, people)
        process = daemon._process
        assert process is not None
        if trouble == "stopped for a while":
            process.send_signal(signal.SIGSTOP)
            await asyncio.sleep(7)
            process.send_signal(signal.SIGCONT)
            await eventually(lambda: "daemon_stood_still" in daemon.log.read_text(), within_s=60)
        else:
            _, most = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (3, most))
            proxy.cut()  # the line cannot be opened again
            await eventually(lambda: daemon.log.read_text().count("Too many open files") > 1, within_s=60)
            assert proxy.connections == 1
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (most, most))
        await _connected(daemon, 3)
        await _books_are_true(lab, daemon, since, people[0])


@pytest.mark.asterisk
@pytest.mark.slow
async def test_a_loop_that_stood_still_asks_the_switch_and_goes_on(lab: Lab, tmp_path: Path) -> None:
    async with at_work(lab, tmp_path, list_of(60)) as trouble:
        pulse = trouble.shift.control.dialer.pulse
        time.sleep(5)  # noqa: ASYNC251 - the very thing
        await trouble.dials_again()
        await trouble.shift.until(lambda: pulse.standstills >= 1)
        assert pulse.longest_standstill_s > 2


@on_virtual_time
@pytest.mark.parametrize("hours", [1, -1])
async def test_a_clock_that_is_moved_stops_new_calls_until_it_is_right_again(
    hours: int, tmp_path: Path
) -> None:
    async with working(tmp_path, shift.mixed(60), agents=3) as floor:
        dialer = floor.control.dialer
        runner = dialer.floors[CAMPAIGN]
        await asyncio.sleep(5)
        right = dialer.clock._wall
        dialer.clock._wall = lambda: right() + 3600.0 * hours
        await asyncio.sleep(5)
        dialed = runner.floor.dialed
        why = (await floor.control.campaign_status(CAMPAIGN))["why"]
        moved = f"moved {'forward' if hours > 0 else 'back'} by 3600 s"
        assert moved in why
        await until_not_ready(floor.control, moved)
        await asyncio.sleep(20)
        assert runner.floor.dialed == dialed
        dialer.clock._wall = right
        await floor.until_worked_off()
        assert runner.floor.dialed > dialed


@on_virtual_time
async def test_a_full_disk_under_sqlite_stops_new_calls_until_there_is_room(tmp_path: Path) -> None:
    async with working(tmp_path, shift.mixed(60), agents=3) as floor:
        dialer = floor.control.dialer
        runner = dialer.floors[CAMPAIGN]
        await asyncio.sleep(5)
        full = True

        @event.listens_for(dialer.db.engine.sync_engine, "checkout")
        def _limit(connection: Any, _record: object, _proxy: object) -> None:
            connection.cursor().execute(f"PRAGMA max_page_count = {1 if full else 2**30}")

        await _fill(dialer.db)
        await eventually(lambda: "full" in runner.floor.why.text, within_s=120)
        await until_not_ready(floor.control, "full")
        dialed = runner.floor.dialed
        await asyncio.sleep(20)
        assert runner.floor.dialed == dialed
        full = False
        await floor.until_worked_off()
        assert runner.floor.dialed > dialed


async def _fill(db: storage.Database) -> None:
    """Use up what the file has free inside, so that it must grow."""
    try:
        async with db.write() as connection:
            await connection.exec_driver_sql("CREATE TABLE filler (what)")
            await connection.exec_driver_sql("INSERT INTO filler VALUES (zeroblob(3000000))")
    except (storage.StorageError, sqlite3.Error):
        return


@on_virtual_time
async def test_a_full_disk_under_the_journal_stops_new_calls_until_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(tmp_path, shift.mixed(60), agents=3) as floor:
        runner = floor.control.dialer.floors[CAMPAIGN]
        await asyncio.sleep(5)
        real = os.fdatasync

        def full(_: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fdatasync", full)
        await eventually(lambda: "the journal cannot be written" in runner.floor.why.text, within_s=60)
        await until_not_ready(floor.control, "cannot be written")
        dialed = runner.floor.dialed
        await asyncio.sleep(20)
        assert runner.floor.dialed == dialed
        monkeypatch.setattr(os, "fdatasync", real)
        await asyncio.to_thread(time.sleep, 1.2)  # the journal's thread tries again each second of real time
        await floor.until_worked_off()
        assert runner.floor.dialed > dialed
