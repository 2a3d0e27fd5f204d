"""A shift of the demo, from the first log-in to books that balance."""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import config
import storage
from ami.fake import VirtualLoop
from config.hours import Week
from config.scenario import ScenarioFile, load_subject
from dialer import access, app, leads, private
from dialer.control import Control, ControlError
from dialer.demo import files, stages
from dialer.demo.world import World
from dialer.lab.robots import Robots
from dialer.runtime.clock import instant
from dialer.runtime.tasks import outside
from dialer.simulation import from_file
from pacing.sim import AgentPlan, Scenario, bounds

CAMPAIGN = "return-visits"
DISPOSITIONS = (("complete", 70), ("questions", 12), ("later", 15), ("do-not-call", 3))
DRAIN_S = 1800.0
PASSWORD = "cadence-demo"  # noqa: S105 - of invented people, on loopback


@dataclass(frozen=True, slots=True)
class Options:
    """How the demo is run. `speed` None is as fast as the machine can; `hours` bounds the shift.

    `real`: on the lab's Asterisk, where a second is a second; `speed` is 1 then.
    """

    folder: Path
    agents: int = 20
    leads: int = 2000
    speed: float | None = 20.0
    hours: float = 8.0
    seed: int = 7
    database: str = ""
    real: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """What a frame of the screen shows."""

    status: dict[str, Any]
    shift_s: float
    total: int
    wait_s: float | None
    address: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the shift came to, and whether three ways of counting it agree."""

    shift_s: float
    took_s: float
    dials: int
    carrier_calls: int
    outcomes: dict[str, int]
    leads_imported: int
    leads: dict[str, int]
    answered: int
    abandoned: int
    abandon_rate: float
    abandon_rate_upper_95: float
    talk_s_by_agent: float
    talk_s_by_call: float
    talk_s_by_carrier: float
    agent_wait_s: float | None
    balanced: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


class DemoError(Exception):
    """The demo's files are not what it needs."""


Show = Callable[[View], None]


async def run(options: Options, show: Show, stop: asyncio.Event) -> Summary:
    """Play the shift until the list is done, the hours are over or `stop` is set; then drain and balance."""
    began = time.monotonic()
    loop = asyncio.get_running_loop()
    await asyncio.to_thread(_prepare, options)
    # The people live in the shift's file, which may be the person's own by now.
    scenario = await asyncio.to_thread(_scenario, options.folder / "shift.yaml")
    world = World(scenario, options.seed)
    world.now = loop.time
    async with stages.real(world) if options.real else stages.embedded(world, options.seed) as stage:
        settings = await asyncio.to_thread(_load, options, stage.address)
        dice = random.Random(options.seed)  # noqa: S311 - invented people
        codes = [code for code, _ in DISPOSITIONS]
        weights = [weight for _, weight in DISPOSITIONS]
        robots = Robots(world.wrap_s, lambda: dice.choices(codes, weights)[0])
        async with app.running(settings, listener=robots.hear, durable=False) as control:
            robots.control = control
            await _let_people_in(control)
            total = await _import(control, settings, options.folder)
            await stage.invite(await outside("numbers", _numbers(control), 60.0))
            world.began = loop.time()
            await _open(control, robots, scenario.agents[: options.agents], world.began)
            await control.set_run_state(CAMPAIGN, "running")
            await _watch(control, robots, options, total, world.began, show, stop)
            if isinstance(loop, VirtualLoop):
                loop.speed = None  # whoever waits for the summary need not wait for the last conversations
            await _drain(control, stage)
            await robots.close()
            await asyncio.gather(*(_log_out(control, row["id"]) for row in await control.agents()))
            await control.dialer.books.applied()
            return await _summary(
                control, robots, stage, total, loop.time() - world.began, time.monotonic() - began
            )


async def _let_people_in(control: Control) -> None:
    """Names to sign in with: the admin `demo`, and every agent under their own id; all with one password."""
    kept = await access.hashed(PASSWORD)
    people = [("demo", "admin", None)] + [(row["id"], "agent", row["id"]) for row in await control.agents()]
    for user, role, agent in people:
        adding = storage.users.add(
            control.dialer.db,
            user,
            role=role,
            password_hash=kept,
            agent_id=agent,
            now=control.dialer.clock.utc(),
        )
        await outside("users", adding, 30.0)


def _prepare(options: Options) -> None:
    shutil.rmtree(options.folder / "data", ignore_errors=True)
    private.folder(options.folder)
    private.folder(options.folder / "data")
    files.write(options.folder, agents=options.agents, leads=options.leads)


def _scenario(file: Path) -> Scenario:
    subject = load_subject(file)
    if not isinstance(subject, ScenarioFile):
        raise DemoError(f"{file} is not a shift; delete it to get the demo's own back")
    return from_file(subject)


def _load(options: Options, address: stages.Address) -> config.Settings:
    file = files.configure(options.folder, agents=options.agents, address=address)
    settings = config.load(file)
    if options.database:
        settings = settings.model_copy(update={"database": options.database})
    return _always_open(settings) if options.real else settings


def _always_open(settings: config.Settings) -> config.Settings:
    """On real time it may be night: nobody is really called, so the windows are taken as open."""
    campaign = settings.campaigns[CAMPAIGN]
    week = Week.read({"mon-sun": ["00:00-24:00"]})
    opened = campaign.model_copy(update={"windows": week})
    return settings.model_copy(update={"campaigns": {**settings.campaigns, CAMPAIGN: opened}})


async def _numbers(control: Control) -> list[str]:
    return [
        number.e164
        async for lead in storage.leads.each(control.dialer.db, CAMPAIGN)
        for number in lead.numbers
    ]


async def _import(control: Control, settings: config.Settings, folder: Path) -> int:
    dialer = control.dialer
    work = leads.import_file(
        dialer.db, settings.campaigns[CAMPAIGN], folder / "leads.csv", now=dialer.clock.utc()
    )
    return (await outside("leads", work, 600.0)).added


async def _open(control: Control, robots: Robots, plans: tuple[AgentPlan, ...], began: float) -> None:
    async with asyncio.timeout(60):
        while not all(node.up for node in control.dialer.nodes.values()):
            await asyncio.sleep(0.05)
    rows = await control.agents()
    for row, plan in zip(rows, plans, strict=False):
        robots.work(f"day of {row['id']}", _day(control, row["id"], plan, began))


async def _day(control: Control, agent: str, plan: AgentPlan, began: float) -> None:
    """Log in, take the breaks, log out."""
    loop = asyncio.get_running_loop()

    async def until(second: float) -> None:
        await asyncio.sleep(max(0.0, began + second - loop.time()))

    await until(plan.begins_s)
    await control.log_in(agent, ready=True)
    for starts, ends in plan.breaks:
        await until(starts)
        await control.pause(agent, "break")
        await until(ends)
        await control.ready(agent)
    if plan.ends_s != float("inf"):
        await until(plan.ends_s)
        await control.log_out(agent)


async def _log_out(control: Control, agent: str) -> None:
    if any(runner.floor.roster.get(agent) is not None for runner in control.dialer.floors.values()):
        try:
            await control.log_out(agent)
        except ControlError:
            return  # gone home already


async def _watch(
    control: Control,
    robots: Robots,
    options: Options,
    total: int,
    began: float,
    show: Show,
    stop: asyncio.Event,
) -> None:
    loop = asyncio.get_running_loop()
    frame_s = 30.0 if options.speed is None else 0.25 * options.speed
    until = began + options.hours * 3600
    while not stop.is_set() and loop.time() < until:
        status = await control.campaign_status(CAMPAIGN)
        show(View(status, loop.time() - began, total, robots.wait_s, control.web_address))
        ended = status["leads"].get("done", 0) + status["leads"].get("excluded", 0)
        if ended >= total:
            return
        try:
            async with asyncio.timeout(frame_s):
                await stop.wait()
        except TimeoutError:
            continue


async def _drain(control: Control, stage: stages.Stage) -> None:
    async with asyncio.timeout(DRAIN_S):
        while not (await control.drain())["drained"]:
            await stage.hurry()
            await asyncio.sleep(0.5)


async def _summary(
    control: Control, robots: Robots, stage: stages.Stage, total: int, shift_s: float, took_s: float
) -> Summary:
    db = control.dialer.db
    since = instant(0)
    attempts = await outside(
        "attempts", storage.attempts.of_campaign(db, CAMPAIGN, since=since, limit=1_000_000), 120.0
    )
    by_agent = await outside("talk", storage.attempts.talk_s_by_agent(db, CAMPAIGN, since=since), 120.0)
    counts = await outside("leads", storage.leads.counts(db, CAMPAIGN), 120.0)
    ledger = await outside("ledger", storage.attempts.ledger(db, CAMPAIGN, since=since), 120.0)
    outcomes: dict[str, int] = {}
    for attempt in attempts:
        outcomes[attempt.outcome] = outcomes.get(attempt.outcome, 0) + 1
    seen = stage.calls()
    by_call = sum(attempt.talk_s or 0.0 for attempt in attempts)
    talked_at_carrier = stage.talk_s(attempts)
    answered = ledger.answered - ledger.machines
    balanced = (
        len(attempts) - outcomes.get("not_dialed", 0) == seen
        and sum(counts.values()) == total
        and all(attempt.state == "ended" for attempt in attempts)
        and abs(sum(by_agent.values()) - by_call) < 0.01 * max(1, len(attempts))
        and abs(talked_at_carrier - by_call) < stage.slack_s * max(1, len(attempts))
    )
    return Summary(
        shift_s=round(shift_s, 1),
        took_s=round(took_s, 1),
        dials=len(attempts),
        carrier_calls=seen,
        outcomes=outcomes,
        leads_imported=total,
        leads=counts,
        answered=answered,
        abandoned=ledger.abandoned,
        abandon_rate=ledger.abandoned / answered if answered else 0.0,
        abandon_rate_upper_95=bounds.upper_bound(ledger.abandoned, answered),
        talk_s_by_agent=round(sum(by_agent.values()), 2),
        talk_s_by_call=round(by_call, 2),
        talk_s_by_carrier=round(talked_at_carrier, 2),
        agent_wait_s=robots.wait_s,
        balanced=balanced,
    )
