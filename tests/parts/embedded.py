"""The whole daemon on the embedded switch, on virtual time, with the lab's people at the other end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import storage
from ami.address import NodeAddress
from ami.fake import Behaviour, FakeAsterisk, Sounds
from dialer import app
from dialer.control import Control
from dialer.lab import shift, sounds
from dialer.lab.people import Person
from dialer.lab.robots import Robots
from tests.parts.twins import lab_callee, lab_phone

LENGTHS_S = {f"dialer/{name}": sum(part[1] for part in score) for name, score in sounds.PBX_SOUNDS.items()}
CAMPAIGN = shift.CAMPAIGN


class Place:
    """What a shift's settings need to know of a lab."""

    trunk_dial = "PJSIP/{number}@carrier"
    trunk2_dial = "PJSIP/{number}@carrier2"

    def __init__(self, node: NodeAddress) -> None:
        self.node = node

    def endpoint(self, agent_no: int) -> str:
        return f"PJSIP/agent{agent_no}@phones"


@dataclass
class Floor:
    """A floor at work: the daemon's handle, the switch, and the list."""

    control: Control
    asterisk: FakeAsterisk
    people: tuple[Person, ...]

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def attempts(self) -> tuple[storage.Attempt, ...]:
        """The attempts in the books, with all that was written."""
        await self.control.dialer.books.applied()
        db = self.control.dialer.db
        return await storage.attempts.of_campaign(db, CAMPAIGN, since=shift.EPOCH, limit=100_000)

    async def until_worked_off(self, within_s: float = 600) -> None:
        """Wait until everybody on the list was tried, and no call is left."""
        async with asyncio.timeout(within_s):
            while True:
                status = await self.control.campaign_status(CAMPAIGN)
                left = status["leads"].get("pending", 0) + status["leads"].get("claimed", 0)
                if not left and not self.control.dialer.floors[CAMPAIGN].floor.calls:
                    return
                await asyncio.sleep(1)

    async def ready_again(self) -> None:
        """Every agent who was taken from the floor comes back to it."""
        for row in await self.control.agents():
            if row["state"] == "away":
                await self.control.ready(row["id"])


@asynccontextmanager
async def working(
    folder: Path, people: tuple[Person, ...], *, agents: int, seed: int = 0, **plan: Any
) -> AsyncIterator[Floor]:
    """A daemon with its list loaded and its agents at work; every agent logs out at the end."""
    async with FakeAsterisk(
        behaviour=Behaviour(lab_callee, lambda endpoint: lab_phone(endpoint, {})),
        sounds=Sounds(LENGTHS_S),
        seed=seed,
    ) as asterisk:
        wanted = shift.Plan(people, agents=agents, **plan)
        place: Any = Place(replace(asterisk.node, name="pbx"))
        settings = shift.settings_of(place, wanted, folder)
        Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
        robots = Robots(lambda: wanted.wrap_s, lambda: "done")
        async with app.running(settings, listener=robots.hear) as control:
            robots.control = control
            await shift.load_leads(
                control.dialer.db, settings.campaigns[CAMPAIGN], people, folder, wanted.asks
            )
            await shift.open_floor(control, agents)
            await control.set_run_state(CAMPAIGN, "running")
            try:
                yield Floor(control, asterisk, people)
            finally:
                for row in await control.agents():
                    if row["state"] != "out":
                        await control.log_out(row["id"])
                await robots.close()


async def balance(floor: Floor, unseen_s: float = 0.0) -> list[str]:
    """What does not agree between the books and the carrier's own record; empty when all does.

    `unseen_s`: how long the begin or the end of a conversation may have gone unseen.
    """
    attempts = await floor.attempts()
    carrier = {call.call_id: call for call in floor.asterisk.calls}
    wrong = [f"{one.attempt_id} is not ended" for one in attempts if one.state != "ended"]
    numbers = Counter(call.number for call in carrier.values())
    wrong += [f"{number} was called {n} times" for number, n in numbers.items() if n > 1]
    known = {one.attempt_id for one in attempts}
    wrong += [f"{call_id} is in no book" for call_id in carrier.keys() - known]
    for one in attempts:
        call = carrier.get(one.attempt_id)
        if call is None:
            if one.outcome not in ("unknown", "not_dialed"):
                wrong.append(f"{one.attempt_id}: {one.outcome}, but the carrier never saw it")
            continue
        if (
            call.heard_message()
            and not call.heard_agent()
            and not (one.abandoned or one.outcome == "machine")
        ):
            wrong.append(f"{one.attempt_id}: heard the message, booked as {one.outcome}")
        late_s = (one.talk_s or 0.0) - call.talk_s
        if call.heard_agent() and one.outcome != "unknown" and abs(late_s) > 0.01 + unseen_s:
            wrong.append(f"{one.attempt_id}: talked {call.talk_s} s, booked {one.talk_s}")
    return wrong
