"""`dialer machines`: how often the detection of answering machines is wrong, and what rings tell."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from dialer import leads
from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out

app = typer.Typer(no_args_is_help=True, help="Answering machines: figures, rings.")

SOURCES = {
    "configured": "as configured",
    "few": "few reviews, more people than configured",
    "reviewed": "reviewed",
}


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the clock of a command is the wall's


@app.command()
def figures(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Of each campaign: how many of the machines heard are people, by the ears of reviewers.

    Example: dialer machines figures --json
    """
    settings = context.load_settings(file)

    async def work() -> list[dict[str, Any]]:
        async with context.opened(settings) as db:
            return [(await leads.reviewed(db, one, _now())).as_dict() for one in settings.campaigns.values()]

    with context.explained():
        rows = context.run_async(work())
    if as_json:
        context.show_json(rows)
        return
    table = Table("campaign", "detection", "people", "at most", "from", "reviewed", "waiting")
    for row in rows:
        table.add_row(
            row["campaign"],
            row["action"] if row["amd"] else "off",
            f"{100 * row['share']:.1f} %",
            f"{100 * row['bound']:.1f} %",
            SOURCES[row["source"]],
            f"{row['reviewed']} of at least {row['least']} in {row['days']} days",
            str(row["waiting"]),
        )
    out.print(table)


@app.command()
def rings(
    campaign: Annotated[str, typer.Argument(help="The campaign.")],
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """What the detection said by how long it had rung, what people found, and how strongly a ring speaks for a machine.

    Example: dialer machines rings spring
    """
    settings = context.load_settings(file)
    if campaign not in settings.campaigns:
        context.fail(f"there is no campaign {campaign}; there are: {', '.join(sorted(settings.campaigns))}")

    async def work() -> list[dict[str, Any]]:
        async with context.opened(settings) as db:
            found = await leads.by_ring(db, settings.campaigns[campaign], _now())
            return [one.as_dict() for one in found]

    with context.explained():
        rows = context.run_async(work())
    if as_json:
        context.show_json(rows)
        return
    table = Table(
        "rang",
        "said person",
        "said machine",
        "not sure",
        "found people",
        "found machines",
        "times likelier a machine",
    )
    for row in rows:
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        counts = (str(row[name]) for name in ("person", "machine", "unsure", "people", "machines"))
        table.add_row(f"{row['from_s']}-{row['to_s']} s", *counts, ratio)
    out.print(table)
