"""Finished recordings: from Asterisk's raw files into a store, sealed, indexed, kept as long as each campaign says."""

from __future__ import annotations

from dialer.recordings.archive import Archive
from dialer.recordings.collector import Collector
from dialer.recordings.errors import BadKey, Damaged, KeyMissing, NotThere, RecordingError, StoreAway
from dialer.recordings.rounds import Rounds
from dialer.recordings.showing import shown
from dialer.recordings.sweeper import Sweeper, Swept

__all__ = [
    "Archive",
    "BadKey",
    "Collector",
    "Damaged",
    "KeyMissing",
    "NotThere",
    "RecordingError",
    "Rounds",
    "StoreAway",
    "Sweeper",
    "Swept",
    "shown",
]
