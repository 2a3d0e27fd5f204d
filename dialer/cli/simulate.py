"""`dialer simulate`: what would this campaign do with these agents?"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import config
    from dialer.simulation import Assumptions, Comparison
    from pacing import Settings
    from pacing.sim import Scenario


USUAL_DAYS = 2
THOROUGH_ANSWERS = 4000
THOROUGH_DAYS = (3, 60)


def simulate(
    file: Annotated[Path, typer.Argument(help="A campaign's file, a whole configuration, or a scenario.")],
    campaign: Annotated[str | None, typer.Option(help="Which campaign of the configuration.")] = None,
    agents: Annotated[
        int | None, typer.Option(min=1, max=5000, help="Agents at work; else those configured, else 20.")
    ] = None,
    answer_rate: Annotated[
        float, typer.Option(min=0.001, max=1.0, help="Share of calls that are answered.")
    ] = 0.3,
    talk: Annotated[float, typer.Option(min=1, help="Mean conversation, s.")] = 180.0,
    ring: Annotated[float, typer.Option(min=0.1, help="Mean ringing before an answer, s.")] = 18.0,
    wrap: Annotated[float, typer.Option(min=0, help="Mean wrap-up, s.")] = 15.0,
    interval: Annotated[
        list[float] | None,
        typer.Option(min=0, help="Own call interval, s; given again, agents take them in turn."),
    ] = None,
    hours: Annotated[float, typer.Option(min=0.1, max=24, help="Length of a day's shift.")] = 8.0,
    days: Annotated[int | None, typer.Option(min=1, max=365, help="Days to play; 2 unless said.")] = None,
    thorough: Annotated[
        bool,
        typer.Option("--thorough", help="Play as many days as give 4,000 answers: minutes, not seconds."),
    ] = False,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same days.")] = 7,
    jobs: Annotated[int, typer.Option(min=0, help="Days played at the same time; 0: one per core.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write a page with plots there.")] = None,
) -> None:
    """Play a campaign with its agents in a simulated call centre, beside one line per agent."""
    from dialer.simulation import Assumptions

    given = Assumptions(agents or 20, answer_rate, talk, ring, wrap, hours)
    scenario, settings = _prepared(file, campaign, given, tuple(interval or ()), counted=agents is None)
    if days is None:
        days = _days_for(scenario) if thorough else USUAL_DAYS
    comparison = _played(scenario, settings, days, seed, jobs or os.cpu_count() or 1)
    if report is not None:
        from dialer.simulation_report import page

        report.write_text(page(comparison), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(_figures(comparison, seed), indent=2))
    else:
        _show(comparison, report)


def _prepared(
    file: Path, campaign: str | None, given: Assumptions, intervals_s: tuple[float, ...], *, counted: bool
) -> tuple[Scenario, Settings]:
    from dataclasses import replace

    from config import ConfigErrors, Settings
    from config.scenario import ScenarioFile, load_subject
    from dialer import simulation

    try:
        subject = load_subject(file)
        if isinstance(subject, ScenarioFile):
            scenario = simulation.from_file(subject)
            return scenario, simulation.settings_for(scenario)
        if isinstance(subject, Settings):
            chosen = _choose(subject, campaign)
            theirs = [a.interval_s for a in subject.agents.values() if a.campaign == chosen.id]
            usual_s = chosen.interval.default_s
            intervals_s = intervals_s or tuple(usual_s if s is None else s for s in theirs)
            if counted and theirs:
                given = replace(given, agents=len(theirs))
        else:
            chosen = subject
        return simulation.from_campaign(chosen, given, intervals_s), simulation.settings_of(chosen)
    except (ConfigErrors, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


def _choose(settings: config.Settings, campaign: str | None) -> config.Campaign:
    known = ", ".join(sorted(settings.campaigns)) or "none"
    if campaign is None and len(settings.campaigns) == 1:
        return next(iter(settings.campaigns.values()))
    if campaign in settings.campaigns:
        return settings.campaigns[campaign]
    if campaign is None:
        raise ValueError(f"several campaigns: choose one by --campaign ({known})")
    raise ValueError(f"no campaign {campaign!r}; there are: {known}")


def _days_for(scenario: Scenario) -> int:
    """Days that bring enough answers with one line per agent, the fewest any policy gets."""
    from dialer.simulated_days import Day, play

    answers = play(Day(scenario, None, 0)).whole.answers
    least, most = THOROUGH_DAYS
    return min(max(math.ceil(THOROUGH_ANSWERS / max(answers, 1)), least), most)


def _played(scenario: Scenario, settings: Settings, days: int, seed: int, jobs: int) -> Comparison:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from dialer.simulation import compare

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"{days} days, {len(scenario.agents)} agents", total=1.0)
        return compare(
            scenario,
            settings,
            days=days,
            seed=seed,
            jobs=jobs,
            progress=lambda share: bar.update(task, completed=share),
        )


def _figures(comparison: Comparison, seed: int) -> dict[str, object]:
    scenario = comparison.scenario
    return {
        "campaign": scenario.name,
        "agents": len(scenario.agents),
        "days": len(comparison.engine.days),
        "hours": scenario.length_s / 3600.0,
        "seed": seed,
        "mode": comparison.engine.name,
        "target_abandon": scenario.target_abandon,
        "engine": comparison.engine.figures(),
        "one_line_per_agent": comparison.one_line.figures(),
        "less_waiting": comparison.less_waiting,
    }


def _show(comparison: Comparison, report: Path | None) -> None:
    from rich.console import Console
    from rich.table import Table

    from dialer.simulation_report import table

    scenario = comparison.scenario
    shown = Table(
        title=f"{scenario.name}: {len(scenario.agents)} agents, "
        f"{len(comparison.engine.days)} days of {scenario.length_s / 3600:g} h",
        caption=f"{100 * comparison.less_waiting:.0f} % less waiting than one line per agent; "
        f"target {100 * scenario.target_abandon:g} % abandoned; each day begins with nothing learnt",
    )
    for heading in ("", comparison.engine.name, comparison.one_line.name):
        shown.add_column(heading, justify="right" if heading else "left")
    for row in table(comparison):
        shown.add_row(*row)
    Console().print(shown)
    if report is not None:
        typer.echo(f"report: {report}")
