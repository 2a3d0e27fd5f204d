"""`dialer user`: add, list, phone, password, disable: who may sign in to the pages and the API."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out

app = typer.Typer(no_args_is_help=True, help="Who may sign in: add, list, phone, password, disable.")

User = Annotated[str, typer.Argument(help="The name to sign in with.")]


def _ask_for_password() -> str:
    """Asked for twice on the terminal, or read from a pipe; never an argument, which every process could read."""
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _say(row: dict[str, Any], as_json: bool) -> None:
    if as_json:
        context.show_json(row)
    else:
        state = ", disabled" if row["disabled"] else ""
        desk = f", desk of {row['agent_id']}" if row["agent_id"] else ""
        phone = f", listens on {row['phone']}" if row["phone"] else ""
        out.print(f"{row['user']}: {row['role']}{desk}{phone}{state}", highlight=False)


@app.command("list")
def list_(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Everybody who may sign in."""
    settings = context.load_settings(file)
    with context.explained():
        rows = context.ask(settings, "users")
    if as_json:
        context.show_json(rows)
        return
    table = Table("user", "role", "desk", "phone", "disabled")
    for row in rows:
        table.add_row(
            row["user"], row["role"], row["agent_id"] or "", row["phone"], "yes" if row["disabled"] else ""
        )
    out.print(table)


@app.command()
def add(
    user: User,
    role: Annotated[str, typer.Option(help="agent, supervisor or admin.")] = "agent",
    agent: Annotated[str | None, typer.Option(help="Whose desk is theirs.")] = None,
    phone: Annotated[str, typer.Option(help="Where they listen to agents, such as PJSIP/901.")] = "",
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Let somebody new sign in; the password is asked for.

    Example: dialer user add ann --role agent --agent ann
    """
    settings = context.load_settings(file)
    with context.explained():
        asked = {"user": user, "password": _ask_for_password(), "role": role, "agent": agent, "phone": phone}
        _say(context.ask(settings, "add_user", **asked), as_json)


@app.command()
def phone(
    user: User,
    phone: Annotated[
        str, typer.Argument(help="As Asterisk dials it, such as PJSIP/901; empty takes it away.")
    ],
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Say on which phone they listen to agents; every session of theirs ends.

    Example: dialer user phone eva PJSIP/901
    """
    settings = context.load_settings(file)
    with context.explained():
        _say(context.ask(settings, "change_user", user=user, phone=phone), as_json)


@app.command()
def password(user: User, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Give a new password; every session of theirs ends."""
    settings = context.load_settings(file)
    with context.explained():
        _say(context.ask(settings, "set_password", user=user, password=_ask_for_password()), as_json)


@app.command()
def disable(
    user: User,
    again: Annotated[bool, typer.Option("--enable", help="Let them in again instead.")] = False,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Let nobody sign in under this name any more; every session of theirs ends at once."""
    settings = context.load_settings(file)
    with context.explained():
        _say(context.ask(settings, "disable_user", user=user, disabled=not again), as_json)
