"""The engine beside the exact optimum of the memoryless room."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rich.table import Table

from pacing.sim import Scenario, named, optimum
from pacing.sim.tally import Tally
from tests.bench._shifts import Runner

SHIFTS = 4
TITLE = "memoryless room: share of talk in talk and readiness, % (abandoned, %), after the first half hour"
NOTE = (
    "The optimum is without releases and mixes two plans by time. Mixing them by share of abandons, which no "
    "policy can do, would read 76.5 % for one agent."
)


@dataclass(frozen=True, slots=True)
class Line:
    """One size of room: the optimum and the engine without and with releases."""

    agents: int
    best: float
    held: Tally
    releasing: Tally


def room(agents: int, answers: int) -> Scenario:
    """A memoryless scenario long enough for that many answers in `SHIFTS` shifts."""
    hours = 0.5 + 1.25 * answers / SHIFTS * 150.0 / (0.8 * agents) / 3600.0
    return replace(named.memoryless(agents), length_s=max(hours, 4.0) * 3600.0)


def lines(runner: Runner, answers: int) -> list[Line]:
    """All sizes."""
    made = []
    for agents in named.MEMORYLESS_AGENTS:
        specs = ("predictive-hold", "predictive")
        held, releasing = runner.rows(room(agents, answers), specs, range(1, 1 + SHIFTS))
        best = optimum.solve(optimum.Room(agents)).utilisation
        made.append(Line(agents, best, held.warm, releasing.warm))
    return made


def table(found: list[Line]) -> Table:
    """For people."""
    shown = Table(title=TITLE, caption=NOTE)
    for heading in ("agents", "optimum", "no releases", "short by", "with releases", "answers"):
        shown.add_column(heading, justify="right")
    for line in found:
        shown.add_row(
            str(line.agents),
            f"{100 * line.best:.1f}",
            _brief(line.held),
            f"{100 * (line.best - line.held.utilisation):.1f}",
            _brief(line.releasing),
            str(line.held.answers),
        )
    return shown


def rows(found: list[Line]) -> list[dict[str, float]]:
    """For machines."""
    return [
        {
            "agents": line.agents,
            "optimum": line.best,
            "held": line.held.utilisation,
            "held_abandoned": line.held.abandon_rate,
            "releasing": line.releasing.utilisation,
            "releasing_abandoned": line.releasing.abandon_rate,
        }
        for line in found
    ]


def _brief(tally: Tally) -> str:
    return f"{100 * tally.utilisation:.1f} ({100 * tally.abandon_rate:.2f})"
