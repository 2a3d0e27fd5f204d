"""A floor that works on and on, on the embedded switch and virtual time, with a fault every minute."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

import ami
import storage
from ami.fake import FakeAsterisk
from dialer import app, leads
from dialer.compliance import numbers
from dialer.control import Control, ControlError
from dialer.lab.robots import Robots
from dialer.runtime.tasks import outside
from tests.bench import _floor
from tests.chaos import virtual
from tests.chaos.virtual import Fault, Ride

FAULT_EVERY_S = 60.0
LOOK_EVERY_S = 10.0
LEADS_AT_A_TIME = 3600.0
"""A list is added for so many seconds of dialing."""

AWAY_S = 8.0


async def split(ride: Ride) -> None:
    """Small reads for a while, each of which is an event of the loop."""
    ride.asterisk.faults.split_bytes = 100
    await asyncio.sleep(5)
    ride.asterisk.faults.split_bytes = 0


FAULTS: tuple[Fault, ...] = (
    virtual.cut,
    virtual.half_open,
    virtual.kill_switch,
    virtual.lose_events,
    virtual.slow,
    virtual.deaf,
    split,
    virtual.bad_trunk,
    virtual.drop_phone,
)
"""Of the switch and the line; the daemon itself lives on, and the database is taken away besides."""


@dataclass
class Lasting:
    """A floor at work."""

    control: Control
    asterisk: FakeAsterisk
    robots: Robots
    agents: int
    rate: float
    folder: Path
    dice: random.Random
    faults: int = 0
    added: int = 0

    @property
    def dialed(self) -> int:
        """Calls placed so far."""
        return int(self.floor.dialed)

    @property
    def floor(self) -> Any:
        """The daemon's floor."""
        return self.control.dialer.floors[_floor.CAMPAIGN].floor

    @property
    def found(self) -> tuple[str, ...]:
        """Invariants that broke."""
        return self.control.dialer.floors[_floor.CAMPAIGN].watch.found

    async def add_leads(self, count: int) -> None:
        """New people on the list, by the importer an operator uses."""
        dialer, first = self.control.dialer, self.added
        self.added += count
        file = self.folder / "leads.csv"
        await asyncio.to_thread(_floor.write_leads, file, count, first)
        campaign = dialer.settings.campaigns[_floor.CAMPAIGN]
        work = leads.import_file(dialer.db, campaign, file, now=dialer.clock.utc())
        added = (await outside("leads", work, 900.0)).added
        if added != count:
            raise RuntimeError(f"{added} of {count} leads were taken")
        dialer.leads_changed(_floor.CAMPAIGN)

    async def play(self, seconds: float) -> None:
        """Work for so long, with a fault every minute; all is mended at the end."""
        fault_at = asyncio.get_running_loop().time()
        ends = fault_at + seconds
        while asyncio.get_running_loop().time() < ends:
            await asyncio.gather(self._fault(), asyncio.sleep(FAULT_EVERY_S))
            await self._mend()

    async def rest(self) -> None:
        """No call and nobody in wrap-up: what is kept now is kept for good."""
        await self.control.set_run_state(_floor.CAMPAIGN, "paused")
        async with asyncio.timeout(1800):
            while not self.floor.quiet or self.asterisk.sessions != 1:
                await asyncio.sleep(5)
        await asyncio.sleep(90)  # an audit has passed, and every flag was read
        dialer = self.control.dialer
        await outside("books", dialer.books.applied(), 60.0)
        dialer.db.engine.clear_compiled_cache()  # kept up to a bound, as the numbers read are
        numbers.read_e164.cache_clear()

    async def go_on(self) -> None:
        """Dial again."""
        await self.control.set_run_state(_floor.CAMPAIGN, "running")

    async def _fault(self) -> None:
        self.faults += 1
        which = self.faults % (len(FAULTS) + 1)
        if which == len(FAULTS):
            with database_away(self.control.dialer.db):
                await asyncio.sleep(AWAY_S)
            return
        await FAULTS[which](Ride(cast("Any", None), self.asterisk, self.dice))

    async def _mend(self) -> None:
        """Nothing is broken any more, and everybody is at work."""
        faults = self.asterisk.faults
        faults.silent, faults.delay_s, faults.split_bytes, faults.deaf_to = False, 0.0, 0, set()
        faults.lost.clear()
        for row in await self.control.agents():
            with contextlib.suppress(ControlError, ami.AmiError):
                if row["state"] == "out":
                    await self.control.log_in(row["id"], ready=True)
                elif row["state"] == "away":
                    await self.control.ready(row["id"])
        if self.added < self.dialed + LEADS_AT_A_TIME * self.rate / 2:
            await self.add_leads(round(LEADS_AT_A_TIME * self.rate))


@contextlib.contextmanager
def database_away(db: storage.Database) -> Iterator[None]:
    """No transaction can be begun."""

    def refuse(_: sa.Connection) -> None:
        raise storage.DatabaseAway("taken away by the test")

    sa.event.listen(db.engine.sync_engine, "begin", refuse)
    try:
        yield
    finally:
        sa.event.remove(db.engine.sync_engine, "begin", refuse)


@contextlib.asynccontextmanager
async def lasting(
    folder: Path,
    *,
    agents: int,
    rate: float,
    first_leads: int | None = None,
    database: str = "",
    keep_calls: int = 1_000,
    seed: int = 1,
    before: Callable[[Path], None] = lambda _: None,
) -> AsyncIterator[Lasting]:
    """A daemon with agents seated and its campaign running; `before` is shown the folder of its data."""
    robots = Robots(lambda: _floor.WRAP_S, lambda: "done")
    async with FakeAsterisk(behaviour=_floor.people(seed), keep_calls=keep_calls, seed=seed) as asterisk:
        settings = await asyncio.to_thread(_floor.settings, folder, asterisk.node, agents, rate, database)
        await asyncio.to_thread(before, Path(settings.data_dir))
        async with app.running(settings, listener=robots.hear, durable=False) as control:
            robots.control = control
            made = Lasting(control, asterisk, robots, agents, rate, folder, random.Random(seed))
            await made.add_leads(first_leads or round(LEADS_AT_A_TIME * rate))
            await _floor.seat(control, agents)
            await made.go_on()
            yield made
            await robots.close()
