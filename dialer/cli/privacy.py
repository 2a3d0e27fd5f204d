"""`dialer privacy`: what is past keeping, what is held on a person, and forgetting them."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

import config
import storage
from dialer import compliance, privacy
from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, err, out
from dialer.privacy import paper, person, tapes
from dialer.recordings import Archive, RecordingError

T = TypeVar("T")

app = typer.Typer(
    no_args_is_help=True, help="People's data: sweep, export, erase, and legal holds: hold, release, holds."
)

Number = Annotated[str, typer.Argument(help="The person's number, with + and the country code.")]
Region = Annotated[str | None, typer.Option(help="Country of a number written without its code, such as GB.")]
Lead = Annotated[
    bool, typer.Option("--lead", help="The whole person: with every other number of the same leads.")
]


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the clock of a command is the wall's


def _actor() -> str:
    return f"command line ({getpass.getuser()})"


def _read(number: str, region: str | None) -> str:
    read = compliance.numbers.read(number, region or "ZZ")
    if isinstance(read, compliance.BadNumber):
        context.fail(f"{read.reason}; write it with + and the country code, or give --region")
    return read.e164


def _with(settings: config.Settings, work: Callable[[storage.Database], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with context.opened(settings) as db:
            return await work(db)

    with _told():
        return context.run_async(opened())


def _with_archive(settings: config.Settings, work: Callable[[Archive], Awaitable[T]]) -> T:
    async def archived(db: storage.Database) -> T:
        archive = Archive(db, lambda: settings, _now)
        try:
            return await work(archive)
        finally:
            archive.close()

    return _with(settings, archived)


@contextlib.contextmanager
def _told() -> Iterator[None]:
    with context.explained():
        try:
            yield
        except (privacy.KeyFileError, RecordingError, OSError) as error:
            context.fail(str(error))


@app.command("sweep")
def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Delete and make nameless what is past keeping, now; the running dialer does it every night.

    Example: dialer privacy sweep --dry-run
    """
    settings = context.load_settings(file)

    async def go_on() -> bool:
        await asyncio.sleep(0.05)  # the dialer's claims go first
        return True

    async def work(db: storage.Database) -> list[storage.retention.Gone]:
        if dry_run:
            return await privacy.plan(db, settings, _now())
        return await privacy.sweep(db, settings, _now(), actor=_actor(), go_on=go_on)

    found = _with(settings, work)
    if as_json:
        rows = [{key: value for key, value in one.as_dict().items() if key != "ids_sha256"} for one in found]
        context.show_json({"dry_run": dry_run, "rows": rows})
        return
    if not found:
        out.print("nothing is past keeping")
        return
    table = Table("what", "campaign", "would go" if dry_run else "gone", "from", "to")
    for one in found:
        table.add_row(one.what, one.campaign_id, str(one.count), _day(one.first), _day(one.last))
    out.print(table)


def _day(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d}"


@app.command("export")
def export(
    number: Number,
    out_file: Annotated[Path, typer.Option("--out", help="The zip file to write.")] = Path("person.zip"),
    lead: Lead = False,
    region: Region = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Write all that is held on a person into a zip file: JSON, a readable page, and recordings.

    Example: dialer privacy export +442079460123 --lead --out person.zip
    """
    settings, e164 = context.load_settings(file), _read(number, region)

    async def work(archive: Archive) -> dict[str, Any]:
        found = await person.held(archive, e164, whole=lead, now=_now())
        recorded = await tapes.of_calls(archive, [row["id"] for row in found["attempts"]])
        with tempfile.TemporaryDirectory(dir=out_file.parent) as folder:
            files = await tapes.write_out(archive, recorded, Path(folder))
            await asyncio.to_thread(paper.write_zip, found, out_file, files)
        row = storage.AuditRow(_now(), _actor(), "", "privacy.export", person.shown(e164), "null", "null")
        await storage.audit.add(archive.db, row)
        return {**found, "recordings": files}

    found = _with_archive(settings, work)
    counts = {key: len(value) for key, value in found.items() if isinstance(value, list)}
    if as_json:
        context.show_json({"file": str(out_file), **counts})
        return
    out.print(
        f"{counts['leads']} leads, {counts['attempts']} calls, {counts['recordings']} recordings"
        f" written to {out_file}; hand it over safely, and delete it afterwards",
        highlight=False,
    )
    if found["numbers_not_asked_about"]:
        out.print("the same leads have other numbers: --lead tells of these too", highlight=False)


@app.command("erase")
def erase(
    number: Number,
    lead: Lead = False,
    only_number: Annotated[
        bool, typer.Option("--only-number", help="This number alone; its leads stay with their others.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    wait_s: Annotated[float, typer.Option("--wait", min=0, help="Seconds to wait for a call to end.")] = 0.0,
    region: Region = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Forget a person for good, and never call them again: only a keyed hash of the number stays.

    Example: dialer privacy erase +442079460123 --lead
    """
    settings, e164 = context.load_settings(file), _read(number, region)
    if lead and only_number:
        context.fail("say --lead or --only-number, not both")
    planned = _with_archive(
        settings, lambda archive: _patient(lambda: person.plan(archive, e164, whole=lead), wait_s)
    )
    if planned.others and not only_number and not dry_run:
        context.fail(
            f"the same leads have {planned.others} other numbers; say --lead to erase the whole person, or"
            " --only-number"
        )
    if not dry_run and not yes:
        _show(planned.as_dict(), err)
        typer.confirm("Erase this for good?", abort=True, err=True)
    if dry_run:
        told = planned.as_dict()
    else:
        told = _with_archive(
            settings,
            lambda archive: _patient(
                lambda: person.erase(archive, e164, whole=lead, now=_now(), actor=_actor()), wait_s
            ),
        )
    if as_json:
        context.show_json({"dry_run": dry_run, **told})
    else:
        _show(told, out)


async def _patient(work: Callable[[], Awaitable[T]], wait_s: float) -> T:
    """Try again while the person is in a call, for so long."""
    loop = asyncio.get_running_loop()
    until = loop.time() + wait_s
    while True:
        try:
            return await work()
        except storage.PersonBusy:
            if loop.time() >= until:
                raise
            await asyncio.sleep(0.5)


def _show(told: dict[str, Any], where: Any) -> None:
    for name, value in told.items():
        if isinstance(value, list):
            for one in value:
                where.print(f"  {name.replace('_', ' ')}: {one}", highlight=False, soft_wrap=True)
        elif value:
            where.print(f"  {name.replace('_', ' ')}: {value}", highlight=False)


@app.command("hold")
def hold(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")],
    region: Region = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Place the leads with a number under legal hold: nothing of theirs is deleted until it is released.

    Example: dialer privacy hold +442079460123 --reason "claim 17/2026"
    """
    settings, e164 = context.load_settings(file), _read(number, region)
    if not reason.strip():
        context.fail("a legal hold needs a reason")

    async def work(db: storage.Database) -> int:
        ids = [one.lead_id for one in await storage.leads.by_number(db, e164)]
        await storage.holds.place(db, ids, now=_now(), actor=_actor(), reason=reason)
        await _keep(db, "privacy.hold", ids, reason)
        return len(ids)

    _say(_with(settings, work), "under legal hold", as_json)


@app.command("release")
def release(
    number: Number,
    region: Region = None,
    file: ConfigFile = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Release the leads with a number from their legal hold."""
    settings, e164 = context.load_settings(file), _read(number, region)

    async def work(db: storage.Database) -> int:
        ids = [one.lead_id for one in await storage.leads.by_number(db, e164)]
        gone = await storage.holds.release(db, ids)
        await _keep(db, "privacy.release", ids if gone else [], "")
        return gone

    _say(_with(settings, work), "released", as_json)


@app.command("holds")
def holds(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """List the leads under legal hold, with who held them and why."""
    settings = context.load_settings(file)
    found = _with(settings, storage.holds.every)
    if as_json:
        rows = [{"lead": one.lead_id, "at": one.at, "by": one.actor, "reason": one.reason} for one in found]
        context.show_json({"holds": rows})
        return
    table = Table("lead", "since", "by", "reason")
    for one in found:
        table.add_row(str(one.lead_id), _day(one.at), one.actor, one.reason)
    out.print(table)


def _say(count: int, what: str, as_json: bool) -> None:
    if as_json:
        context.show_json({"leads": count})
    elif count:
        out.print(f"{count} leads {what}", highlight=False)
    else:
        context.fail("no such lead: nothing was changed")


async def _keep(db: storage.Database, action: str, lead_ids: list[int], reason: str) -> None:
    if lead_ids:
        after = json.dumps({"reason": reason})
        target = " ".join(map(str, lead_ids))[:200]
        await storage.audit.add(db, storage.AuditRow(_now(), _actor(), "", action, target, "null", after))
