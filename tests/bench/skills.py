"""Skills: twelve agents of whom four speak the second language too; on one floor, and split into two campaigns.

The pure floor with its pacing, offers and lanes, played in a rehearsal of invented people: who answers, and how long
they talk, is drawn by lot and is the same for every way of dividing the floor.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.machine import FloorMachine
from dialer.core.settings import FloorSettings
from dialer.core.skills import lane_of, skills_of
from dialer.core.trunks import TrunkPool
from dialer.replay.meter import Meter
from dialer.replay.rehearsal import Rehearsal
from dialer.replay.world import Person, World
from pacing import Engine, LaneEngine, Settings
from tests.parts.playbook import PlainRules, trunk

ENGLISH, CANTONESE = "", "cantonese"
ANSWERED = 0.3
TALK_S = 150.0
WRAP_S = 20.0
INTERVAL_S = 60.0
PEOPLE = 6000
WARM_S = 1800.0
console = Console()


@dataclass(frozen=True, slots=True)
class Split:
    """One floor: how many agents have which skills, and which lanes its list has."""

    agents: Mapping[tuple[str, ...], int]
    lanes: tuple[str, ...]


WAYS = {
    "one floor, 4 of 12 bilingual": (Split({(): 8, (CANTONESE,): 4}, (ENGLISH, CANTONESE)),),
    "two campaigns, 8 and 4": (Split({(): 8}, (ENGLISH,)), Split({(CANTONESE,): 4}, (CANTONESE,))),
    "two campaigns, 10 and 2": (
        Split({(): 8, (CANTONESE,): 2}, (ENGLISH,)),
        Split({(CANTONESE,): 2}, (CANTONESE,)),
    ),
    "one floor, all bilingual": (Split({(CANTONESE,): 12}, (ENGLISH, CANTONESE)),),
}


LARGE = Split(
    {
        (): 250,
        ("cantonese",): 80,
        ("mandarin",): 70,
        ("cantonese", "mandarin"): 40,
        ("life",): 30,
        ("cantonese", "life"): 20,
        ("hakka",): 10,
    },
    ("", "cantonese", "mandarin", "life", "cantonese+life", "hakka"),
)
"""500 agents and six lanes, to measure what a decision costs."""
LARGE_S = 45.0


@dataclass
class LaneMeter(Meter):
    """Counts by lane, from half an hour on: until then pacing learns the list."""

    floor: FloorMachine
    from_s: float
    by_lane: dict[str, Counter[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin at nothing."""
        super().__init__()
        self._lane: dict[str, str] = {}

    def hear(self, fact: Mapping[str, Any]) -> None:
        """Take one fact."""
        if fact["fact"] == "attempt_dialed":
            self._lane[fact["attempt"]] = lane_of(self.floor.calls[fact["attempt"]].skills)
        before = len(self.waits_s)
        super().hear(fact)
        if (fact.get("at") or 0.0) < self.from_s:
            del self.waits_s[before:]
            return
        if fact["fact"] in {"attempt_dialed", "attempt_answered", "attempt_abandoned", "attempt_bridged"}:
            counted = self.by_lane.setdefault(self._lane[fact["attempt"]], Counter())
            counted[fact["fact"].removeprefix("attempt_")] += 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of this part."""
    parser.add_argument("--hours", type=float, default=None, help="length of a shift (4)")
    parser.add_argument("--seeds", type=int, default=None, help="shifts (6)")


def run(args: argparse.Namespace) -> int:
    """Print waiting, and the abandonment of each lane; 1 where one floor abandons too many in all or waits longer."""
    hours, seeds = args.hours or (2.0 if args.quick else 4.0), args.seeds or (2 if args.quick else 6)
    table = Table(
        "floor", "waiting", "answered", "abandoned: anybody", "cantonese", title="Skills on one floor"
    )
    found = {}
    for name, splits in WAYS.items():
        waits, lanes = measure(splits, hours, seeds)
        found[name] = (waits, lanes)
        cells = [f"{share(lanes[lane]):.2%} of {lanes[lane]['answered']}" for lane in (ENGLISH, CANTONESE)]
        total = sum(one["answered"] for one in lanes.values())
        table.add_row(name, f"{waits:.1f} s", str(total), *cells)
    console.print(table)
    took, agents = decisions_ms(), sum(LARGE.agents.values())
    console.print(
        f"a decision with {agents} agents and {len(LARGE.lanes)} lanes, ms of one core: "
        f"mean {np.mean(took):.1f}, 99 of 100 within {np.quantile(took, 0.99):.1f} ({len(took)} decisions)"
    )
    (one, lanes), (split, _), *_ = found.values()
    whole = sum(lanes.values(), Counter())
    good = one < split and share(whole) <= 0.03
    return 0 if good else 1


def measure(
    splits: tuple[Split, ...], hours: float, seeds: int, target: float = 0.03
) -> tuple[float, dict[str, Counter[str]]]:
    """Mean seconds an agent waits for a person, and what became of each lane's calls."""
    waits: list[float] = []
    lanes: dict[str, Counter[str]] = {ENGLISH: Counter(), CANTONESE: Counter()}
    for seed in range(seeds):
        for split in splits:
            meter = shift(split, hours, seed, target)
            waits += meter.waits_s
            for lane, counted in meter.by_lane.items():
                lanes[lane] += counted
    return sum(waits) / max(1, len(waits)), lanes


def share(counted: Mapping[str, int]) -> float:
    """Abandoned of those answered."""
    return counted["abandoned"] / max(1, counted["answered"])


def shift(split: Split, hours: float, seed: int, target: float = 0.03) -> LaneMeter:
    """One shift of one floor."""
    play = rehearsal(split, hours, seed, target)
    play.meter = meter = LaneMeter(play.floor, WARM_S)
    play.run()
    return meter


def decisions_ms() -> list[float]:
    """Milliseconds of one core that each decision takes on the large floor, once everybody is there."""
    play, took = rehearsal(LARGE, LARGE_S / 3600.0, 7, 0.03, login_every_s=0.05), []
    pace = play.floor.pace

    def timed(now: float) -> list[do.Command]:
        began = time.thread_time()
        commands = pace(now)
        if now > LARGE_S / 3.0:
            took.append(1000.0 * (time.thread_time() - began))
        return commands

    play.floor.pace = timed  # type: ignore[method-assign]
    play.run()
    return took


def rehearsal(
    split: Split, hours: float, seed: int, target: float, *, login_every_s: float = 3.0
) -> Rehearsal:
    """A shift of one floor, ready to be played."""
    settings = FloorSettings("spring", ("alpha",), PlainRules(), hold_s=2)
    floor = FloorMachine(
        settings, LaneEngine(Engine(Settings(target_abandon=target), seed=seed)), TrunkPool((trunk(),)), "pbx"
    )
    told: list[ev.Event] = [ev.LanesTold(0.0, tuple((lane, 1001) for lane in split.lanes))]
    told.append(ev.BudgetTold(0.0, 0.0, 0.0, target, 1000.0))
    count = 0
    for skills, agents in split.agents.items():
        for _ in range(agents):
            count += 1
            at = 1.0 + login_every_s * count
            told.append(
                ev.AgentLoggedIn(at, f"a{count}", f"s-1-1-a{count}", INTERVAL_S, ready=True, skills=skills)
            )
    people = [one for lane in split.lanes for one in invented(lane, seed)]
    world = World("spring", {"run_state": "running"}, 0.0, hours * 3600.0, people, told, [0.1])
    floor.run_state = ev.RunState.RUNNING
    return Rehearsal(world, floor)


def invented(lane: str, seed: int) -> list[Person]:
    """People of one lane: the same whoever calls them."""
    rng = np.random.default_rng((seed, len(lane)))
    skills = skills_of(lane)
    people = []
    for number in range(PEOPLE):
        new = ev.NewCall(f"{lane}-{number}", number, 1, skills=skills)
        answers = rng.random() < ANSWERED
        answers_s = min(29.0, 4.0 + float(rng.lognormal(1.9, 0.5)))
        talk_s = float(rng.lognormal(np.log(TALK_S) - 0.32, 0.8))
        wrap_s = float(rng.lognormal(np.log(WRAP_S) - 0.12, 0.5))
        if answers:
            people.append(Person(new, 2.0, answers_s, talk_s=talk_s, wrap_s=wrap_s, code="no"))
        else:
            people.append(Person(new, 2.0))
    return people
