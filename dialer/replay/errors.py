"""What is said of a file that is no recording of ours, or of a record nobody of ours wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

_ODD = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)
"""What a record somebody made up can lead to; msgspec's errors are among them."""


class BadRecording(Exception):
    """The file is no recording: give a journal's folder (data/journal), one of its files, or a bug report."""


@contextmanager
def understood(seq: int) -> Iterator[None]:
    """Around whatever takes a record as it lies: one that is none of ours is a BadRecording."""
    try:
        yield
    except _ODD as error:
        raise BadRecording(f"record {seq} is not understood by this version: {error}") from error
