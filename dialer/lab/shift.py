"""A whole campaign in the lab: the real daemon, agents who work by themselves, and both records compared."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import config
import storage
from dialer import app, leads
from dialer.control import Control
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from dialer.lab.robots import Robots
from dialer.runtime.tasks import outside

CAMPAIGN = "lab"
DEADLINE_S = 600.0
SETTLE_S = 60.0
EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """Who works and who is called. `intervals_s` go round the agents; `wrap_s` is each one's after-call work.

    `can`: skills of agents by their number; `asks`: those of people by their telephone number.
    `more` are further settings of the campaign, `house` of the daemon.
    """

    people: tuple[Person, ...]
    agents: int = 24
    mode: str = "progressive"
    ring_timeout_s: int = 15
    connect_within_s: int = 2
    target_abandon: float = 0.03
    intervals_s: tuple[float, ...] = (0.5, 1.0, 2.0)
    wrap_s: float = 0.3
    amd: bool = False
    agent_drop: str = "hang_up"
    max_channels: int = 200
    calls_per_second: float = 30.0
    rest_after: int = 1000
    failover: bool = False
    database: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)
    house: Mapping[str, Any] = field(default_factory=dict)
    can: Mapping[int, Sequence[str]] = field(default_factory=dict)
    asks: Mapping[str, Sequence[str]] = field(default_factory=dict)


def mixed(count: int, *, no_answer: int = 20, machines: int = 0) -> tuple[Person, ...]:
    """A list as lists are: people of all patience and length of talk, and every way not to be reached."""
    # A thousand serials for each kind, ring and talk: the rest is told apart by its ring.
    people = [Person(Kind.NO_ANSWER, n % 1000, ring_s=0.4 + 0.2 * (n // 1000)) for n in range(no_answer)]
    people += [
        Person(Kind.MACHINE, n % 1000, ring_s=1.0 + 0.2 * (n // 1000), talk_s=2.0) for n in range(machines)
    ]
    cycle = (
        Kind.BUSY,
        Kind.INVALID,
        Kind.REJECTED,
        Kind.UNAVAILABLE,
        Kind.CHANGED,
        Kind.PICKY,
        Kind.CONGESTION,
    )
    others = (count - len(people)) // 3
    people += [Person(cycle[n % len(cycle)], n % 1000, talk_s=2.0) for n in range(others)]
    humans = count - len(people)
    # Detection takes two to three seconds: who talks for less would be gone before it is over.
    shortest_s = 4.0 if machines else 1.0
    people += [
        Person(Kind.HUMAN, n % 1000, ring_s=0.4 + 0.4 * (n % 12), talk_s=shortest_s + 0.5 * (n % 9))
        for n in range(humans)
    ]
    return tuple(people[n * 7919 % len(people)] for n in _spread(len(people)))


def _spread(count: int) -> range:
    """0..count-1 in order; 7919 is prime, so going round by it visits each once unless it divides the count."""
    if count % 7919 == 0:
        raise ValueError("choose another number of leads")
    return range(count)


@dataclass(frozen=True, slots=True)
class Report:
    """What the shift came to, by the dialer's books and by the carrier's own record."""

    calls: int
    carrier_calls: int
    outcomes: dict[str, int]
    carrier: dict[str, int]
    by_kind: dict[str, dict[str, int]]
    bridged: int
    abandoned: int
    answer_to_bridge_s: dict[str, float] | None
    leads: dict[str, int]
    channels_left: int
    seats_rung: int
    agent_wait_s: float | None
    took_s: float
    why: str

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def settings_of(lab: Lab, plan: Plan, folder: Path) -> config.Settings:
    """The configuration of this shift, written as an operator would and read back."""
    import json

    node = lab.node
    limits = {
        "max_channels": plan.max_channels,
        "calls_per_second": plan.calls_per_second,
        "post_dial_delay_s": 0,
    }
    document = {
        "instance": "lab",
        "data_dir": "data",
        **({"database": plan.database} if plan.database else {}),
        "nodes": {
            "pbx": {
                "host": node.host,
                "port": node.port,
                "username": node.username,
                "secret": node.secret,
                "trunks": {
                    "first": {"dial": lab.trunk_dial, "rest_after": plan.rest_after, **limits},
                    "second": {"dial": lab.trunk2_dial, **limits},
                },
            }
        },
        "agents": {
            f"a{n}": {
                "name": f"Agent {n}",
                "endpoint": lab.endpoint(100 + n),
                "campaign": CAMPAIGN,
                "interval_s": plan.intervals_s[n % len(plan.intervals_s)],
                "skills": list(plan.can.get(n, ())),
            }
            for n in range(plan.agents)
        },
        "campaigns": {
            CAMPAIGN: {
                "name": "Lab",
                "node": "pbx",
                "trunks": ["first", "second"],
                "caller_id": "+442079460000",
                "countries": ["GB"],
                "windows": {"mon-sun": ["00:00-24:00"]},
                "pacing": {
                    "mode": plan.mode,
                    "ring_timeout_s": plan.ring_timeout_s,
                    "connect_within_s": plan.connect_within_s,
                    "target_abandon": plan.target_abandon,
                    "min_ring_s": min(10, plan.ring_timeout_s),
                },
                "wrap_up_max_s": 5,
                "amd": plan.amd,
                "failover": plan.failover,
                "agent_drop": plan.agent_drop,
                "dispositions": [{"code": "done", "label": "Done", "key": "1", "final": True}],
                "attempts": {"max": 3, "per_day": 3, "spacing_s": 0},
                "retry": {kind: {"final": True} for kind in sorted(config.Outcome)},
                **plan.more,
            }
        },
        **plan.house,
    }
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "dialer.yaml"
    file.write_text(json.dumps(document, indent=1))  # JSON is YAML
    return config.load(file)


async def load_leads(
    db: storage.Database,
    campaign: config.Campaign,
    people: Sequence[Person],
    folder: Path,
    asks: Mapping[str, Sequence[str]] | None = None,
) -> int:
    """Import the people as a list, by the importer an operator uses; `asks`: skills by number."""
    asked = asks or {}
    lines = ["name,number,external_id" + (",skills" if asked else "")]
    for n, one in enumerate(people):
        skills = f",{'+'.join(asked.get(one.number, ()))}" if asked else ""
        lines.append(f"{one.kind.name.title()} {n},{one.number},{n}{skills}")
    file = folder / "leads.csv"
    file.write_text("\n".join(lines) + "\n")
    from dialer.runtime.clock import Clock

    now = Clock(asyncio.get_running_loop()).utc()
    report = await leads.import_file(db, campaign, file, now=now)
    return report.added


OnProgress = Callable[[dict[str, Any]], None]


async def work(lab: Lab, plan: Plan, folder: Path, on_progress: OnProgress | None = None) -> Report:
    """Run the campaign to its end and compare the books with the carrier's record."""
    settings = await asyncio.to_thread(settings_of, lab, plan, folder)
    campaign = settings.campaigns[CAMPAIGN]
    robots = Robots(lambda: plan.wrap_s, lambda: "done")
    await asyncio.to_thread(_make, Path(settings.data_dir))
    began = time.monotonic()
    async with app.running(settings, listener=robots.hear) as control:
        robots.control = control
        total = await outside(
            "leads", load_leads(control.dialer.db, campaign, plan.people, folder, plan.asks), 60.0
        )
        await open_floor(control, plan.agents)
        await control.set_run_state(CAMPAIGN, "running")
        status = await _until_done(control, total, on_progress)
        await asyncio.gather(*(control.log_out(f"a{n}") for n in range(plan.agents)))
        await _until_empty(lab)
        report = await _report(lab, control, status, robots, time.monotonic() - began)
        await robots.close()
    return report


async def open_floor(control: Control, agents: int) -> None:
    """Log every agent in and wait until all are seated and ready."""
    async with asyncio.timeout(SETTLE_S):
        while not all(node.up for node in control.dialer.nodes.values()):
            await asyncio.sleep(0.05)
        for n in range(agents):
            await control.log_in(f"a{n}", ready=True)
        floor = control.dialer.floors[CAMPAIGN].floor
        while any(not agent.free for agent in floor.roster):
            await asyncio.sleep(0.05)


async def _until_done(control: Control, total: int, on_progress: OnProgress | None) -> dict[str, Any]:
    async with asyncio.timeout(DEADLINE_S):
        while True:
            status = await control.campaign_status(CAMPAIGN)
            if on_progress is not None:
                on_progress(status)
            ended = status["leads"].get("done", 0) + status["leads"].get("excluded", 0)
            if ended >= total and not control.dialer.floors[CAMPAIGN].floor.calls:
                return status
            await asyncio.sleep(0.25)


async def _until_empty(lab: Lab) -> None:
    async with asyncio.timeout(SETTLE_S):
        while await lab.pbx.channels() or await lab.carrier.channels():
            await asyncio.sleep(0.1)


async def _report(
    lab: Lab, control: Control, status: dict[str, Any], robots: Robots, took_s: float
) -> Report:
    attempts = await outside("attempts", _attempts(control), 60.0)
    carrier = [call for call in lab.carrier_calls() if call.person is not None]
    by_kind: dict[str, Counter[str]] = {}
    kinds = {call.number: call.kind for call in carrier}
    for attempt in attempts:
        by_kind.setdefault(kinds.get(attempt.e164, "not seen by the carrier"), Counter())[
            attempt.outcome
        ] += 1
    left = len(await lab.pbx.channels()) + len(await lab.carrier.channels())
    return Report(
        calls=len(attempts),
        carrier_calls=len(carrier),
        outcomes=dict(Counter(attempt.outcome for attempt in attempts)),
        carrier=dict(Counter(call.kind for call in carrier)),
        by_kind={kind: dict(counts) for kind, counts in sorted(by_kind.items())},
        bridged=sum(1 for attempt in attempts if attempt.bridged_at is not None),
        abandoned=sum(1 for attempt in attempts if attempt.abandoned),
        answer_to_bridge_s=status["answer_to_bridge_s"],
        leads=status["leads"],
        channels_left=left,
        seats_rung=sum(robots.rung.values()),
        agent_wait_s=robots.wait_s,
        took_s=round(took_s, 2),
        why=status["why"],
    )


async def _attempts(control: Control) -> tuple[storage.Attempt, ...]:
    return await storage.attempts.of_campaign(control.dialer.db, CAMPAIGN, since=EPOCH, limit=100_000)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
