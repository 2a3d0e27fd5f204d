"""The store of recordings examined: does it take a file, give it back, and let go of it."""

from __future__ import annotations

import secrets

import config
from dialer.ops.findings import Finding, Level
from dialer.recordings.archive import key_of, store_of
from dialer.recordings.errors import RecordingError

_CONTENT = b"examined"


def examine_store(settings: config.Settings) -> Finding:
    """One small file written, read and deleted, and the key looked at. Never raises; it blocks."""
    try:
        _try(settings)
    except RecordingError as error:
        fix = "until then recordings stay where Asterisk wrote them; see docs/recordings.md, The store"
        return Finding("here", "recordings", Level.FAIL, str(error), fix)
    return Finding("here", "recordings", Level.OK, "the store takes files, gives them back and deletes them")


def _try(settings: config.Settings) -> None:
    if settings.recordings.key is not None:
        key_of(settings.recordings, settings.recordings.key)
    store, path = store_of(settings), f"doctor-{secrets.token_hex(8)}"
    store.put(path, [_CONTENT])
    try:
        with store.open(path) as (file, length):
            same = file.read(length) == _CONTENT
    finally:
        store.remove(path)
    if not same:
        raise RecordingError("the store gives back other bytes than it was given; choose another store")
