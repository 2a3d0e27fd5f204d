"""Names of recordings: made of the attempt's id and a second, never of a person's data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

_RAW = re.compile(r"(?P<attempt>[A-Za-z0-9][A-Za-z0-9._-]{0,120})-(?P<second>\d{9,11})(?P<clip>-amd)?\.raw")


@dataclass(frozen=True, slots=True)
class Raw:
    """What the name of one of Asterisk's files says; a `clip` is what answering-machine detection heard."""

    attempt_id: str
    second: int
    clip: bool = False

    @property
    def name(self) -> str:
        """The name without its ending: what the recording is known by."""
        return f"{self.attempt_id}-{self.second}{'-amd' if self.clip else ''}"

    @property
    def started_at(self) -> datetime:
        """When it began."""
        return datetime.fromtimestamp(self.second, UTC)


def read(file: str) -> Raw | None:
    """The parts of a raw file's name; None for a file that is not ours."""
    match = _RAW.fullmatch(file)
    return None if match is None else Raw(match["attempt"], int(match["second"]), match["clip"] is not None)


def place(raw: Raw, campaign_id: str, ending: str, *, sealed: bool) -> str:
    """Where it is kept, from the store's root: a folder a day."""
    return f"{campaign_id}/{raw.started_at:%Y/%m/%d}/{raw.name}.{ending}{'.sealed' if sealed else ''}"
