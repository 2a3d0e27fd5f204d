"""`dialer replay` and `dialer bugreport`: a recorded shift through the core again, and the one file that tells all."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

import config
from dialer.cli import context
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out

if TYPE_CHECKING:
    from dialer.replay import Recording, Replayed


def replay(
    file: Annotated[
        Path, typer.Argument(help="A journal's folder (data/journal), a file of it, or a bug report.")
    ],
    other: Annotated[
        Path | None,
        typer.Option("--with", help="Other settings: a campaign's file or a whole configuration."),
    ] = None,
    campaign: Annotated[str | None, typer.Option(help="Which campaign, where there are several.")] = None,
    as_json: Json = False,
) -> None:
    """Play a recorded shift through the core again; every decision, command and fact must be the same.

    Ends with status 0 when all is the same, 1 at the first difference, 2 when the file is no recording.
    With --with it shows instead what would have changed under other settings.

    Example: dialer replay data/journal --with campaigns/spring.yaml
    """
    from dialer import replay as playing

    if other is not None:
        _what_if(file, other, campaign, as_json=as_json)
        return
    try:
        recording = playing.opened(file)
        seen = playing.replay(recording.records())
    except playing.BadRecording as error:
        context.fail(str(error), 2)
    if as_json:
        context.show_json({"file": str(file), "about": recording.about, **seen.as_dict()})
    else:
        _show(seen, recording)
    if seen.difference is not None:
        raise typer.Exit(1)


def bugreport(
    target: Annotated[Path, typer.Argument(help="The file to write.")] = Path("bugreport.cadence"),
    source: Annotated[
        Path | None, typer.Option("--from", help="A journal's folder; default: that of the configuration.")
    ] = None,
    file: ConfigFile = DEFAULT_CONFIG,
) -> None:
    """Write one file from which a shift can be replayed elsewhere: ids and keyed hashes, no number and no name.

    Works while the dialer runs and after a crash.

    Example: dialer bugreport monday.cadence
    """
    from dialer import replay as playing
    from dialer.replay import bundle

    folder = source if source is not None else Path(context.load_settings(file).data_dir)
    try:
        recording = playing.opened(folder)
        count = bundle.write(recording.records, target, program=version("cadence-dialer"))
    except playing.BadRecording as error:
        context.fail(str(error), 2)
    except OSError as error:
        context.fail(f"{target} cannot be written: {error.strerror}")
    out.print(f"{target}: {count} records; look at it with: dialer replay {target}", soft_wrap=True)


def _what_if(file: Path, other: Path, campaign: str | None, *, as_json: bool) -> None:
    from dialer import replay as playing
    from dialer.replay import whatif, world

    try:
        known = world.world_of(playing.opened(file).records(), campaign)
        found = whatif.compare(known, _campaign_of(other, known.campaign))
    except playing.BadRecording as error:
        context.fail(str(error), 2)
    if as_json:
        context.show_json(found.as_dict())
        return
    table = Table(title=f"{found.campaign}: {found.hours:g} h", caption="\n".join(found.as_dict()["limits"]))
    for heading in ("", "recorded", "played again", "other settings"):
        table.add_column(heading, justify="right" if heading else "left")
    for name in found.recorded:
        values = (found.recorded[name], found.again[name], found.other[name])
        table.add_row(name, *("-" if value is None else f"{value:g}" for value in values))
    out.print(table)


def _campaign_of(file: Path, name: str) -> config.Campaign:
    from config.scenario import ScenarioFile, load_subject

    try:
        subject = load_subject(file)
    except config.ConfigErrors as errors:
        context.fail("\n".join(str(problem) for problem in errors.problems), 2)
    if isinstance(subject, config.Campaign):
        return subject
    if isinstance(subject, ScenarioFile) or name not in subject.campaigns:
        context.fail(f"{file} has no campaign {name}", 2)
    return subject.campaigns[name]


def _show(seen: Replayed, recording: Recording) -> None:
    rows: list[tuple[str, Any]] = [
        ("campaigns", ", ".join(sorted(seen.campaigns)) or "none"),
        ("lives of the daemon", seen.lives),
        ("events", seen.events),
        ("decisions of pacing", seen.decisions),
        ("commands compared", seen.commands),
    ]
    if seen.skipped:
        rows.append(("records without the start of their floor", seen.skipped))
    if seen.gaps:
        rows.append(("gaps (the journal could not be written)", seen.gaps))
    for name, value in rows:
        out.print(f"{name}: {value}", highlight=False)
    if program := recording.about.get("program"):
        out.print(f"recorded by {program} on {recording.about.get('machine')}", highlight=False)
    one = seen.difference
    if one is not None:
        out.print(f"[red]first difference[/]: record {one.seq}, campaign {one.campaign}: {one.what}")
        out.print(f"  recorded: {one.recorded}\n  replayed: {one.replayed}", highlight=False, markup=False)
    elif seen.events:
        out.print("the same, bit for bit")
    else:
        out.print("nothing to replay: no floor starts in this record")
