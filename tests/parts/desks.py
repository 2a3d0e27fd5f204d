"""Agents at their desks on the embedded switch: nobody works by themselves, a test does what a person would."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import storage
from ami.fake import Behaviour, FakeAsterisk, Sounds
from dialer import app
from dialer.control import Control
from dialer.core import invariants
from dialer.core.agent import Agent
from dialer.core.call import Call
from dialer.core.floor import Floor
from dialer.lab import shift
from dialer.lab.people import Kind, Person
from tests.parts.embedded import LENGTHS_S, Place
from tests.parts.twins import lab_callee, lab_phone
from tests.parts.virtual_time import eventually

CAMPAIGN = shift.CAMPAIGN


@dataclass
class Desks:
    """A daemon with agents a0, a1, ...; `facts` is all the floor told."""

    control: Control
    asterisk: FakeAsterisk
    facts: list[dict[str, Any]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def floor(self) -> Floor:
        """The floor of the one campaign."""
        return self.control.dialer.floors[CAMPAIGN].floor

    def agent(self, agent_id: str) -> Agent:
        """What the floor knows of an agent."""
        found = self.floor.roster.get(agent_id)
        assert found is not None
        return found

    def call(self, agent_id: str) -> Call:
        """The call this agent is locked for."""
        call_id = self.agent(agent_id).call_id
        assert call_id is not None
        return self.floor.calls[call_id]

    async def until(self, true: Callable[[], bool], within_s: float = 60) -> None:
        """Wait until something holds."""
        await eventually(true, within_s=within_s)

    async def until_state(self, agent_id: str, *states: str) -> None:
        """Wait until the agent is in one of these states."""
        await self.until(lambda: self.agent(agent_id).state.value in states)

    async def talking(self, agent_id: str) -> Call:
        """Let this agent alone be ready, and wait until a person is on the line."""
        await self.control.ready(agent_id, skip_interval=True)
        await self.until_state(agent_id, "talking")
        await asyncio.sleep(0.5)  # nobody acts in the very instant of the bridge
        return self.call(agent_id)

    def legs(self) -> dict[str, frozenset[str]]:
        """Who is with whom on the switch: the ids in each bridge, by the id of each member."""
        found: dict[str, frozenset[str]] = {}
        for channel in self.asterisk.machine.channels.values():
            if channel.bridge is not None:
                found[channel.unique_id] = frozenset(channel.bridge.members)
        return found

    def together(self, *channels: str | None) -> bool:
        """Whether exactly these are in one bridge."""
        wanted = frozenset(one for one in channels if one)
        return all(self.legs().get(one) == wanted for one in wanted)

    def hang_up(self, channel_id: str) -> None:
        """The far end of this leg hangs up."""
        self.asterisk.hang_up_far(channel_id)

    def watch(self) -> None:
        """From now on every fact of the floor is looked at with all that must hold on it."""

        def look(_campaign: str, fact: Mapping[str, Any]) -> None:
            wrong = invariants.violations(self.floor)
            wrong += invariants.leaked(self.floor.trunks, [self.floor])
            self.wrong += [f"after {fact['fact']}: {one}" for one in wrong]

        self.control.dialer.listen(look)

    def told(self, *names: str) -> list[str]:
        """The facts of these kinds, in order."""
        return [fact["fact"] for fact in self.facts if fact["fact"] in names]

    async def attempts(self) -> tuple[storage.Attempt, ...]:
        """The attempts in the books, with all that was written."""
        await self.control.dialer.books.applied()
        db = self.control.dialer.db
        return await storage.attempts.of_campaign(db, CAMPAIGN, since=shift.EPOCH, limit=1000)

    async def lead(self, lead_id: int) -> storage.Lead:
        """A lead as the books have it now."""
        await self.control.dialer.books.applied()
        found = await storage.leads.by_id(self.control.dialer.db, lead_id)
        assert found is not None
        return found


def person(serial: int, **kind: Any) -> Person:
    """Somebody who answers after two seconds and talks until the test hangs up."""
    return Person(Kind.HUMAN, serial, ring_s=2.0, **kind)


@asynccontextmanager
async def at_desks(
    folder: Path,
    people: tuple[Person, ...],
    *,
    agents: int = 3,
    phones: dict[str, str] | None = None,
    running: bool = True,
    recordings: Path | None = None,
    asterisk: FakeAsterisk | None = None,
    **plan: Any,
) -> AsyncIterator[Desks]:
    """A daemon with its list and its agents logged in and away; whoever is on the line at the end is hung up."""
    async with (
        FakeAsterisk(
            behaviour=Behaviour(lab_callee, lambda endpoint: lab_phone(endpoint, phones or {})),
            sounds=Sounds(LENGTHS_S),
            recordings=recordings,
        ) as switch,
        daemon(switch, folder, people, agents=agents, **plan) as desks,
    ):
        if running:
            await desks.control.set_run_state(CAMPAIGN, "running")
        yield desks
        for channel_id in [one for one in switch.machine.channels if not one.startswith("s-")]:
            if channel_id in switch.machine.channels:  # the end of another may have been its end too
                desks.hang_up(channel_id)
        await desks.until(lambda: not desks.floor.calls)


@asynccontextmanager
async def daemon(
    switch: FakeAsterisk, folder: Path, people: tuple[Person, ...], *, agents: int = 3, **plan: Any
) -> AsyncIterator[Desks]:
    """One life of a daemon on a switch that runs; its agents are logged in unless an earlier life left them."""
    wanted = shift.Plan(people, agents=agents, **plan)
    place: Any = Place(replace(switch.node, name="pbx"))
    settings = shift.settings_of(place, wanted, folder)
    Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
    facts: list[dict[str, Any]] = []
    async with app.running(settings, listener=lambda _campaign, fact: facts.append(dict(fact))) as control:
        await shift.load_leads(control.dialer.db, settings.campaigns[CAMPAIGN], people, folder)
        desks = Desks(control, switch, facts)
        await eventually(lambda: all(node.up for node in control.dialer.nodes.values()), within_s=60)
        for n in range(agents):
            if desks.floor.roster.get(f"a{n}") is None:
                await control.log_in(f"a{n}")
                await desks.until_state(f"a{n}", "away")
        desks.watch()
        yield desks
        assert desks.wrong == []
