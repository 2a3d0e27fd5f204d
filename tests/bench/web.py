"""What the wallboard and the desks cost the daemon: 500 agents at work, two updates a second, 20 browsers."""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import config
from ami.fake import FakeAsterisk
from ami.fake import run as run_virtually
from dialer import app
from dialer.access import Who
from dialer.board import Board
from dialer.control import Control
from dialer.lab.robots import Robots
from dialer.web.desk.cards import Cards
from dialer.web.desk.view import View
from dialer.web.house import House
from dialer.web.hub import TICK_S, Hub
from tests.bench import _floor
from tests.bench.load import import_leads

AGENTS, BROWSERS, MINUTES, WARM_S = 500, 20, 3.0, 90.0
RATE = 60.0


@dataclass(slots=True)
class Outcome:
    """CPU seconds by part, over `seconds` of the floor's time."""

    seconds: float
    spent_s: dict[str, list[float]] = field(default_factory=dict)
    bytes_sent: int = 0
    document_bytes: int = 0
    events: int = 0
    changed_agents: list[int] = field(default_factory=list)

    def share(self, part: str) -> float:
        """Of one core."""
        return sum(self.spent_s[part]) / self.seconds


def timed(outcome: Outcome, part: str, work: Callable[..., Any]) -> Callable[..., Any]:
    """The same, with its CPU time noted."""
    spent = outcome.spent_s.setdefault(part, [])

    def measured(*args: Any, **kwargs: Any) -> Any:
        began = time.thread_time()
        try:
            return work(*args, **kwargs)
        finally:
            spent.append(time.thread_time() - began)

    return measured


async def play(agents: int, browsers: int, minutes: float, folder: Path) -> Outcome:
    """The floor on virtual time, watched by so many browsers of the hub."""
    robots = Robots(lambda: _floor.WRAP_S, lambda: "done")
    async with FakeAsterisk(behaviour=_floor.people(1)) as asterisk:
        settings = await asyncio.to_thread(_floor.settings, folder, asterisk.node, agents, RATE, "")
        async with app.running(settings, listener=robots.hear, durable=False) as control:
            robots.control = control
            await import_leads(control, folder, round(RATE * 60 * (minutes + 3)))
            await _floor.seat(control, agents)
            app.spare_the_collector()
            await control.set_run_state(_floor.CAMPAIGN, "running")
            await asyncio.sleep(WARM_S)
            outcome = await _watch(control, browsers, minutes)
            _draw_desks(control, outcome, agents)
            await robots.close()
    return outcome


async def _watch(control: Control, browsers: int, minutes: float) -> Outcome:
    dialer = control.dialer
    outcome = Outcome(60 * minutes)
    board = Board(dialer)
    board._stop()
    dialer.listen(timed(outcome, "facts", board.hear))
    look = board.look

    def counted() -> dict[str, Any]:
        patch: dict[str, Any] = look()
        outcome.changed_agents.append(len(patch.get("agents", ())))
        return patch

    board.look = counted  # type: ignore[method-assign]
    hub = Hub(board, dialer.clock, "bench")
    hub._refresh = timed(outcome, "look and encode", hub._refresh)  # type: ignore[method-assign]
    hub.start()

    async def browse() -> None:
        async with aclosing(hub.listen()) as events:
            async for event in events:
                outcome.bytes_sent += len(event)
                outcome.events += 1

    watching = [dialer._tasks.start(f"browser {n}", browse()) for n in range(browsers)]
    await asyncio.sleep(1)
    for spent in outcome.spent_s.values():
        spent.clear()
    outcome.bytes_sent = outcome.events = 0
    await asyncio.sleep(outcome.seconds)
    outcome.document_bytes = len(hub.snapshot())
    for one in watching:
        one.cancel()
    await hub.close()
    return outcome


def _draw_desks(control: Control, outcome: Outcome, agents: int) -> None:
    """Every desk drawn once, as at each change and every three seconds."""
    house: Any = House(control, config.Web(), None, None, None)  # type: ignore[arg-type]
    cards = Cards(control)
    drawn = outcome.spent_s.setdefault("one desk", [])
    for n in range(agents):
        view = View(house, cards, Who(f"a{n}", "agent", f"a{n}"), f"a{n}")
        began = time.thread_time()
        json.dumps(view.draw(None, []))
        drawn.append(time.thread_time() - began)


def report(outcome: Outcome, agents: int, browsers: int) -> Table:
    """For people."""
    table = Table(
        "what", "figure", title=f"{agents} agents, {1 / TICK_S:g} updates a second, {browsers} browsers"
    )
    ticks = outcome.spent_s["look and encode"]
    whole = outcome.share("look and encode") + outcome.share("facts")
    looks_ms = [1000 * one for one in ticks]
    update_kb = outcome.bytes_sent / max(1, outcome.events) / 1000
    desk_ms = 1000 * statistics.mean(outcome.spent_s["one desk"])
    heard = f"{len(outcome.spent_s['facts'])}, {100 * outcome.share('facts'):.2f} % of a core"
    rows = (
        ("board in all", f"{100 * whole:.2f} % of a core"),
        (
            "a look, encoding included",
            f"{statistics.mean(looks_ms):.2f} ms mean, {max(looks_ms):.2f} ms at most",
        ),
        ("facts heard", heard),
        ("agents changed in a look", f"{statistics.mean(outcome.changed_agents):.1f} mean"),
        ("an update", f"{update_kb:.1f} kB; snapshot {outcome.document_bytes / 1000:.0f} kB"),
        ("one desk drawn", f"{desk_ms:.3f} ms"),
    )
    for row in rows:
        table.add_row(*row)
    return table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options."""
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--browsers", type=int, default=BROWSERS)


def run(args: argparse.Namespace) -> None:
    """Play and print."""
    agents, browsers = getattr(args, "agents", AGENTS), getattr(args, "browsers", BROWSERS)
    minutes = 1.0 if args.quick else MINUTES
    with tempfile.TemporaryDirectory() as folder:
        outcome = run_virtually(play(agents, browsers, minutes, Path(folder)))
    Console().print(report(outcome, agents, browsers))
