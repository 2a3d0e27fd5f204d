"""`dialer webhook`: list, test, dead, resend: what other systems are told over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out

app = typer.Typer(no_args_is_help=True, help="Webhooks: list, test, dead, resend.")

Webhook = Annotated[str, typer.Argument(help="Its name in the configuration.")]
OneWebhook = Annotated[str | None, typer.Option("--webhook", help="Of this webhook only.")]


@app.command("list")
def list_(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Every webhook: how many messages wait, were taken, were laid aside, and what is wrong with it."""
    settings = context.load_settings(file)
    with context.explained():
        rows = context.ask(settings, "webhooks")
    if as_json:
        context.show_json(rows)
        return
    if not rows:
        out.print("no webhooks; see docs/webhooks.md")
        return
    table = Table("webhook", "waiting", "taken", "laid aside", "events", "trouble")
    for row in rows:
        events = ", ".join(row["events"])
        figures = (str(row[state]) for state in ("pending", "delivered", "dead"))
        table.add_row(row["webhook"], *figures, events, row["trouble"])
    out.print(table)


@app.command("test")
def try_out(webhook: Webhook, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Send a message of type `test` now, and tell what came back.

    Example: dialer webhook test crm
    """
    settings = context.load_settings(file)
    with context.explained():
        row = context.ask(settings, "try_webhook", webhook=webhook)
    if as_json:
        context.show_json(row)
    elif row["taken"]:
        out.print(f"{webhook} took it (HTTP {row['status']})", highlight=False)
    if not row["taken"]:
        context.fail(f"{webhook} did not take it: {row['why']}")


@app.command()
def dead(
    webhook: OneWebhook = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 100,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Messages laid aside because nobody took them in time, the newest first."""
    settings = context.load_settings(file)
    with context.explained():
        rows = context.ask(settings, "dead_messages", webhook=webhook, limit=limit)
    if as_json:
        context.show_json(rows)
        return
    table = Table("message", "event", "tries", "why")
    for row in rows:
        table.add_row(row["id"], row["event"], str(row["tries"]), row["error"])
    out.print(table if rows else "none was laid aside")


@app.command()
def resend(
    ids: Annotated[list[str] | None, typer.Argument(help="Messages; none: all that were laid aside.")] = None,
    webhook: OneWebhook = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Send messages again that were laid aside.

    Example: dialer webhook resend --webhook crm
    """
    settings = context.load_settings(file)
    with context.explained():
        row = context.ask(settings, "send_again", webhook=webhook, ids=ids or None)
    if as_json:
        context.show_json(row)
    else:
        out.print(f"{row['sent_again']} messages are sent again", highlight=False)
