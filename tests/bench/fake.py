"""The embedded switch at 1,000 agents and 100 calls/s: what one call costs it, and what it costs the line to it."""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import random
import time
from dataclasses import dataclass
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from ami import BridgeEntered, ChannelHungUp, Event, LineDown, LinkUp, Outgoing, Switch
from ami.errors import ActionRefused
from ami.fake import Behaviour, Callee, FakeAsterisk, Kind, busy, epoch_time, invalid
from ami.fake import run as run_virtually

AGENTS, RATE, MINUTES = 1000, 100.0, 5.0


@dataclass(frozen=True, slots=True)
class Cost:
    """One minute of the run."""

    calls: int
    cpu_ms: float
    live: int
    bridged: int
    memory_mb: float


def people(seed: int) -> Behaviour:
    """A consumer list: a third answers, a fifth are machines, the rest rings or fails."""
    dice = random.Random(seed)

    def callee(_number: str) -> Callee:
        fate = dice.random()
        if fate < 0.35:
            return Callee(ring_s=dice.uniform(3, 12), talk_s=dice.expovariate(1 / 25))
        if fate < 0.5:
            return Callee(Kind.MACHINE, ring_s=15, talk_s=20)
        if fate < 0.6:
            return busy()
        return invalid() if fate < 0.65 else Callee(Kind.NO_ANSWER)

    return Behaviour(callee)


class Matcher:
    """Bridges whoever waits with whoever is free: the least a dialer can do."""

    def __init__(self, asterisk: FakeAsterisk, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        self.switch = Switch(asterisk.node, self._hear, clock=lambda: epoch_time(loop))
        self.up = asyncio.Event()
        self.bridged = 0
        self._group = group
        self._free: collections.deque[str] = collections.deque()
        self._waiting: collections.deque[str] = collections.deque()

    def _hear(self, event: Event) -> None:
        if isinstance(event, BridgeEntered) and event.holding:
            (self._free if event.channel_id.startswith("s-") else self._waiting).append(event.channel_id)
            while self._free and self._waiting:
                seat, call = self._free.popleft(), self._waiting.popleft()
                self._group.create_task(self._connect(call, seat), name=call)
        elif isinstance(event, ChannelHungUp):
            with contextlib.suppress(ValueError):
                self._waiting.remove(event.channel_id)
        elif isinstance(event, LinkUp):
            self.up.set()

    async def _connect(self, call: str, seat: str) -> None:
        try:
            await self.switch.bridge(call, seat, tone=False)
            self.bridged += 1
        except ActionRefused:
            self._free.append(seat)
        except LineDown:
            return


async def play(agents: int, rate: float, minutes: float) -> list[Cost]:
    """Seats everybody, then dials at this rate; one row for each minute."""
    costs: list[Cost] = []
    process = psutil.Process()
    async with FakeAsterisk(behaviour=people(1), keep_calls=1000) as asterisk, asyncio.TaskGroup() as group:
        matcher = Matcher(asterisk, group)
        line = group.create_task(matcher.switch.run(), name="line")
        await matcher.up.wait()
        for n in range(agents):
            await matcher.switch.seat(
                f"s-{n:06d}", f"PJSIP/agent{n}@phones", agent_exten=f"agent{n}", timeout_s=20
            )
        await asyncio.sleep(5)
        dialed = 0
        for _ in range(round(minutes)):
            cpu, before, first = time.process_time(), dialed, matcher.bridged
            until = asyncio.get_running_loop().time() + 60
            while asyncio.get_running_loop().time() < until:
                call = Outgoing(
                    f"c-{dialed:06d}", f"PJSIP/+44{dialed:010d}@carrier", hold_s=2, ring_timeout_s=25
                )
                await matcher.switch.dial(call)
                dialed += 1
                await asyncio.sleep(1 / rate)
            spent_ms = 1000 * (time.process_time() - cpu) / (dialed - before)
            memory_mb = process.memory_info().rss / 1e6
            live = len(asterisk.machine.channels)
            costs.append(Cost(dialed - before, spent_ms, live, matcher.bridged - first, memory_mb))
        line.cancel()
    return costs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--rate", type=float, default=RATE, help="calls a second")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="virtual minutes")


def run(args: Any) -> None:
    """Print the table."""
    agents, rate = getattr(args, "agents", AGENTS), getattr(args, "rate", RATE)
    minutes = getattr(args, "minutes", 2.0 if getattr(args, "quick", False) else MINUTES)
    costs = run_virtually(play(agents, rate, minutes))
    table = Table(
        title=f"embedded switch and the line to it: {agents} agents, {rate:g} calls/s, one core, one process"
    )
    for column in ("minute", "calls", "CPU ms per call", "channels live", "bridged", "memory MB"):
        table.add_column(column, justify="right")
    for minute, cost in enumerate(costs, start=1):
        table.add_row(
            str(minute),
            str(cost.calls),
            f"{cost.cpu_ms:.2f}",
            str(cost.live),
            str(cost.bridged),
            f"{cost.memory_mb:.0f}",
        )
    Console(width=110).print(table)
