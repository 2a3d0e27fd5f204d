"""What pacing has learnt, kept across restarts in a small file; losing it costs a warm-up, never a start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import structlog

import pacing
from dialer import private

log = structlog.get_logger(__name__)


def load(file: Path, settings: pacing.Settings) -> pacing.LaneEngine:
    """The engines as they were saved, under today's settings; fresh ones where there is nothing usable."""
    try:
        engine = pacing.LaneEngine.load(json.loads(file.read_text()))
    except FileNotFoundError:
        engine = pacing.LaneEngine(pacing.Engine(settings))
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("learnt_file_unusable", file=str(file), error=str(error), remedy="pacing starts afresh")
        engine = pacing.LaneEngine(pacing.Engine(settings))
    return again(json.dumps(engine.dump()), settings)


def again(dumped: str, settings: pacing.Settings) -> pacing.LaneEngine:
    """Engines from their dump as text: the same text gives the same ones, here and in a replay."""
    return pacing.LaneEngine.load(json.loads(dumped), settings)


def save(file: Path, engine: pacing.LaneEngine) -> None:
    """Write what was learnt, whole or not at all."""
    write(file, engine.dump())


def write(file: Path, dumped: Mapping[str, Any]) -> None:
    """Write what engines dumped; may wait for the disk."""
    try:
        private.folder(file.parent)
        fresh = file.with_suffix(".new")
        private.begun(fresh).write_text(json.dumps(dumped))
        fresh.replace(file)
    except OSError as error:
        log.warning("learnt_file_not_written", file=str(file), error=str(error))
