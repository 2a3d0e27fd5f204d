"""A daemon in this process on a real lab, with its list, its agents and both records at hand."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import config
import storage
from dialer import app
from dialer.control import Control
from dialer.lab import shift
from dialer.lab.lab import Lab
from dialer.lab.people import Person
from dialer.lab.record import CarrierCall
from dialer.lab.robots import Robots

CAMPAIGN = shift.CAMPAIGN
_serials = itertools.count(1)


def serial() -> int:
    """A number for a person nobody else in this run of tests calls."""
    return next(_serials) % 1000


@dataclass
class Shift:
    """What a test of a running floor looks at."""

    lab: Lab
    settings: config.Settings
    control: Control
    began: float
    facts: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def floor(self) -> Any:
        """The pure floor."""
        return self.control.dialer.floors[CAMPAIGN].floor

    def agent(self, name: str) -> Any:
        """One agent's state on the floor."""
        return self.floor.roster.get(name)

    def of(self, kind: str) -> list[Mapping[str, Any]]:
        """The facts of one kind, in order."""
        return [fact for fact in self.facts if fact["fact"] == kind]

    async def until(self, true: Callable[[], bool], timeout_s: float = 120) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(timeout_s):
            while not true():
                await asyncio.sleep(0.01)

    async def attempts(self) -> dict[str, storage.Attempt]:
        """The attempts in the books by number, once everything written is in the database."""
        async with asyncio.timeout(120):
            await self.control.dialer.books.applied()
        found = await storage.attempts.of_campaign(
            self.control.dialer.db, CAMPAIGN, since=shift.EPOCH, limit=10_000
        )
        return {attempt.e164: attempt for attempt in found}

    def carrier(self) -> dict[str, CarrierCall]:
        """The people's calls as the carrier played them since this shift began, by number."""
        calls = self.lab.carrier_calls()
        return {call.number: call for call in calls if call.person and call.arrived_at >= self.began - 0.5}

    async def until_played(self, people: tuple[Person, ...]) -> None:
        """Wait until every person's call is over, on both sides."""
        await self.until(lambda: len(self.of("attempt_ended")) >= len(people))
        await self.until(lambda: {one.number for one in people} <= set(self.carrier()))


@asynccontextmanager
async def working(
    lab: Lab,
    folder: Path,
    people: tuple[Person, ...],
    *,
    agents: int = 1,
    seated: bool = True,
    robots: bool = True,
    start: bool = True,
    also: Mapping[str, Mapping[str, Any]] | None = None,
    **plan: Any,
) -> AsyncIterator[Shift]:
    """A daemon with its list loaded and its agents ready; with `robots` they judge their conversations.

    `also` adds to the sections of the configuration.
    """
    wanted = shift.Plan(people, agents=agents, **plan)
    settings = shift.settings_of(lab, wanted, folder)
    if also is not None and settings.file is not None:
        document = json.loads(settings.file.read_text())
        for section, entries in also.items():
            document[section] |= entries
        settings.file.write_text(json.dumps(document))
        settings = config.load(settings.file)
    Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
    helpers = Robots(lambda: wanted.wrap_s, lambda: "done")
    facts: list[Mapping[str, Any]] = []

    def hear(campaign: str, fact: Mapping[str, Any]) -> None:
        facts.append(fact)
        if robots:
            helpers.hear(campaign, fact)

    async with app.running(settings, listener=hear) as control:
        helpers.control = control
        now = control.dialer.clock.now()
        await shift.load_leads(control.dialer.db, settings.campaigns[CAMPAIGN], people, folder, wanted.asks)
        if seated:
            await shift.open_floor(control, agents)
        made = Shift(lab, settings, control, now, facts)
        if start:
            await control.set_run_state(CAMPAIGN, "running")
        try:
            yield made
        finally:
            for agent in list(made.floor.roster):
                if agent.state.value != "out":
                    await control.log_out(agent.id)
            await helpers.close()
