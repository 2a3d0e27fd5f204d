"""A campaign on the real Asterisk: answer to bridge, where its time goes, and what rate is sustained."""

from __future__ import annotations

import argparse
import asyncio
import logging
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

import ami
from dialer import app
from dialer.control import Control
from dialer.lab import shift
from dialer.lab.errors import AsteriskMissing
from dialer.lab.lab import Lab
from dialer.lab.people import SERIALS, Kind, Person
from dialer.lab.robots import Robots
from dialer.runtime.node import Node
from dialer.runtime.tasks import outside
from dialer.runtime.translate import is_call
from tests.bench import _profile

RING_S, TALK_S, WRAP_S, INTERVAL_S = 0.4, 1.0, 0.1, 0.1
AGENTS_PER_RATE = 2.6
"""Agents for each call a second: ring, talk, wrap-up and some to spare, as one line per agent is dialed."""

STEPS = {
    "answer -> in the hold": "the switch: dialplan",
    "in the hold -> heard": "the line",
    "heard -> bridge asked for": "the daemon",
    "bridge asked for -> both in it": "the switch: bridging",
    "answer -> both in the bridge": "all of it",
}


@dataclass(slots=True)
class Watch:
    """Notes each step of every call; switch and daemon share one machine, so their clocks agree."""

    offset_s: float
    answered: dict[str, float] = field(default_factory=dict)
    held: dict[str, tuple[float, float]] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)
    bridges: dict[str, str] = field(default_factory=dict)
    steps: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in STEPS})
    last: float = 0.0

    def on(self, node: Node) -> None:
        """Listen before the node does, and note when its bridges leave."""
        see, begin = node.latency.see, node.switch.begin_bridge

        def seen(event: ami.Event) -> None:
            self.see(event)
            see(event)

        def begun(call_id: str, seat_id: str, **options: Any) -> Any:
            self.asked[call_id] = time.time() - self.offset_s
            return begin(call_id, seat_id, **options)

        node.latency.see = seen  # type: ignore[method-assign]
        node.switch.begin_bridge = begun  # type: ignore[method-assign]

    def see(self, event: ami.Event) -> None:
        """Take the switch's word."""
        match event:
            case ami.ChannelAnswered(channel_id=channel) if is_call(channel):
                self.answered.setdefault(channel, event.at)
            case ami.BridgeEntered(channel_id=channel, holding=True) if is_call(channel):
                self.held.setdefault(channel, (event.at, event.received))
            case ami.BridgeEntered(holding=False):
                if is_call(event.channel_id):
                    self.bridges[event.bridge_id] = event.channel_id
                if event.members == 2:
                    self._met(self.bridges.pop(event.bridge_id, ""), event.at)

    def _met(self, call: str, at: float) -> None:
        if call not in self.answered or call not in self.held or call not in self.asked:
            return
        answered, (held, heard), asked = self.answered[call], self.held[call], self.asked[call]
        took = (held - answered, heard - held, asked - heard, at - asked, at - answered)
        for name, seconds in zip(STEPS, took, strict=True):
            self.steps[name].append(1000 * seconds)
        self.last = at


@dataclass(slots=True)
class Outcome:
    """What one run came to; `steps` in milliseconds."""

    rate: float
    calls: int
    agents: int
    steps: dict[str, list[float]]
    outcomes: dict[str, int]
    carrier: int
    seconds: float
    cpu_s: float
    parts: dict[str, float]


async def play(lab: Lab, rate: float, calls: int, folder: Path, *, sample: bool) -> Outcome:
    """Call as many people as `calls`, at most `rate` a second, all of whom answer and talk for a second."""
    agents = round(4 + AGENTS_PER_RATE * rate)
    people = tuple(Person(Kind.HUMAN, n % SERIALS, RING_S, TALK_S) for n in range(min(calls, SERIALS)))
    plan = shift.Plan(
        people,
        agents=agents,
        intervals_s=(INTERVAL_S,),
        wrap_s=WRAP_S,
        calls_per_second=rate,
        max_channels=1000,
        more={
            "trunks": ["first"]
        },  # each trunk of the lab has a rate of its own; two would give twice as much
    )
    settings = await asyncio.to_thread(shift.settings_of, lab, plan, folder)
    robots = Robots(lambda: WRAP_S, lambda: "done")
    outcomes: Counter[str] = Counter()

    def hear(campaign: str, fact: Mapping[str, Any]) -> None:
        robots.hear(campaign, fact)
        if fact["fact"] == "attempt_ended":
            outcomes[fact["outcome"]] += 1

    async with app.running(settings, listener=hear) as control:
        robots.control = control
        campaign = settings.campaigns[shift.CAMPAIGN]
        await outside("leads", shift.load_leads(control.dialer.db, campaign, people, folder), 60.0)
        await shift.open_floor(control, agents)
        before = sum(call.person is not None for call in lab.carrier_calls())
        (node,) = control.dialer.nodes.values()
        watch = Watch(control.dialer.clock.drift_s())
        watch.on(node)
        sampler = _profile.Sampler()
        cpu_s, began = time.process_time(), control.dialer.clock.now()
        if sample:
            with sampler:
                await _through(control, outcomes, len(people))
        else:
            await _through(control, outcomes, len(people))
        cpu_s, seconds = time.process_time() - cpu_s, watch.last - began
        await asyncio.gather(*(control.log_out(f"a{n}") for n in range(agents)))
        await robots.close()
        carrier = sum(call.person is not None for call in lab.carrier_calls()) - before
    return Outcome(
        rate, len(people), agents, watch.steps, dict(outcomes), carrier, seconds, cpu_s, sampler.seconds()
    )


async def _through(control: Control, outcomes: Counter[str], calls: int) -> None:
    await control.set_run_state(shift.CAMPAIGN, "running")
    async with asyncio.timeout(shift.DEADLINE_S):
        while outcomes.total() < calls:
            await asyncio.sleep(0.5)
        while any(
            agent.state.value != "ready" for agent in control.dialer.floors[shift.CAMPAIGN].floor.roster
        ):
            await asyncio.sleep(0.1)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument("--rate", type=float, help="one run at this rate, calls/s, instead of the usual two")
    parser.add_argument("--calls", type=int, help="its calls (default 200)")
    parser.add_argument("--sample", action="store_true", help="also say where the daemon's CPU goes")


def run(args: Any) -> None:
    """Print a table for each run."""
    console = Console(width=110)
    logging.basicConfig(level=logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    rate = getattr(args, "rate", None)
    if rate is not None:
        plans = [(rate, getattr(args, "calls", None) or 200)]
    else:
        plans = [(10.0, 60), (30.0, 200)] if args.quick else [(10.0, 200), (30.0, 750)]
    try:
        asyncio.run(_all(console, plans, sample=getattr(args, "sample", False)))
    except AsteriskMissing as missing:
        console.print(f"left out: {missing}")


async def _all(console: Console, plans: list[tuple[float, int]], *, sample: bool) -> None:
    for rate, calls in plans:
        folder = Path(tempfile.mkdtemp(prefix="cadence-line-"))
        try:
            async with Lab() as lab:
                found = await play(lab, rate, calls, folder, sample=sample)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        console.print(_table(found))
        for part, spent_s in found.parts.items():
            if sample and part not in _profile.NOT_OURS:
                console.print(f"  {part:34} {1000 * spent_s / found.calls:6.2f} ms a call")


def _table(found: Outcome) -> Table:
    bridged = len(found.steps["answer -> both in the bridge"])
    table = Table(
        title=f"real Asterisk, {found.rate:g} calls/s wanted, {found.calls / found.seconds:.1f} reached, "
        f"{found.agents} agents, {bridged} bridges",
        caption=f"outcomes {found.outcomes}, by the carrier's record {found.carrier} calls; "
        f"the daemon's CPU {1000 * found.cpu_s / found.calls:.1f} ms a call",
    )
    for heading in ("ms", "whose", "p50", "p95", "p99", "most"):
        table.add_column(heading, justify="left" if heading in {"ms", "whose"} else "right")
    for name, values in found.steps.items():
        table.add_row(name, STEPS[name], *_quantiles(values))
    return table


def _quantiles(values: list[float]) -> tuple[str, ...]:
    if not values:
        return ("-",) * 4
    ordered = sorted(values)
    last = len(ordered) - 1
    return tuple(f"{ordered[round(q * last)]:.1f}" for q in (0.5, 0.95, 0.99, 1.0))
