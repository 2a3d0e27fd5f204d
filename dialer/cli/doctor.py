"""`dialer doctor`: files, stores and every Asterisk of the configuration examined, with the fix for each finding."""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

import config
from dialer.cli import context, logs
from dialer.cli.context import DEFAULT_CONFIG, ConfigFile, Json, out

if TYPE_CHECKING:
    from dialer.ops.findings import Finding

_STYLE = {"ok": "[green]ok  [/]", "warn": "[yellow]warn[/]", "fail": "[red]FAIL[/]"}


def doctor(file: ConfigFile = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """Examine files, database, stores, broker and every Asterisk against what the dialer needs; no phone rings.

    Exit status: 0 nothing to mend, 1 something fails, 2 warnings only. Example: dialer doctor --json
    """
    import time

    from dialer.ops import doctor as examiner
    from dialer.ops.files import examine_files
    from dialer.ops.findings import Level

    settings = context.load_settings(file)
    logs.configure(as_json=None, level="ERROR")
    # What the line says of itself is among the findings.
    logging.getLogger("ami").setLevel(logging.CRITICAL)
    clock = time.time  # noqa: TID251 - compared with the switch's own clock, so it must be the machine's
    with context.explained():
        findings = examine_files(settings, config.doubts(file))
        if any(one.records for one in settings.campaigns.values()):
            from dialer.ops.store import examine_store

            findings += (examine_store(settings),)
        findings += context.run_async(examiner.examine_all(settings, clock=clock))
        if settings.mqtt is not None:
            from dialer.mqtt.doctor import examine_broker

            findings += (context.run_async(examine_broker(settings.mqtt, settings.instance)),)
    if as_json:
        context.show_json([{**asdict(finding), "level": finding.level.value} for finding in findings])
    else:
        _show(findings)
    code = {Level.OK: 0, Level.FAIL: 1, Level.WARN: 2}[examiner.worst(findings)]
    if code:
        raise typer.Exit(code)


def _show(findings: tuple[Finding, ...]) -> None:
    node = None
    for finding in findings:
        if finding.node != node:
            node = finding.node
            out.print(f"[bold]{node}[/]", highlight=False)
        out.print(f"  {_STYLE[finding.level.value]} ", end="", highlight=False)
        out.print(f"{finding.check}: {finding.said}", highlight=False, markup=False, soft_wrap=True)
        if finding.fix:
            out.print(f"       -> {finding.fix}", highlight=False, markup=False, soft_wrap=True)
