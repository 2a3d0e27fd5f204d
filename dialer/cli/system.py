"""`dialer run`, `check`, `schema`, `drain` and `db`: the daemon and its configuration."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

import config
import storage
from dialer.cli import context, logs
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out
from dialer.cli.lazy import loading

POLL_S = 0.5
TRY_AGAIN = 75
"""Exit status of a daemon that another has replaced: start it again and it stands by."""

FAILED_START_S = 5.0
"""A start that fails this soon lasts this much longer under systemd, which tries the next one at once and for ever."""

db_app = typer.Typer(no_args_is_help=True, help="The database: status, upgrade.")


def run(
    file: ConfigFile = DEFAULT_CONFIG,
    log_json: Annotated[
        bool | None, typer.Option("--log-json/--log-text", help="Default: as configured.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log details.")] = False,
) -> None:
    """Run the dialer until SIGTERM, which hands over: no new calls, ringing ones served, conversations stay.

    Example: dialer run --config /etc/cadence/dialer.yaml
    """
    with loading():
        from dialer import app as application
        from dialer.runtime.leadership import LostLeadership

    with _no_haste():
        for where in config.shadowed_packages():
            context.fail(str(where))
        settings = context.load_settings(file)
        wanted = settings.log
        if log_json is None and wanted.format is not config.LogFormat.AUTO:
            log_json = wanted.format is config.LogFormat.JSON
        logs.configure(as_json=log_json, level="DEBUG" if verbose else wanted.level.value.upper())
        os.umask(0o077)  # whatever the daemon writes is its own, also where no file says so
        with context.explained():
            try:
                asyncio.run(application.run(settings))
            except LostLeadership as error:
                context.fail(str(error), TRY_AGAIN)


@contextlib.contextmanager
def _no_haste() -> Iterator[None]:
    """Under systemd a start that fails ends after a pause; what worked before is to be started again at once.

    The unit's own means, RestartSteps, came with systemd 254; Debian 12 has 252.
    """
    began, service = time.monotonic(), "NOTIFY_SOCKET" in os.environ
    try:
        yield
    except Exception as error:
        failed = not isinstance(error, typer.Exit) or error.exit_code == 1
        if service and failed and time.monotonic() - began < FAILED_START_S:
            time.sleep(FAILED_START_S)
        raise


def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Configuration files; default dialer.yaml.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find every mistake in the configuration, each with its place and remedy; warn of what is not safe.

    Exit status: 0 all is well or there are warnings only, 1 mistakes were found.
    """
    problems: list[config.Problem] = []
    doubts: list[config.Problem] = []
    for file in files or [DEFAULT_CONFIG]:
        try:
            doubts += config.doubts(file)
        except config.ConfigErrors as errors:
            problems += errors.problems
    if as_json:
        levels = (("error", problems), ("warning", doubts))
        context.show_json([{"level": level, **asdict(one)} for level, found in levels for one in found])
    else:
        for problem in problems:
            sys.stdout.write(f"{problem.pretty()}\n")
        for doubt in doubts:
            sys.stdout.write(f"warning: {doubt.pretty()}\n")
        if not problems:
            out.print("the configuration is good" + (", with warnings" if doubts else ""))
    raise typer.Exit(1 if problems else 0)


def schema(
    campaign: Annotated[bool, typer.Option("--campaign", help="Of a campaign file.")] = False,
    scenario: Annotated[bool, typer.Option("--scenario", help="Of a scenario to simulate.")] = False,
) -> None:
    """Print the JSON schema of the configuration, for editors."""
    if campaign and scenario:
        raise typer.BadParameter("one of --campaign and --scenario")
    wanted = config.scenario_schema if scenario else config.json_schema
    context.show_json(config.campaign_schema() if campaign else wanted())


def drain(
    file: ConfigFile = DEFAULT_CONFIG,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for conversations.")] = 600.0,
) -> None:
    """Place no new call, and wait until every conversation is over and judged.

    Exit status 1 when the time ran out; dialing goes on with the next `dialer campaign start`.
    """
    settings = context.load_settings(file)
    with context.explained():
        left = context.ask(settings, "drain")
        waited_s = 0.0
        with out.status("draining") as shown:
            while not left["drained"] and waited_s < timeout:
                shown.update(f"{left['calls']} calls on, {left['wrapup']} agents in wrap-up")
                time.sleep(POLL_S)
                waited_s += POLL_S
                left = context.ask(settings, "drain")
    if not left["drained"]:
        context.fail(f"{left['calls']} calls are still on; run it again to wait longer")
    out.print("drained: no call is left")


def reload(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Let the running dialer read its configuration again: all of it is taken over, or nothing and why.

    Settings that need a restart are listed and keep their old values until then.
    """
    settings = context.load_settings(file)
    with context.explained():
        done = context.ask(settings, "reload")
    if as_json:
        context.show_json(done)
        return
    for change in done["applied"]:
        out.print(f"{change['setting']}: {change['old']} -> {change['new']}", markup=False)
    for change in done["waiting_for_restart"]:
        out.print(f"needs a restart: {change['setting']}: {change['old']} -> {change['new']}", markup=False)
    if not done["applied"] and not done["waiting_for_restart"]:
        out.print("nothing has changed")


@db_app.command("status")
def db_status(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Which schema the database has and which this program wants."""
    settings = context.load_settings(file)

    async def look() -> storage.SchemaStatus:
        db = await storage.Database.open(settings.database, check_schema=False)
        try:
            return await db.status()
        finally:
            await db.close()

    with context.explained():
        found = context.run_async(look())
    if as_json:
        context.show_json(asdict(found))
    else:
        out.print(f"{found.state}: has {found.current or 'no tables'}, this program wants {found.head}")


@db_app.command("upgrade")
def db_upgrade(file: ConfigFile = DEFAULT_CONFIG) -> None:
    """Bring the database to this program's schema."""
    settings = context.load_settings(file)

    async def upgrade() -> None:
        async with context.opened(settings):
            pass

    with context.explained():
        context.run_async(upgrade())
    out.print("the database is up to date")
