"""What a part of the daemon has trouble with, for whoever shows alarms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing wrong: what, what happens by itself, and what a person can do. `level` is bad or warn."""

    title: str
    detail: str
    does: str
    remedy: str
    level: str = "bad"
    campaign: str | None = None
