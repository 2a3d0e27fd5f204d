"""`dialer report`: what came of a day or a range, for people, spreadsheets and programs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Shown

import config
from dialer import reports
from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, err, out
from dialer.language import Language, Words, words_of
from dialer.reports import Asked, BadPeriod, Kind, Report
from dialer.reports.files import write
from dialer.reports.formats import Format, rendered
from dialer.reports.period import read
from dialer.reports.spoken import spoken
from dialer.reports.words import shown

ONLY_IN_FILES = frozenset(
    {"inbound", "answer_rate", "conversion_rate", "talk_mean_s", "interval_s", "away_s", "working_s"}
)
"""Columns for which a screen has no room."""


def report(
    period: Annotated[
        str,
        typer.Argument(help="today, yesterday, 7d, 2026-11, 2026-11-22 or 2026-11-01..2026-11-22."),
    ] = "today",
    campaign: Annotated[
        list[str] | None, typer.Option("--campaign", help="Whose calls; may be given again.")
    ] = None,
    team: Annotated[str, typer.Option("--team", help="Only this team's.")] = "",
    agent: Annotated[str, typer.Option("--agent", help="Only this agent's.")] = "",
    by: Annotated[
        list[str] | None,
        typer.Option("--by", help=f"{', '.join(reports.GROUPINGS)}; may be given again. Default: all."),
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Instead of tables on the screen.")
    ] = None,
    table: Annotated[str, typer.Option("--table", help="Only this table, such as ranking.")] = "",
    language: Annotated[
        Language,
        typer.Option("--language", help="Of the screen, HTML and XLSX; CSV and JSON are for programs."),
    ] = Language.ENGLISH,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; its ending tells the format.")
    ] = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Tell what came of a day or a range: calls, conversions, agents' time, abandonment, lists, trunks.

    Examples:

      dialer report yesterday --campaign spring

      dialer report 2026-11 --by agent --by hour --output november.xlsx

      dialer report 7d --team north --by day --format csv > north.csv
    """
    settings = context.load_settings(file)
    asked = _asked(settings, period, tuple(campaign or ()), team, agent, tuple(by or ()))
    wanted = _format(format_, output, as_json)
    with context.explained():
        made = context.run_async(_make(settings, asked, quiet=not err.is_terminal))
    if table and not any(one.name == table for one in made.tables):
        context.fail(f"no table {table!r} here; there are: {', '.join(one.name for one in made.tables)}")
    if wanted is None:
        _show(spoken(made, words_of(language)), table, words_of(language))
    elif output is None:
        sys.stdout.buffer.write(rendered(made, wanted, table, language))
        sys.stdout.buffer.flush()
    else:
        for path in write(made, wanted, output, table, language):
            err.print(f"{path} written", highlight=False, soft_wrap=True)


async def _make(settings: config.Settings, asked: Asked, *, quiet: bool) -> Report:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} days"),
    )
    with Progress(*columns, TimeRemainingColumn(), console=err, disable=quiet, transient=True) as progress:
        task = progress.add_task("reading")

        def step(done: int, of: int) -> None:
            progress.update(task, completed=done, total=of)

        async with context.opened(settings) as db:
            now = datetime.now(UTC)  # noqa: TID251 - the clock of a command is the wall's
            return await reports.make(db, settings, asked, now=now, step=step)


def _asked(
    settings: config.Settings,
    period: str,
    campaigns: tuple[str, ...],
    team: str,
    agent: str,
    by: tuple[str, ...],
) -> Asked:
    unknown = [one for one in by if one not in reports.GROUPINGS]
    if unknown:
        context.fail(f"{unknown[0]!r} is nothing to group by; there are: {', '.join(reports.GROUPINGS)}")
    if team and team not in settings.teams:
        context.fail(f"no team {team!r}; there are: {', '.join(sorted(settings.teams)) or 'none'}")
    try:
        chosen = [settings.campaign(one) for one in campaigns]
    except KeyError as error:
        context.fail(str(error.args[0]))
    zone = (chosen[0].zone if chosen else None) or settings.zone
    today = datetime.now(ZoneInfo(zone)).date()  # noqa: TID251 - the clock of a command is the wall's
    try:
        return Asked(read(period, today), campaigns, team, agent, by)
    except BadPeriod as error:
        context.fail(str(error))


def _format(given: Format | None, output: Path | None, as_json: bool) -> Format | None:
    if given is not None or as_json:
        return given or Format.JSON
    if output is None:
        return None
    try:
        return Format(output.suffix.removeprefix(".").lower())
    except ValueError:
        context.fail(f"{output} does not tell the format; end it in .html, .csv, .xlsx or .json")


def _show(made: Report, only: str, words: Words) -> None:
    out.print(f"[bold]{made.title}[/] ({made.zone})", highlight=False)
    for table in made.tables:
        if (only and table.name != only) or not table.rows:
            continue
        grid = Shown(title=f"{table.title} ({table.name})", title_justify="left", caption=table.note or None)
        places = [n for n, column in enumerate(table.columns) if column.name not in ONLY_IN_FILES]
        for column in (table.columns[n] for n in places):
            left = column.kind is Kind.TEXT
            grid.add_column(column.title, justify="left" if left else "right", no_wrap=not left)
        for row in table.rows:
            cells = (shown(row[n], table.columns[n].kind, made.currency, words) for n in places)
            grid.add_row(*(cell.replace("[", "\\[") for cell in cells))
        out.print(grid)
