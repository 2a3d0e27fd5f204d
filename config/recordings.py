"""Recordings: where finished ones are kept, sealed by which key, and for how long."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from config.values import Id, Seconds, Section, Share, Text, Whole, Yes, live, wrong

_FOLDER_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.-")
_UNTIL = re.compile(
    r"^(?P<field>[^\s+][^+]{0,99}?)\s*(?:\+\s*(?P<count>\d{1,4})\s*(?P<unit>day|month|year)s?)?$"
)


class RecordingMode(StrEnum):
    """Which conversations are recorded."""

    OFF = "off"
    ON_DEMAND = "on_demand"
    ALWAYS = "always"


class SoundFormat(StrEnum):
    """How finished recordings are written: FLAC loses nothing and takes about half the room."""

    FLAC = "flac"
    WAV = "wav"


def _folder(value: str) -> str:
    safe = value.startswith("/") and ".." not in value and set(value) <= _FOLDER_LETTERS and len(value) <= 150
    if not safe:
        raise wrong(
            "folder",
            "is not an absolute folder of plain letters",
            "write it like /var/spool/asterisk/cadence: letters, digits, _ . - only",
        )
    return value.rstrip("/")


def until_of(text: str) -> tuple[str, int, str]:
    """The lead's field, how many, and of what (day, month, year), of a text such as `contract_end + 2 years`."""
    match = _UNTIL.match(text.strip())
    if match is None:
        raise ValueError(text)
    return match["field"].strip(), int(match["count"] or 0), match["unit"] or "day"


def _until(value: str) -> str:
    try:
        until_of(value)
    except ValueError:
        raise wrong(
            "until",
            "is not a field with a time after it",
            "write it like contract_end + 2 years, or contract_end + 90 days",
        ) from None
    return value


Folder = Annotated[Text, AfterValidator(_folder)]
StoreUrl = Annotated[Text, StringConstraints(min_length=1, pattern=r"^[^@]+$")]


class Retention(Section):
    """How long a campaign's recordings are kept. With both settings the later instant counts."""

    days: Whole | None = live(
        None, "Days after the call; none: until somebody deletes them.", ge=1, le=36_500
    )
    until: Annotated[Text, AfterValidator(_until)] | None = live(
        None,
        "A date in the lead's data and a time after it: contract_end + 2 years. A lead without that date goes "
        "by days alone; one whose date can not be read is kept.",
    )


class Recording(Section):
    """Recording of conversations, with the person and the agent apart."""

    mode: RecordingMode = live(
        RecordingMode.OFF,
        "off, on_demand (the agent starts and stops it) or always (from the first word; it can only be paused).",
    )
    share: Share = live(
        1.0, "Of the conversations of mode always, the share that is recorded, picked by chance: 10 % or 0.1."
    )
    folder: Folder | None = live(
        None,
        "Where Asterisk writes them, on its own disk; its user must be allowed to. None: recordings in data_dir.",
    )
    mounted_at: Folder | None = live(
        None,
        "The same folder as this machine sees it, where Asterisk is on another or in a container; none: as folder.",
    )
    retention: Retention = live(Retention(), "How long finished recordings are kept.")


class Recordings(Section):
    """Finished recordings of all campaigns."""

    store: StoreUrl | None = live(
        None,
        "Where they are kept: a folder, or a URL such as s3://bucket/folder; none: the folder archive in data_dir.",
    )
    options: dict[Text, Text] = live(
        {}, "What the store needs besides, such as endpoint_url; credentials belong in its own environment."
    )
    store_timeout_s: Seconds = live(
        15.0,
        "How long an S3 store may say nothing before a try has failed; each wish is tried three times.",
        ge=1,
        le=300,
    )
    format: SoundFormat = live(SoundFormat.FLAC, "flac or wav; both lose nothing.")
    keys: dict[Id, Text] = live(
        {}, "Key files by name, each 32 random bytes in base64; paths are from this file's folder."
    )
    key: Id | None = live(None, "Which of the keys seals new recordings; none: they are not encrypted.")
    agents_listen: Yes = live(False, "Agents may hear their own recordings; supervisors always may.")
    sweep_every_s: Seconds = live(
        3600.0, "How often those past their time are looked for.", ge=60, le=7 * 86_400
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.key is not None and self.key not in self.keys:
            known = ", ".join(sorted(self.keys)) or "none yet"
            raise wrong("key", f"there is no key {self.key}; there are: {known}", "add it to keys")
        return self

    def found_from(self, folder: Path) -> Self:
        """The same with relative paths taken from `folder`."""
        keys = {name: str(folder / path) for name, path in self.keys.items()}
        store = self.store
        if store is not None and "://" not in store:
            store = str(folder / store)
        return self.model_copy(update={"keys": keys, "store": store})
