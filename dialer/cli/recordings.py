"""`dialer recordings`: find, hear, keep and delete them. It works beside a running dialer and without one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

import config
import storage
from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out
from dialer.recordings import Archive, NotThere, RecordingError, Sweeper, Swept, holding, shown, verifying
from storage.recordings import Wanted

app = typer.Typer(no_args_is_help=True, help="Recordings: list, show, export, verify, hold, release, sweep.")

ACTOR = "command line"

Number = Annotated[int, typer.Argument(help="The recording's number, as list shows it.", min=1)]
Campaign = Annotated[str | None, typer.Option(help="Only of this campaign.")]
Day = Annotated[str | None, typer.Option(help="A day, such as 2026-03-02, in the call centre's zone.")]


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the clock of a command is the wall's


@contextlib.asynccontextmanager
async def _opened(settings: config.Settings) -> AsyncIterator[Archive]:
    async with context.opened(settings) as db:
        archive = Archive(db, lambda: settings, _now)
        try:
            yield archive
        finally:
            archive.close()


@contextlib.contextmanager
def _explained() -> Any:
    with context.explained():
        try:
            yield
        except RecordingError as error:
            context.fail(str(error))
        except FileExistsError as error:
            context.fail(f"{error.filename} exists; name another file")
        except OSError as error:
            context.fail(f"{error.filename}: {error.strerror or error}")


def _instant(settings: config.Settings, day: str | None) -> datetime | None:
    if day is None:
        return None
    try:
        return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(settings.zone)).astimezone(UTC)
    except ValueError:
        context.fail(f"{day!r} is no day; write it like 2026-03-02")


@app.command("list")
def list_(
    campaign: Campaign = None,
    agent: Annotated[str | None, typer.Option(help="Only of this agent.")] = None,
    lead: Annotated[int | None, typer.Option(help="Only of this lead, by its number.")] = None,
    disposition: Annotated[str | None, typer.Option(help="Only with this disposition.")] = None,
    since: Day = None,
    until: Day = None,
    deleted: Annotated[bool, typer.Option("--deleted", help="Those that were deleted instead.")] = False,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 50,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Finished recordings, newest first.

    Example: dialer recordings list --campaign spring --since 2026-03-02
    """
    settings = context.load_settings(file)
    wanted = Wanted(
        campaign_id=campaign,
        agent=agent,
        lead_id=lead,
        disposition=disposition,
        since=_instant(settings, since),
        until=_instant(settings, until),
        deleted=deleted,
    )

    async def work() -> tuple[storage.recordings.Listed, ...]:
        async with context.opened(settings) as db:
            return await storage.recordings.page(db, wanted, limit=limit)

    with _explained():
        found = context.run_async(work())
    if as_json:
        context.show_json([_shown(one) for one in found])
        return
    table = Table("number", "began", "length", "campaign", "agent", "lead", "disposition", "kept until")
    for one in found:
        it = one.recording
        began = it.started_at.astimezone(ZoneInfo(settings.zone))
        table.add_row(
            str(it.recording_id),
            f"{began:%Y-%m-%d %H:%M:%S}",
            f"{int(it.length_s) // 60}:{int(it.length_s) % 60:02}",
            it.campaign_id,
            it.agent or "",
            str(it.lead_id or ""),
            one.disposition,
            "for good" if it.due_at is None else f"{it.due_at.astimezone(ZoneInfo(settings.zone)):%Y-%m-%d}",
        )
    out.print(table)


@app.command()
def show(number: Number, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """One recording: where it is, what it must hash to, until when it is kept."""
    settings = context.load_settings(file)

    async def work() -> storage.recordings.Listed:
        async with context.opened(settings) as db:
            found = await _one(db, number)
            await _note(db, "recordings.show", found.recording)
            return found

    with _explained():
        found = _shown(context.run_async(work()))
    if as_json:
        context.show_json(found)
        return
    for name, value in found.items():
        out.print(f"{name:<12} {'' if value is None else value}", highlight=False, soft_wrap=True)


@app.command()
def export(
    number: Number,
    path: Annotated[Path, typer.Argument(help="The sound file to write; it must not be there yet.")],
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Write one recording as a file that plays everywhere, unsealed and proven by its checksum.

    Example: dialer recordings export 4711 call.flac
    """
    settings = context.load_settings(file)

    async def work() -> storage.recordings.Recording:
        async with _opened(settings) as archive:
            one = (await _one(archive.db, number)).recording
            if one.deleted_at is not None:
                raise NotThere(f"recording {number} was deleted ({one.deleted_why})")
            await _note(archive.db, "recordings.export", one)
            await archive.write_out(one, path)
            return one

    with _explained():
        one = context.run_async(work())
    if as_json:
        context.show_json({"path": str(path), "bytes": one.bytes, "checksum": one.checksum})
    else:
        out.print(f"{path}: {one.bytes} bytes, SHA-256 {one.checksum}", highlight=False, soft_wrap=True)


@app.command()
def verify(campaign: Campaign = None, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Read every stored recording whole and compare its checksum; status 1 if one is missing or spoilt."""
    settings = context.load_settings(file)

    async def work() -> verifying.Report:
        async with _opened(settings) as archive:
            return await verifying.verify(archive, campaign)

    with _explained():
        report = context.run_async(work())
    if as_json:
        context.show_json(report.as_dict())
    else:
        for number, why in report.wrong.items():
            out.print(f"{number}: {why}", highlight=False, soft_wrap=True)
        out.print(f"{report.good} are as they were recorded, {len(report.wrong)} are not", highlight=False)
    if report.wrong:
        raise typer.Exit(1)


Target = Annotated[
    str, typer.Argument(help="recording NUMBER, lead NUMBER or campaign ID: what is held.", metavar="KIND")
]
Which = Annotated[str, typer.Argument(help="Its number or id.")]


@app.command()
def hold(
    kind: Target,
    which: Which,
    reason: Annotated[str, typer.Option(help="Why; it goes into the audit log.")],
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Put a legal hold on a recording, on all of a lead or on all of a campaign: nothing of it is deleted.

    Example: dialer recordings hold lead 4711 --reason "court file 12/26"
    """
    settings = context.load_settings(file)

    async def work() -> None:
        async with context.opened(settings) as db:
            await holding.hold(db, kind, which, now=_now(), actor=ACTOR, reason=reason)
            await _noted(db, "recordings.hold", f"{kind}:{which}", reason)

    with _explained():
        context.run_async(work())
    _say({"kind": kind, "target": which, "held": True}, f"{kind} {which} is held: {reason}", as_json)


@app.command()
def release(kind: Target, which: Which, file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Lift a legal hold: what is past its time goes with the next sweep."""
    settings = context.load_settings(file)

    async def work() -> bool:
        async with context.opened(settings) as db:
            done = await holding.release(db, kind, which)
            if done:
                await _noted(db, "recordings.release", f"{kind}:{which}", None)
            return done

    with _explained():
        done = context.run_async(work())
    text = f"{kind} {which} is held no longer" if done else f"{kind} {which} was not held"
    _say({"kind": kind, "target": which, "held": False, "was_held": done}, text, as_json)


@app.command()
def holds(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Every legal hold on recordings, leads and campaigns."""
    settings = context.load_settings(file)

    async def work() -> list[dict[str, Any]]:
        async with context.opened(settings) as db:
            return await holding.every(db)

    with _explained():
        found = context.run_async(work())
    if as_json:
        context.show_json(found)
        return
    table = Table("kind", "which", "reason", "by", "since")
    for one in found:
        table.add_row(one["kind"], one["target"], one["reason"], one["actor"], one["at"])
    out.print(table)


@app.command()
def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Delete every recording past its time that nobody holds, with a proof in the audit log for each.

    The daemon does the same by itself. Status 1 if a file would not go.
    """
    settings = context.load_settings(file)

    async def work() -> Swept:
        async with _opened(settings) as archive:
            return await Sweeper(archive).sweep(dry_run=dry_run, actor=ACTOR)

    with _explained():
        swept = context.run_async(work())
    if as_json:
        context.show_json(swept.as_dict())
    else:
        for name in swept.deleted:
            out.print(f"{'would go' if dry_run else 'deleted'}: {name}", highlight=False)
        for name in swept.held:
            out.print(f"held: {name}", highlight=False)
        for name, why in swept.failed.items():
            out.print(f"not deleted: {name}: {why}", highlight=False, soft_wrap=True)
        out.print(
            f"{len(swept.deleted)} of {swept.looked_at} {'are due' if dry_run else 'deleted'}, "
            f"{len(swept.held)} held, {swept.unreadable} kept for a date that cannot be read",
            highlight=False,
        )
    if swept.failed:
        raise typer.Exit(1)


def _say(value: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        context.show_json(value)
    else:
        out.print(text, highlight=False)


async def _one(db: storage.Database, number: int) -> storage.recordings.Listed:
    found = await storage.recordings.by_id(db, number)
    if found is None:
        raise NotThere(f"there is no recording {number}; dialer recordings list shows what there is")
    return found


async def _note(db: storage.Database, action: str, one: storage.recordings.Recording) -> None:
    """Whoever has this command may read the database too; what goes by the front door is written down."""
    await _noted(db, action, str(one.recording_id), one.name)


async def _noted(db: storage.Database, action: str, target: str, after: str | None) -> None:
    await storage.audit.add(
        db, storage.AuditRow(_now(), ACTOR, "", action, target, "null", json.dumps(after))
    )


def _shown(one: storage.recordings.Listed) -> dict[str, Any]:
    """With what only whoever runs the store needs."""
    it = one.recording
    return {
        **shown(one, datetime.isoformat),
        "checksum": it.checksum,
        "key": it.key_id,
        "path": it.path,
        "kept_at": it.kept_at.isoformat(),
        "deleted_at": None if it.deleted_at is None else it.deleted_at.isoformat(),
        "deleted_why": it.deleted_why,
    }
