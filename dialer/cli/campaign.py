"""`dialer campaign`: list, start, pause, drain, stop, status, evidence."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

import config
import storage
from dialer import leads
from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out
from dialer.compliance.ledgers import Figure
from dialer.ops.socket import NotRunning

app = typer.Typer(no_args_is_help=True, help="Campaigns: list, start, pause, drain, stop, status, evidence.")


@app.command("list")
def list_(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Every campaign and what it does now."""
    settings = context.load_settings(file)
    with context.explained():
        try:
            rows = context.ask(settings, "campaigns")
        except NotRunning:
            rows = context.run_async(_from_books(settings))
    if as_json:
        context.show_json(rows)
        return
    table = Table("campaign", "state", "agents", "dialing", "ringing", "talking", "what it does")
    for row in rows:
        table.add_row(
            row["id"],
            row["state"],
            str(sum(row.get("agents_by_state", {}).values())),
            str(row.get("dialing", "-")),
            str(row.get("ringing", "-")),
            str(row.get("talking", "-")),
            row["why"],
        )
    out.print(table)


async def _from_books(settings: config.Settings) -> list[dict[str, Any]]:
    async with context.opened(settings) as db:
        known = {row.campaign_id: row.state for row in await storage.campaigns.every(db)}
    return [
        {"id": one, "state": known.get(one, "stopped"), "why": "no dialer is running"}
        for one in settings.campaigns
    ]


def _switch(file: Path, campaign: str, state: str, as_json: bool) -> None:
    settings = context.load_settings(file)
    if campaign not in settings.campaigns:
        known = ", ".join(sorted(settings.campaigns)) or "none"
        context.fail(f"no campaign {campaign!r}; there are: {known}")
    with context.explained():
        try:
            row = context.ask(settings, "set_run_state", campaign=campaign, state=state)
        except NotRunning:
            context.run_async(_store(settings, campaign, state))
            row = {"id": campaign, "state": state, "why": "no dialer is running; it will begin so"}
    if as_json:
        context.show_json(row)
    else:
        out.print(f"{row['id']}: {row['state']}. {row['why']}", highlight=False)


async def _store(settings: config.Settings, campaign: str, state: str) -> None:
    async with context.opened(settings) as db:
        await storage.campaigns.set_state(db, campaign, state, now=datetime.now(UTC))  # noqa: TID251


@app.command()
def start(campaign: str, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Let the campaign dial; without a running dialer it starts with the next `dialer run`."""
    _switch(file, campaign, "running", as_json)


@app.command()
def pause(campaign: str, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """No new calls; conversations go on."""
    _switch(file, campaign, "paused", as_json)


@app.command()
def drain(campaign: str, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """No new calls until started again; conversations are finished."""
    _switch(file, campaign, "draining", as_json)


@app.command()
def stop(campaign: str, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Stop the campaign."""
    _switch(file, campaign, "stopped", as_json)


@app.command()
def status(campaign: str, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """One campaign in full: floor, list, outcomes, and what pacing does and why."""
    settings = context.load_settings(file)
    with context.explained():
        row = context.ask(settings, "campaign_status", campaign=campaign)
    if as_json:
        context.show_json(row)
        return
    out.print(f"[bold]{row['id']}[/]: {row['state']}", highlight=False)
    out.print(row["why"], highlight=False)
    out.print(
        f"dialing {row['dialing']}, ringing {row['ringing']}, waiting {row['waiting']}, talking {row['talking']}",
        highlight=False,
    )
    _pairs("leads", row["leads"])
    _pairs("outcomes, last 24 h", row["outcomes_24h"])
    _pairs("leads refused at claim", row["refusals"])
    ledger = row["ledger_24h"]
    out.print(
        f"answered {ledger['answered']}, bridged {ledger['bridged']}, abandoned {ledger['abandoned']}",
        highlight=False,
    )
    for figure in row["ledgers"]:
        shown = f"{100 * figure['share']:.2f} %, surely below {100 * min(1.0, figure['upper']):.2f} %"
        out.print(f"ledger {figure['name']}: {shown}, limit {100 * figure['limit']:.1f} %", highlight=False)
    latency = row["answer_to_bridge_s"]
    if latency:
        shown = ", ".join(f"{name} {1000 * value:.1f} ms" for name, value in latency.items())
        out.print(f"answer to bridge: {shown}", highlight=False)
    for trunk in row["trunks"]:
        rest = " resting" if trunk["rests_until"] else ""
        out.print(
            f"trunk {trunk['name']}: {trunk['channels']} of {trunk['max_channels']}{rest}", highlight=False
        )
    table = Table("agent", "name", "state", "for", "interval", "reason")
    for agent in row["agents"]:
        table.add_row(
            agent["id"],
            agent["name"],
            agent["state"],
            f"{agent['for_s']:.0f} s",
            f"{agent['interval_s']:g} s",
            agent["reason"],
        )
    out.print(table)


@app.command()
def evidence(
    campaign: str,
    path: Annotated[Path, typer.Argument(help="The CSV file to write, a row for each call.")],
    days: Annotated[int, typer.Option(help="Calls of so many days.", min=1, max=400)] = 30,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """For an auditor: every call, numbers masked, and each ledger's figure with what it was made with.

    Example: dialer campaign evidence spring calls.csv --days 90 --json
    """
    settings = context.load_settings(file)
    if campaign not in settings.campaigns:
        context.fail(f"there is no campaign {campaign}; there are: {', '.join(sorted(settings.campaigns))}")
    if path.exists():
        context.fail(f"{path} exists; name another file")
    now = datetime.now(UTC)  # noqa: TID251 - the clock of a command is the wall's

    async def work() -> tuple[Figure, ...]:
        async with context.opened(settings) as db:
            wanted = settings.campaigns[campaign]
            return await leads.export_evidence(db, wanted, path, since=now - timedelta(days=days), now=now)

    with context.explained():
        try:
            figures = context.run_async(work())
        except OSError as error:
            context.fail(f"{error.filename}: {error.strerror or error}")
    if as_json:
        context.show_json([{**asdict(one), "share": one.share, "left": one.left} for one in figures])
        return
    for one in figures:
        shown = f"{100 * one.share:.2f} %, surely below {100 * min(1.0, one.upper):.2f} %"
        out.print(f"ledger {one.name}: {shown}, limit {100 * one.limit:.1f} %", highlight=False)
        found = one.people_in_machines
        if found is not None:
            most = f"{100 * found.share:.1f} % of the machines heard are people, at most {100 * found.upper:.1f} %"
            heard = f"{found.people} of {found.reviewed} heard by people"
            out.print(f"  {most} ({found.source.value}; {heard})", highlight=False)


def _pairs(title: str, pairs: dict[str, int]) -> None:
    if pairs:
        shown = ", ".join(f"{name} {count}" for name, count in sorted(pairs.items()))
        out.print(f"{title}: {shown}", highlight=False)
