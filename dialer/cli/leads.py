"""`dialer leads` and `dialer dnc`: lists in, lists of those not to be called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

import config
import storage
from dialer import compliance, privacy
from dialer import leads as lists
from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, err, out
from dialer.cli.leads_shown import campaign_of, change, nobody_has, now, show, tell

app = typer.Typer(
    no_args_is_help=True, help="Leads: preview, import, export, show, change, callback, skills, risk."
)
dnc_app = typer.Typer(no_args_is_help=True, help="The do-not-call lists: import.")


app.command("show")(show)
app.command("change")(change)


@app.command("import")
def import_(
    path: Annotated[Path, typer.Argument(help="A CSV file or workbook with a header line.")],
    campaign: Annotated[str, typer.Option("--campaign", help="Whose list it becomes.")],
    rejects: Annotated[
        Path | None, typer.Option(help="Where refused rows go; default beside the file.")
    ] = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Add the people of a file to a campaign; every row ends in the database or in the rejects file.

    Example: dialer leads import people.csv --campaign spring
    """
    settings = context.load_settings(file)
    chosen = campaign_of(settings, campaign)
    told = False

    async def work() -> lists.ImportReport:
        async with context.opened(settings) as db:
            with _bar(as_json) as progress:
                task = progress.add_task("importing", total=1.0, rows=0)

                def step(at: lists.Progress) -> None:
                    nonlocal told
                    progress.update(task, completed=at.share, rows=at.rows)
                    if at.added and not told:
                        told = True  # the first ones can be called while the rest comes
                        tell(settings, chosen.id)

                return await lists.import_file(
                    db,
                    chosen,
                    path,
                    now=now(),
                    on_progress=step,
                    rejects_path=rejects,
                    key=privacy.known_key(settings),
                )

    with context.explained():
        try:
            report = context.run_async(work())
            tell(settings, chosen.id)
        except (lists.LeadFileError, privacy.KeyFileError) as error:
            context.fail(str(error))
    if as_json:
        context.show_json(report.as_dict())
        return
    out.print(
        f"{report.rows} rows: {report.added} added, {report.known} known, {report.rejected} rejected",
        highlight=False,
    )
    for code, count in sorted(report.codes.items()):
        out.print(f"  {count} x {code}", highlight=False)
    if report.rejects_path is not None and report.rejected:
        out.print(f"correct and import again: {report.rejects_path}", highlight=False, soft_wrap=True)


@app.command("preview")
def preview(
    path: Annotated[Path, typer.Argument(help="A CSV file or workbook with a header line.")],
    campaign: Annotated[str, typer.Option("--campaign", help="Whose list it would become.")],
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Tell how a file is understood and which rows will never be dialed, without importing it.

    Example: dialer leads preview people.xlsx --campaign spring
    """
    settings = context.load_settings(file)
    chosen = campaign_of(settings, campaign)
    with context.explained():
        try:
            seen = context.run_async(lists.preview_file(chosen, path, now=now()))
        except (lists.LeadFileError, privacy.KeyFileError) as error:
            context.fail(str(error))
    if as_json:
        context.show_json(seen.as_dict())
        return
    for field, column in seen.columns.items():
        out.print(f"  {field:<12} from the column {column!r}", highlight=False)
    out.print(f"  kept as data: {', '.join(seen.data) or 'nothing'}", highlight=False)
    for lines in seen.reasons.values():
        for line in lines:
            out.print(f"  {line}", highlight=False)
    for line in nobody_has(settings, seen.skills):
        out.print(f"  {line}", highlight=False)
    if seen.few_hours or seen.never_open:
        out.print(
            f"  {seen.few_hours} can be called under 4 hours a day, {seen.never_open} never", highlight=False
        )
    out.print(seen.summary, highlight=False)


@app.command("export")
def export(
    path: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    campaign: Annotated[str, typer.Option("--campaign", help="Whose leads.")],
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Write a campaign's leads with their state; formulas are made harmless for spreadsheets.

    Example: dialer leads export people.csv --campaign spring
    """
    settings = context.load_settings(file)
    chosen = campaign_of(settings, campaign)

    async def work() -> int:
        async with context.opened(settings) as db:
            return await lists.export_file(db, chosen.id, path)

    with context.explained():
        count = context.run_async(work())
    if as_json:
        context.show_json({"path": str(path), "leads": count})
    else:
        out.print(f"{count} leads written to {path}", highlight=False)


@app.command("callback")
def callback(
    campaign: Annotated[str, typer.Option("--campaign", help="Whose lead.")],
    number: Annotated[str | None, typer.Option(help="One of the lead's numbers.")] = None,
    external_id: Annotated[str | None, typer.Option("--id", help="The lead's external id.")] = None,
    owner: Annotated[str | None, typer.Option(help="The agent who is to make the call.")] = None,
    at: Annotated[
        str | None,
        typer.Option(help="When, in the person's time: 2026-12-24 15:00, 15:00, +2h; default now."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, for the lead's history.")] = "callback",
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Make a lead the next one to be called.

    Example: dialer leads callback --campaign spring --id A-17 --owner anna --reason "parcel refused"
    """
    settings = context.load_settings(file)
    with context.explained():
        done = context.ask(
            settings,
            "callback",
            campaign=campaign,
            number=number,
            external_id=external_id,
            owner=owner,
            at=at,
            reason=reason,
        )
    if as_json:
        context.show_json(done)
        return
    whom = f" by {done['owner']}" if done["owner"] else ""
    out.print(
        f"lead {done['external_id'] or done['lead']} is called{whom} from {done['at']}", highlight=False
    )


@app.command("skills")
def skills(
    names: Annotated[list[str] | None, typer.Argument(help="All they are to ask for; none: nothing.")] = None,
    campaign: Annotated[str, typer.Option("--campaign", help="Whose leads.")] = "",
    external_ids: Annotated[list[str] | None, typer.Option("--id", help="A lead's external id.")] = None,
    asks: Annotated[
        str | None, typer.Option(help="All open leads that ask for this skill now, or none.")
    ] = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Let leads ask for skills of an agent, and for no others.

    Example: dialer leads skills cantonese life --campaign spring --id A-17 --id A-18
    """
    settings = context.load_settings(file)
    chosen = campaign_of(settings, campaign)
    with context.explained():
        done = context.ask(
            settings,
            "ask_skills",
            campaign=chosen.id,
            skills=list(names or ()),
            external_ids=external_ids or None,
            asks=asks,
        )
    if as_json:
        context.show_json(done)
        return
    asked = " and ".join(done["skills"]) or "no skills"
    out.print(f"{done['changed']} leads ask for {asked}", highlight=False)


@app.command("risk")
def risk(
    campaign: Annotated[str, typer.Option("--campaign", help="Whose leads.")],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Leads to list.")] = 50,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Tell how leads with a deadline stand, and which will probably not be reached in time.

    Example: dialer leads risk --campaign welcome
    """
    settings = context.load_settings(file)
    chosen = campaign_of(settings, campaign)

    async def work() -> dict[str, Any]:
        async with context.opened(settings) as db:
            return await lists.risk.report(db, chosen, now(), limit=limit)

    with context.explained():
        found = context.run_async(work())
    if as_json:
        context.show_json(found)
        return
    for line in lists.risk.lines(found):
        out.print(line, highlight=False)
    table = Table("lead", "deadline", "chance", "attempts", "next", "owner")
    for row in found["at_risk"]:
        name = row["external_id"] or str(row["lead"])
        next_at = row["next_at"] or ""
        owner = row["owner"] or ""
        table.add_row(name, row["deadline"], f"{row['chance']:.0%}", str(row["attempts"]), next_at, owner)
    if found["at_risk"]:
        out.print(table)


def _bar(hidden: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]} rows"),
        TimeRemainingColumn(),
        console=err,
        disable=hidden,
    )


@dnc_app.command("import")
def dnc_import(
    path: Annotated[Path, typer.Argument(help="One number a line; a prefix ends in *.")],
    list_id: Annotated[
        str, typer.Option("--list", help="Name of the list; system holds for all.")
    ] = "system",
    region: Annotated[str | None, typer.Option(help="Country of numbers without one, such as GB.")] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day they are not called (UTC).")
    ] = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Add numbers to a do-not-call list; a file with one unreadable line changes nothing.

    Example: dialer dnc import national.txt --region GB
    """
    settings = context.load_settings(file)
    with context.explained():
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            context.fail(f"{path} cannot be read: {error}")
        until = None if expires is None else expires.replace(tzinfo=UTC) + timedelta(days=1)
        entries = [replace(one, expires_at=until) for one in _entries(path, text, list_id, region)]
        count = context.run_async(_add(settings, entries))
    if as_json:
        context.show_json({"read": len(entries), "added": count, "list": list_id})
    else:
        out.print(f"{len(entries)} entries read into the list {list_id}", highlight=False)


def _entries(path: Path, text: str, list_id: str, region: str | None) -> list[storage.DncEntry]:
    entries, mistakes = [], []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        if line.endswith("*") and line[:1] == "+" and line[1:-1].isdigit():
            entries.append(storage.DncEntry(line[:-1], list_id, is_prefix=True))
            continue
        found = compliance.numbers.read(line, region)
        if isinstance(found, compliance.BadNumber):
            mistakes.append(f"{path}:{number}: {found.reason}")
        else:
            entries.append(storage.DncEntry(found.e164, list_id))
    if mistakes:
        shown = "\n".join(mistakes[:20])
        context.fail(f"{len(mistakes)} lines cannot be read, nothing was added:\n{shown}")
    return entries


async def _add(settings: config.Settings, entries: list[storage.DncEntry]) -> int:
    async with context.opened(settings) as db:
        return await storage.dnc.add(db, entries, now=now())
