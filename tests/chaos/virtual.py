"""A floor on the embedded switch and virtual time under a random schedule of faults; the seed tells it all."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ami
import storage
from ami.fake import Behaviour, Callee, FakeAsterisk, Kind, Sounds, congested, run
from dialer import replay
from dialer.control import ControlError
from dialer.lab import shift
from tests.parts.embedded import CAMPAIGN, LENGTHS_S, Floor, Place, balance
from tests.parts.mortal import Mortal
from tests.parts.twins import lab_callee, lab_phone

PEOPLE = 30
AGENTS = 4
MOST_FAULTS = 5
SETTLED_S = 150.0
"""After the last fault: what nobody told is found by looking."""


@dataclass
class Ride:
    """One run: the daemon, the switch, dice, and what was done to them."""

    mortal: Mortal
    asterisk: FakeAsterisk
    dice: random.Random
    done: list[str] = field(default_factory=list)
    blind_s: float = 0.0


Fault = Callable[[Ride], Awaitable[None]]


async def kill_daemon(ride: Ride) -> None:
    """kill -9, and a start some time later."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await ride.mortal.kill()
    await asyncio.sleep(ride.dice.choice((0.1, 2.0, 20.0)))
    await ride.mortal.start()
    ride.blind_s += loop.time() - began + 5


async def cut(ride: Ride) -> None:
    ride.asterisk.cut()
    ride.blind_s += 2


async def half_open(ride: Ride) -> None:
    ride.asterisk.faults.silent = True
    await asyncio.sleep(ride.dice.uniform(2, 25))
    ride.asterisk.faults.silent = False
    ride.asterisk.cut()
    ride.blind_s += 40


async def kill_switch(ride: Ride) -> None:
    await ride.asterisk.kill()
    await asyncio.sleep(ride.dice.uniform(0.5, 8))
    await ride.asterisk.start()
    ride.blind_s += 25


async def lose_events(ride: Ride) -> None:
    names = ("Hangup", "OriginateResponse", "BridgeEnter", "BridgeLeave", "DialEnd", "DialState")
    ride.asterisk.faults.lost.update(dict.fromkeys(ride.dice.sample(names, 3), ride.dice.randint(1, 4)))
    ride.blind_s += 70


async def slow(ride: Ride) -> None:
    ride.asterisk.faults.delay_s = ride.dice.uniform(0.05, 0.6)
    await asyncio.sleep(10)
    ride.asterisk.faults.delay_s = 0.0
    ride.blind_s += 1


async def deaf(ride: Ride) -> None:
    ride.asterisk.faults.deaf_to = set(ride.dice.sample(("bridge", "originate", "hangup"), 2))
    await asyncio.sleep(8)
    ride.asterisk.faults.deaf_to = set()
    ride.blind_s += 15


async def split(ride: Ride) -> None:
    ride.asterisk.faults.split_bytes = ride.dice.choice((1, 7, 100))


async def bad_trunk(ride: Ride) -> None:
    behaviour = ride.asterisk.behaviour
    fate = ride.dice.choice((congested(), Callee(Kind.DEAD)))
    ride.asterisk.behaviour = Behaviour(behaviour.callee, behaviour.phone, {"carrier": fate}.get)
    await asyncio.sleep(8)
    ride.asterisk.behaviour = behaviour


async def drop_phone(ride: Ride) -> None:
    seats = sorted(one for one in ride.asterisk.machine.channels if one.startswith("s-"))
    if seats:
        ride.asterisk.hang_up_far(ride.dice.choice(seats))


async def act(ride: Ride) -> None:
    """Agents do what agents do, at the worst moment."""
    agent = f"a{ride.dice.randrange(AGENTS)}"
    with contextlib.suppress(ControlError):
        match ride.dice.randrange(4):
            case 0:
                await ride.mortal.control.pause(agent)
            case 1:
                await ride.mortal.control.log_out(agent)
            case 2:
                await ride.mortal.control.set_interval(agent, ride.dice.choice((0.0, 5.0, 30.0)))
            case _:
                await ride.mortal.control.ready(agent, skip_interval=True)


FAULTS: tuple[Fault, ...] = (
    kill_daemon, kill_daemon, cut, half_open, kill_switch, lose_events, slow, deaf, split, bad_trunk, drop_phone, act,
)  # fmt: skip


def ride(seed: int, template: Path) -> tuple[list[str], list[str]]:
    """Play the schedule of this seed; what was done, and what is wrong after it (empty: all holds)."""
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    try:
        done, wrong = run(_ride(seed, folder, template))
        difference = replay.replay(replay.opened(folder / "data").records()).difference
        return done, [*wrong, *([] if difference is None else [f"not the same again: {difference}"])]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _ride(seed: int, folder: Path, template: Path) -> tuple[list[str], list[str]]:
    dice = random.Random(seed)
    async with begun(dice, folder, template, seed) as ride:
        for _ in range(dice.randint(1, MOST_FAULTS)):
            await asyncio.sleep(dice.uniform(0.0, 12.0))
            fault = dice.choice(FAULTS)
            ride.done.append(f"{asyncio.get_running_loop().time():.2f} {fault.__name__}")
            await fault(ride)
        wrong = await _settled(ride)
        await ride.mortal.close()
        return ride.done, [*wrong, *ride.mortal.found]


@contextlib.asynccontextmanager
async def begun(dice: random.Random, folder: Path, template: Path, seed: int) -> AsyncIterator[Ride]:
    people = shift.mixed(PEOPLE, no_answer=4)
    asterisk = FakeAsterisk(
        behaviour=Behaviour(lab_callee, lambda endpoint: lab_phone(endpoint, {})),
        sounds=Sounds(LENGTHS_S),
        seed=seed,
    )
    async with asterisk:
        place: Any = Place(replace(asterisk.node, name="pbx"))
        mode = dice.choice(("predictive", "progressive"))
        drop = dice.choice(("hang_up", "rescue"))
        plan = shift.Plan(people, agents=AGENTS, mode=mode, agent_drop=drop)
        settings = shift.settings_of(place, plan, folder)
        Path(settings.data_dir).mkdir()
        shutil.copy(template, settings.database.removeprefix("sqlite:///"))
        mortal = Mortal(settings)
        await mortal.start()
        await shift.load_leads(mortal.dialer.db, settings.campaigns[CAMPAIGN], people, folder)
        await shift.open_floor(mortal.control, AGENTS)
        await mortal.control.set_run_state(CAMPAIGN, "running")
        yield Ride(mortal, asterisk, dice)


async def _settled(ride: Ride) -> list[str]:
    """Mend all, let the list be worked off, and compare every record with every other."""
    try:
        async with asyncio.timeout(1200):
            while not await _worked_off(ride):
                if ride.mortal.dialer.floors[CAMPAIGN].watch.found:
                    return []  # it dials nobody any more, and is told of at the end
                await _work_again(ride)
                await asyncio.sleep(5)
    except TimeoutError:
        status = await ride.mortal.control.campaign_status(CAMPAIGN)
        return [f"never done: {status['why']}; leads {status['leads']}"]
    await asyncio.sleep(SETTLED_S)
    floor = Floor(ride.mortal.control, ride.asterisk, ())
    wrong = await balance(floor, ride.blind_s)
    counts = await storage.leads.counts(ride.mortal.dialer.db, CAMPAIGN)
    if sum(counts.values()) != PEOPLE or {"claimed", "in_call"} & {k for k, n in counts.items() if n}:
        wrong.append(f"leads: {counts}")
    calls = [one for one in ride.asterisk.machine.channels if one.startswith("c-")]
    if calls:
        wrong.append(f"calls nobody knows: {calls}")
    return wrong


async def _worked_off(ride: Ride) -> bool:
    dialer = ride.mortal.dialer
    counts = await storage.leads.counts(dialer.db, CAMPAIGN)
    left = sum(counts.get(state, 0) for state in ("pending", "claimed", "in_call", "wrap_up"))
    return not left and not dialer.floors[CAMPAIGN].floor.calls


async def _work_again(ride: Ride) -> None:
    control = ride.mortal.control
    for row in await control.agents():
        with contextlib.suppress(ControlError, ami.AmiError):
            if row["state"] == "out":
                await control.log_in(row["id"], ready=True)
            elif row["state"] == "away":
                await control.ready(row["id"])


def new_template(folder: Path) -> Path:
    """A database file with the schema: migrating takes longer than a run."""

    async def upgrade() -> None:
        database = await storage.Database.open(f"sqlite:///{folder}/template.db")
        await database.upgrade()
        await database.close()

    asyncio.run(upgrade())
    return folder / "template.db"
