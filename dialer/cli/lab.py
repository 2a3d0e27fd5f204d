"""`dialer lab`: the real daemon on a real Asterisk, with a second Asterisk as carrier, customers and phones."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from dialer.cli import context, logs
from dialer.cli.context import Json, err, out


def lab(
    agents: Annotated[int, typer.Option(min=1, max=300, help="Agents at work.")] = 24,
    leads: Annotated[int, typer.Option(min=1, max=5000, help="People on the list.")] = 120,
    mode: Annotated[str, typer.Option(help="progressive, predictive or ratio.")] = "predictive",
    amd: Annotated[
        bool, typer.Option("--amd", help="With answering-machine detection and machines.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Stay up for you to play with, until Ctrl-C.")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option(help="Keep configuration, database and journal there.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a whole campaign on a real Asterisk 22 on loopback, and compare the books with the carrier's record.

    Example: dialer lab --leads 200 --json
    """
    from dialer.lab.errors import LabError

    logs.configure(as_json=None, level="WARNING")
    with context.explained():
        try:
            report = asyncio.run(_lab(agents, leads, mode, amd, watch, folder, quiet=as_json))
        except LabError as error:
            context.fail(str(error))
    if report is None:
        return
    if as_json:
        context.show_json(report)
    else:
        _show(report)


async def _lab(
    agents: int, leads: int, mode: str, amd: bool, watch: bool, folder: Path | None, *, quiet: bool
) -> dict[str, Any] | None:
    from dialer.lab import shift
    from dialer.lab.lab import Lab

    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cadence-lab-")))
        if not quiet:
            err.print(
                "starting two Asterisk on loopback: a PBX, and one that plays carrier, customers and phones"
            )
        async with Lab() as running:
            people = shift.mixed(leads, no_answer=leads // 6, machines=leads // 5 if amd else 0)
            plan = shift.Plan(people, agents=agents, mode=mode, amd=amd)
            if watch:
                await _watch(running, plan, place)
                return None
            if quiet:
                return (await shift.work(running, plan, place)).as_dict()
            with _bar() as progress:
                task = progress.add_task("list", total=leads, now="")
                report = await shift.work(running, plan, place, lambda status: _step(progress, task, status))
            return report.as_dict()


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[now]}"),
        console=err,
    )


def _step(progress: Progress, task: Any, status: dict[str, Any]) -> None:
    ended = status["leads"].get("done", 0) + status["leads"].get("excluded", 0)
    now = f"dialing {status['dialing']}, ringing {status['ringing']}, talking {status['talking']}"
    progress.update(task, completed=ended, now=now)


async def _watch(running: Any, plan: Any, folder: Path) -> None:
    from dialer import app
    from dialer.lab import shift
    from dialer.lab.robots import Robots

    settings = await asyncio.to_thread(shift.settings_of, running, plan, folder)
    robots = Robots(lambda: plan.wrap_s, lambda: "done")
    async with app.running(settings, listener=robots.hear) as control:
        robots.control = control
        await shift.load_leads(control.dialer.db, settings.campaigns[shift.CAMPAIGN], plan.people, folder)
        await shift.open_floor(control, plan.agents)
        await control.set_run_state(shift.CAMPAIGN, "running")
        file = folder / "dialer.yaml"
        out.print("The lab is up, and stays until Ctrl-C. In another terminal:", highlight=False)
        for line in (
            f"dialer campaign status {shift.CAMPAIGN} --config {file}",
            f"dialer campaign pause {shift.CAMPAIGN} --config {file}",
            f"dialer leads import {folder / 'leads.csv'} --campaign {shift.CAMPAIGN} --config {file}",
            f"dialer agent list --config {file}",
        ):
            out.print(f"  .venv/bin/{line}", highlight=False, soft_wrap=True)
        with contextlib.suppress(asyncio.CancelledError), Live(console=out, refresh_per_second=2) as live:
            while True:
                live.update(_board(await control.campaign_status(shift.CAMPAIGN)))
                await asyncio.sleep(0.5)
        await robots.close()


def _board(status: dict[str, Any]) -> Table:
    table = Table(title=f"{status['id']}: {status['state']}", show_header=False, title_justify="left")
    table.add_row("why", status["why"])
    for name in ("dialing", "ringing", "waiting", "talking"):
        table.add_row(name, str(status[name]))
    table.add_row("agents", _words(status["agents_by_state"]))
    table.add_row("leads", _words(status["leads"]))
    table.add_row("outcomes", _words(status["outcomes_24h"]))
    return table


def _words(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"


def _show(report: dict[str, Any]) -> None:
    table = Table("kind of callee, by the carrier", "calls", "outcome, by the dialer", title_justify="left")
    for kind, outcomes in report["by_kind"].items():
        table.add_row(kind, str(report["carrier"].get(kind, 0)), _words(outcomes))
    out.print(table)
    latency = report["answer_to_bridge_s"]
    if latency:
        shown = ", ".join(f"{name} {1000 * value:.1f} ms" for name, value in latency.items())
        out.print(f"answer to bridge, by the switch's clock: {shown}", highlight=False)
    wait = report["agent_wait_s"]
    out.print(
        f"{report['calls']} calls, {report['bridged']} bridged, {report['abandoned']} abandoned; "
        f"agents waited {'-' if wait is None else f'{wait:.1f} s'} a conversation; "
        f"leads: {_words(report['leads'])}; channels left: {report['channels_left']}; {report['took_s']} s",
        highlight=False,
    )
