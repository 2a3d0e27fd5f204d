"""What can be wrong with a recording; each message says what to do."""

from __future__ import annotations


class RecordingError(Exception):
    """The root of all that can be wrong with recordings."""


class BadKey(RecordingError):
    """A key file cannot be read, or holds no key."""


class KeyMissing(RecordingError):
    """The key a recording is sealed with is not configured, or is another one of the same name."""


class Damaged(RecordingError):
    """What is in the store is not what was put there."""


class NotThere(RecordingError):
    """The store does not hold it."""


class StoreAway(RecordingError):
    """The store does not answer, is full, or refuses us."""
