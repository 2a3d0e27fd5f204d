"""What agents may do at their desks: calls by hand, leads shown before they are dialed, recordings."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator

from config.values import Seconds, Section, Text, live, wrong


class Dialing(StrEnum):
    """Who decides that a lead is dialed."""

    AUTO = "auto"
    PREVIEW = "preview"
    MANUAL = "manual"


class PreviewTimeout(StrEnum):
    """What becomes of a shown lead about which the agent says nothing."""

    PAUSE = "pause"
    SKIP = "skip"
    DIAL = "dial"


class Preview(Section):
    """Leads shown to an agent before they are dialed."""

    time_s: Seconds = live(30.0, "How long a lead is shown.", ge=5, le=3600)
    on_timeout: PreviewTimeout = live(
        PreviewTimeout.PAUSE,
        "When the time is over: pause (the agent is away, the lead back in the list), skip (the next lead), dial.",
    )
    skip_reasons: tuple[Text, ...] = live(
        ("not now", "data wrong", "not for us"), "Why an agent may skip a lead.", min_length=1, max_length=30
    )
    skip_rest_s: Seconds = live(3600.0, "How long a skipped lead rests.", ge=60, le=30 * 86_400)


class RecordingMode(StrEnum):
    """Which conversations are recorded."""

    OFF = "off"
    ON_DEMAND = "on_demand"
    ALWAYS = "always"


_FOLDER_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.-")


def _folder(value: str) -> str:
    safe = value.startswith("/") and ".." not in value and set(value) <= _FOLDER_LETTERS and len(value) <= 150
    if not safe:
        raise wrong(
            "folder",
            "is not an absolute folder of plain letters",
            "write it like /var/spool/asterisk/cadence: letters, digits, _ . - only",
        )
    return value.rstrip("/")


class Recording(Section):
    """Recording of conversations, with the person and the agent apart."""

    mode: RecordingMode = live(
        RecordingMode.OFF,
        "off, on_demand (the agent starts and stops it) or always (from the first word; it can only be paused).",
    )
    folder: Annotated[Text, AfterValidator(_folder)] | None = live(
        None,
        "Where Asterisk writes them, on its own disk; its user must be allowed to. None: recordings in data_dir.",
    )
