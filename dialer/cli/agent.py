"""`dialer agent`: list, targets, add, interval, skills, login, logout, ready, pause, dispose, listen, listeners."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

import config
import storage
from dialer.cli import context, listening
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out
from dialer.ops.socket import NotRunning
from dialer.runtime.ids import AGENT_ID

app = typer.Typer(
    no_args_is_help=True,
    help="Agents: list, targets, add, interval, skills, login, logout, ready, pause, dispose, listen, listeners.",
)


def _say(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        context.show_json(row)
        return
    reason = f" ({row['reason']})" if row.get("reason") else ""
    out.print(f"{row['id']}: {row['state']}{reason}", highlight=False)


@app.command("list")
def list_(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Every agent in the books and what they do now."""
    settings = context.load_settings(file)
    with context.explained():
        try:
            rows = context.ask(settings, "agents")
        except NotRunning:
            rows = context.run_async(_from_books(settings))
    if as_json:
        context.show_json(rows)
        return
    table = Table("agent", "name", "phone", "campaign", "state", "interval", "skills")
    for row in rows:
        interval = "campaign's" if row["interval_s"] is None else f"{row['interval_s']:g} s"
        phone = row.get("phone") or ""
        can = ", ".join(row.get("skills", ()))
        table.add_row(row["id"], row["name"], phone, row["campaign"] or "", row["state"], interval, can)
    out.print(table)


@app.command()
def targets(
    agent: Annotated[str | None, typer.Argument(help="Only this agent.")] = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """How the activity targets of today stand, those behind first, and what it takes to catch up.

    Example: dialer agent targets
    """
    settings = context.load_settings(file)
    with context.explained():
        rows = context.ask(settings, "targets", agent=agent)
    if as_json:
        context.show_json(rows)
        return
    if not rows:
        out.print("no targets today; see targets in docs/configuration.md")
        return
    table = Table("agent", "target", "done", "of", "", "stands")
    for row in rows:
        style = "red" if row["behind"] else None
        table.add_row(
            row["agent"],
            row["title"],
            str(row["value"]),
            str(row["goal"]),
            row["unit"],
            row["says"],
            style=style,
        )
    out.print(table)


async def _from_books(settings: config.Settings) -> list[dict[str, Any]]:
    async with context.opened(settings) as db:
        rows = await storage.agents.every(db)
    return [
        {
            "id": row.agent_id,
            "name": row.name,
            "phone": row.endpoint,
            "campaign": row.campaign_id,
            "interval_s": row.interval_s,
            "skills": list(_skills(settings, row)),
            "state": "no dialer is running",
        }
        for row in rows
    ]


@app.command()
def add(
    agent: Annotated[str, typer.Argument(help="Id: a-z, 0-9 and -.")],
    phone: Annotated[str, typer.Option(help="As Asterisk dials it, such as PJSIP/101.")],
    name: Annotated[str, typer.Option(help="For people.")] = "",
    campaign: Annotated[str | None, typer.Option(help="The campaign the agent works for.")] = None,
    interval: Annotated[
        float | None, typer.Option(min=0, max=3600, help="Own call interval, seconds.")
    ] = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Add an agent, or change a known one's name, phone and campaign."""
    settings = context.load_settings(file)
    if campaign is not None and campaign not in settings.campaigns:
        known = ", ".join(sorted(settings.campaigns)) or "none"
        context.fail(f"no campaign {campaign!r}; there are: {known}")
    if not AGENT_ID.fullmatch(agent):
        context.fail(f"{agent!r} is no agent id; use a-z, 0-9 and -, at most 32 characters")
    wanted = {"endpoint": phone, "name": name, "interval_s": interval}
    with context.explained():
        try:
            row = context.ask(settings, "add_agent", agent=agent, campaign=campaign, **wanted)
        except NotRunning:
            row = context.run_async(_add(settings, agent, campaign, wanted))
    _say(row, as_json)


async def _add(
    settings: config.Settings, agent: str, campaign: str | None, wanted: dict[str, Any]
) -> dict[str, Any]:
    async with context.opened(settings) as db:
        await storage.agents.add(db, agent, now=datetime.now(UTC), campaign_id=campaign, **wanted)  # noqa: TID251
    return {"id": agent, "state": "in the books; no dialer is running"}


def _skills(settings: config.Settings, row: storage.AgentRow) -> tuple[str, ...]:
    written = settings.agents.get(row.agent_id)
    if row.skills is not None:
        return row.skills
    return () if written is None else written.skills


@app.command()
def skills(
    agent: str,
    names: Annotated[
        list[str] | None, typer.Argument(help="All the agent has; none: no skill at all.")
    ] = None,
    as_written: Annotated[
        bool, typer.Option("--as-written", help="Back to what the configuration says.")
    ] = False,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Set what the agent can do: languages, dialects, products; leads that ask for it come to who has it.

    Example: dialer agent skills ann cantonese life
    """
    settings = context.load_settings(file)
    given = None if as_written else list(names or ())
    with context.explained():
        row = context.ask(settings, "set_skills", agent=agent, skills=given)
    if as_json:
        context.show_json(row)
    else:
        out.print(f"{row['id']}: {', '.join(row['skills']) or 'no skills'}", highlight=False)


@app.command()
def interval(
    agent: str,
    seconds: Annotated[float, typer.Argument(min=0, max=3600, help="Between two conversations.")],
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Set the agent's own call interval: the time between two conversations, wrap-up inside it."""
    settings = context.load_settings(file)
    with context.explained():
        try:
            row = context.ask(settings, "set_interval", agent=agent, interval_s=seconds)
        except NotRunning:
            row = context.run_async(_set_interval(settings, agent, seconds))
    _say(row, as_json)


async def _set_interval(settings: config.Settings, agent: str, seconds: float) -> dict[str, Any]:
    async with context.opened(settings) as db:
        if not await storage.agents.set_interval(db, agent, seconds):
            context.fail(f"no agent {agent!r}; add it: dialer agent add {agent} --phone PJSIP/...")
    return {"id": agent, "state": f"interval {seconds:g} s; no dialer is running"}


def _act(verb: str, file: Any, as_json: bool, **args: Any) -> None:
    settings = context.load_settings(file)
    with context.explained():
        _say(context.ask(settings, verb, **args), as_json)


@app.command()
def login(
    agent: str,
    campaign: Annotated[str | None, typer.Option(help="Default: the agent's own.")] = None,
    ready: Annotated[bool, typer.Option("--ready", help="Ready for calls at once.")] = False,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Ring the agent's phone once and keep it: the seat."""
    _act("log_in", file, as_json, agent=agent, campaign=campaign, ready=ready)


@app.command()
def logout(agent: str, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Give the seat up; a conversation is finished first."""
    _act("log_out", file, as_json, agent=agent)


@app.command()
def ready(
    agent: str,
    now: Annotated[bool, typer.Option("--now", help="Skip the rest of the own interval.")] = False,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Take calls from now on."""
    _act("ready", file, as_json, agent=agent, skip_interval=now)


@app.command()
def pause(
    agent: str,
    reason: Annotated[str, typer.Option(help="Why, for the log and the board.")] = "",
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """No further call; a conversation and its wrap-up are finished first."""
    _act("pause", file, as_json, agent=agent, reason=reason)


@app.command()
def dispose(
    agent: str,
    code: Annotated[str, typer.Argument(help="One of the campaign's dispositions.")],
    callback: Annotated[
        str | None,
        typer.Option(help="When to call again, in the person's time: 2026-12-24 15:00, 15:00, +2h, +3d."),
    ] = None,
    mine: Annotated[bool, typer.Option("--mine", help="The callback is this agent's own.")] = False,
    amount: Annotated[str | None, typer.Option(help="What a sale is worth: 199.90.")] = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Say what came of the conversation, during it or in wrap-up."""
    _act("dispose", file, as_json, agent=agent, code=code, callback=callback, mine=mine, amount=amount)


app.command()(listening.listen)
app.command()(listening.listeners)
