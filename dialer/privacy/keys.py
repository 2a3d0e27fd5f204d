"""The key of erased people's hashes: a file of its own, beside the data and not in the database."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

import config
import storage
from storage.erased import KEY_BYTES

NAME = "erasure.key"


class KeyFileError(Exception):
    """The key file can not be used; the message says what to do."""


def file_of(settings: config.Settings) -> Path:
    """Where the key is, or will be."""
    return settings.privacy.key_file or Path(settings.data_dir) / NAME


def known_key(settings: config.Settings) -> storage.ErasureKey | None:
    """The key; None where nobody was erased yet, so that there is none. Raises KeyFileError."""
    file = file_of(settings)
    try:
        text = file.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(f"{file} cannot be read: {error}; restore it from a backup") from error
    try:
        return storage.ErasureKey(bytes.fromhex(text))
    except ValueError as error:
        raise KeyFileError(f"{file} is damaged: {error}; restore it from a backup") from error


def key_for(settings: config.Settings) -> storage.ErasureKey:
    """The key, made now where there is none. Raises KeyFileError.

    A file that is there is never written over: whoever loses the key no longer knows whom not to call.
    """
    file = file_of(settings)
    known = known_key(settings)
    if known is not None:
        return known
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_hex(KEY_BYTES) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first; its key counts
            os.link(part, file)
        part.unlink()
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise KeyFileError(f"{file} cannot be written: {error}; check its folder") from error
    made = known_key(settings)
    assert made is not None  # noqa: S101 - it was just written
    return made
