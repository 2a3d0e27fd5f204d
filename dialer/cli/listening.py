"""`dialer agent listen` and `listeners`: supervisors on the line of agents."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out

_SAYS = {
    "listen": "listens to",
    "whisper": "whispers to",
    "barge": "speaks into the conversation of",
}


def listen(
    agent: Annotated[str | None, typer.Argument(help="To whom; with --stop nobody.")] = None,
    user: Annotated[str, typer.Option("--as", help="Whose phone rings: a user with a phone.")] = ...,  # type: ignore[assignment]
    mode: Annotated[
        str,
        typer.Option(help="listen (nobody hears you), whisper (the agent does), barge (both do)."),
    ] = "listen",
    stop: Annotated[bool, typer.Option("--stop", help="Hang that phone up instead.")] = False,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Let a supervisor hear an agent live: their phone rings once; run it again to change how, or to whom.

    It goes on with the agent's next person, and ends with the agent's phone. Every use is in the audit log.

    Examples: dialer agent listen ann --as eva; dialer agent listen ann --as eva --mode whisper;
    dialer agent listen --as eva --stop
    """
    settings = context.load_settings(file)
    if not stop and agent is None:
        context.fail("say to whom: dialer agent listen ann --as eva")
    with context.explained():
        if stop:
            row = context.ask(settings, "stop_listening", user=user)
        else:
            row = context.ask(settings, "listen", agent=agent, user=user, mode=mode)
    if as_json:
        context.show_json(row)
    elif stop:
        out.print(f"{user}: stopped", highlight=False)
    else:
        out.print(_says(row), highlight=False)


def listeners(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Who listens to whom now.

    Example: dialer agent listeners
    """
    settings = context.load_settings(file)
    with context.explained():
        rows = context.ask(settings, "listeners")
    if as_json:
        context.show_json(rows)
        return
    if not rows:
        out.print("nobody listens")
        return
    table = Table("supervisor", "agent", "campaign", "how", "")
    for row in rows:
        table.add_row(row["user"], row["agent"], row["campaign"], row["mode"], row["state"])
    out.print(table)


def _says(row: dict[str, Any]) -> str:
    rings = ": the phone rings" if row["state"] == "ringing" else ""
    return f"{row['user']} {_SAYS[row['mode']]} {row['agent']}{rings}"
