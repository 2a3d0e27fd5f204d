"""Two daemons, one PostgreSQL, one real Asterisk: the standby takes over, adopts the calls, and never do two dial."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import config
import storage
from dialer.lab import shift
from dialer.lab.lab import Lab
from dialer.lab.people import Person
from dialer.ops import socket as control_socket
from dialer.runtime import leadership
from dialer.runtime.ids import Ids, boot_of
from storage import leases
from tests.parts.daemons import Daemon
from tests.parts.postgres import Server
from tests.parts.trouble import list_of

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.slow]

PROMISED_S = 10.0


@dataclass
class Pair:
    """Two daemons of one configuration; the first leads."""

    lab: Lab
    db: storage.Database
    people: tuple[Person, ...]
    first: Daemon
    second: Daemon
    since: float

    async def status(self, daemon: Daemon) -> dict[str, Any]:
        row: dict[str, Any] = await daemon.ask("campaign_status", campaign=shift.CAMPAIGN)
        return row

    async def connected(self, daemon: Daemon, more: int) -> None:
        """Wait until so many more people were connected."""
        async with asyncio.timeout(120):
            enough = (await self.status(daemon))["outcomes_24h"].get("connected", 0) + more
            while (await self.status(daemon))["outcomes_24h"].get("connected", 0) < enough:
                await asyncio.sleep(0.1)

    async def stands_by(self, daemon: Daemon) -> None:
        """Wait until it runs; it touches nothing."""
        async with asyncio.timeout(120):
            while True:
                try:
                    assert await daemon.ask("campaigns") == []
                except control_socket.NotRunning:
                    await asyncio.sleep(0.1)
                else:
                    return

    async def taken_over(self, daemon: Daemon, name: str) -> float:
        """Wait until it leads and its lines are up; how long that took."""
        began = time.monotonic()
        async with asyncio.timeout(120):
            while (await leases.holders(self.db)).get(shift.CAMPAIGN) != name:
                await asyncio.sleep(0.05)
        await daemon.answers()
        return time.monotonic() - began

    async def boots(self) -> list[str]:
        """Which daemon's ids the attempts carry, in the order of the claims."""
        found = await storage.attempts.of_campaign(self.db, shift.CAMPAIGN, since=shift.EPOCH, limit=10_000)
        return [one.attempt_id.split("-")[2] for one in found]

    async def nobody_was_called_twice_or_cut(self, daemon: Daemon) -> None:
        await daemon.ask("set_run_state", campaign=shift.CAMPAIGN, state="stopped")
        async with asyncio.timeout(120):
            while True:
                row = await self.status(daemon)
                if row["dialing"] + row["ringing"] + row["waiting"] == 0 and row["talking"] <= 1:
                    break
                await asyncio.sleep(0.2)
        assert row["talking"] == 1, "the long conversation was cut"
        rung = [one for one in self.lab.carrier_calls() if one.person and one.arrived_at >= self.since]
        assert len({one.number for one in rung}) == len(rung), "somebody was called twice"
        boots = await self.boots()
        changes = sum(one != other for one, other in itertools.pairwise(boots))
        assert changes == len(set(boots)) - 1, "two daemons claimed at the same time"
        for agent in row["agents"]:
            await daemon.ask("log_out", agent=agent["id"])
        await self.lab.hang_up_at_carrier(self.people[0].number)  # the next test finds a quiet switch


def _settings(
    lab: Lab, folder: Path, name: str, url: str, people: tuple[Person, ...], standby: dict[str, float]
) -> config.Settings:
    plan = shift.Plan(people, agents=3, database=url, intervals_s=(0.2,), more={"wrap_up_max_s": 0.2})
    settings = shift.settings_of(lab, plan, folder)
    assert settings.file is not None
    document = json.loads(settings.file.read_text())
    document["standby"] = {"name": name, **standby}
    document["nodes"]["pbx"]["fence"] = {"username": lab.fence.username, "secret": lab.fence.secret}
    settings.file.write_text(json.dumps(document))
    return config.load(settings.file)


@asynccontextmanager
async def _pair(lab: Lab, server: Server, folder: Path, **standby: float) -> AsyncIterator[Pair]:
    people = list_of(150)
    name = server.create()
    url = server.url(name)
    db = await storage.Database.open(url)
    await db.upgrade()
    daemons = []
    for one in ("north", "south"):
        settings = _settings(lab, folder / one, one, url, people, standby)
        daemons.append(Daemon(settings, folder / one / "dialer.yaml"))
    await shift.load_leads(db, daemons[0].settings.campaigns[shift.CAMPAIGN], people, folder)
    first, second = daemons
    pair = Pair(lab, db, people, first, second, time.time())
    try:
        await first.start()
        second.spawn()
        for n in range(3):
            await first.ask("log_in", agent=f"a{n}", ready=True)
        await first.ask("set_run_state", campaign=shift.CAMPAIGN, state="running")
        await pair.connected(first, 3)
        yield pair
    finally:
        for daemon in daemons:
            daemon.close()
        await db.close()


async def test_a_standby_takes_over_from_a_leader_that_died_and_adopts_its_calls(
    lab: Lab, postgres_server: Server, tmp_path: Path
) -> None:
    async with _pair(lab, postgres_server, tmp_path) as pair:
        await pair.stands_by(pair.second)
        pair.first.kill()
        assert await pair.taken_over(pair.second, "south") < PROMISED_S
        assert "old_leader_fenced" in pair.second.log.read_text()
        await pair.connected(pair.second, 3)
        # The old leader comes back and stands by for the new one.
        pair.first.spawn()
        await pair.connected(pair.second, 3)
        await pair.stands_by(pair.first)
        await pair.nobody_was_called_twice_or_cut(pair.second)
        # Told to go, the leader gives its campaigns up at once; a standby that is told to go just goes.
        assert await pair.second.terminate() == 0
        await pair.taken_over(pair.first, "north")
        assert await pair.first.terminate() == 0


async def test_a_leader_that_was_stopped_for_a_while_never_dials_beside_the_new_one(
    lab: Lab, postgres_server: Server, tmp_path: Path
) -> None:
    async with _pair(lab, postgres_server, tmp_path, lease_s=8) as pair:
        process = pair.first._process
        assert process is not None
        process.send_signal(signal.SIGSTOP)
        await pair.taken_over(pair.second, "south")
        await pair.connected(pair.second, 3)
        process.send_signal(signal.SIGCONT)
        status = await asyncio.to_thread(process.wait, 120)
        assert status == 75, "it ends, so that it is started as a standby"
        await pair.connected(pair.second, 3)
        await pair.nobody_was_called_twice_or_cut(pair.second)


def test_the_lease_leaves_time_to_end_the_old_leaders_sessions_and_to_read_the_switch() -> None:
    lease_s = config.Standby(name="south").lease_s
    assert lease_s + leadership.POLL_S + 3.0 < PROMISED_S


async def test_a_lease_is_one_daemons_until_it_runs_out(postgres_server: Server) -> None:
    name = postgres_server.create()
    db = await storage.Database.open(postgres_server.url(name))
    await db.upgrade()
    wanted = {"spring", "autumn"}
    assert await leases.take(db, wanted, holder="north", lease_s=3) == wanted
    assert await leases.take(db, wanted, holder="south", lease_s=3) == set()
    assert await leases.take(db, wanted, holder="north", lease_s=3) == wanted
    async with asyncio.timeout(120):
        while await leases.take(db, wanted, holder="south", lease_s=60) != wanted:
            await asyncio.sleep(0.05)
    assert await leases.take(db, wanted, holder="north", lease_s=60) == set()
    await leases.release(db, holder="south")
    assert await leases.take(db, wanted, holder="north", lease_s=60) == wanted
    both = await asyncio.gather(
        *(leases.take(db, {f"c{n}" for n in range(50)}, holder=one, lease_s=60) for one in ("a", "b"))
    )
    assert sorted(len(one) for one in both) == [0, 50], "nobody gets half"
    await db.close()
    postgres_server.drop(name)


def test_two_daemons_of_one_instance_never_make_the_same_id() -> None:
    north, south = (Ids("main", boot_of(1_780_304_400.0, name)) for name in ("north", "south"))
    assert north.call() != south.call()
    assert north.call_prefix == south.call_prefix
