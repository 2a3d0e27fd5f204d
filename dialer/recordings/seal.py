"""Sealing at rest: AES-256-GCM in chunks, so that a player may jump about without reading what lies before.

A sealed file is a head and chunks of 64 KiB, each with its tag. The head holds the version, a salt, the size of what
is sealed, and which key sealed it, with that key's fingerprint. Each file has a key of its own, made from the key file
and the salt (HKDF-SHA256), so a chunk's number may be its nonce. The head is authenticated with every chunk: pieces of
two files, chunks in another order and a file cut short are all refused.
"""

from __future__ import annotations

import base64
import binascii
import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dialer.recordings.errors import BadKey, Damaged, KeyMissing

MAGIC = b"CADREC\x00\x01"
CHUNK = 64 * 1024
TAG = 16
_FIXED = struct.Struct(">8s32s8sQB")
_MOST_KEY_FILE = 4096


class Source(Protocol):
    """What is read in order."""

    def read(self, count: int, /) -> bytes:
        """The next bytes."""
        ...


class Stored(Source, Protocol):
    """What is read from anywhere."""

    def seek(self, to: int, /) -> object:
        """Go to this byte."""
        ...


@dataclass(frozen=True, slots=True)
class Key:
    """A key by its name."""

    key_id: str
    secret: bytes = field(repr=False)

    @classmethod
    def load(cls, key_id: str, file: str) -> Self:
        """Read a key file: 32 bytes in base64. Raises BadKey."""
        try:
            with Path(file).open("rb") as stream:
                text = stream.read(_MOST_KEY_FILE)
            secret = base64.b64decode(text.strip(), validate=True)
        except OSError as error:
            raise BadKey(
                f"the key file {file} of recordings.keys.{key_id} cannot be read ({error.strerror or error}); "
                "check its path and that the daemon's user may read it"
            ) from None
        except binascii.Error:
            secret = b""
        if len(secret) != 32:
            raise BadKey(
                f"the key file {file} of recordings.keys.{key_id} holds no key; it must be 32 random bytes in "
                "base64: openssl rand -base64 32"
            )
        return cls(key_id, secret)

    @property
    def fingerprint(self) -> bytes:
        """Eight bytes by which the key is known and from which it cannot be made."""
        return self._derived(b"", b"cadence recording key fingerprint")[:8]

    def of_file(self, salt: bytes) -> AESGCM:
        """The cipher of one file."""
        return AESGCM(self._derived(salt, b"cadence recording"))

    def _derived(self, salt: bytes, info: bytes) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(self.secret)


def sealed(source: Source, size: int, key: Key) -> Iterator[bytes]:
    """The sealed file of the next `size` bytes of `source`, piece by piece."""
    name = key.key_id.encode()
    salt = os.urandom(32)
    head = _FIXED.pack(MAGIC, salt, key.fingerprint, size, len(name)) + name
    cipher = key.of_file(salt)
    yield head
    for number in range(_chunks(size)):
        piece = source.read(min(CHUNK, size - number * CHUNK))
        yield cipher.encrypt(number.to_bytes(12), piece, head)


class Sealed:
    """What is in a sealed file, to be read from anywhere. Raises KeyMissing and Damaged."""

    def __init__(self, file: Stored, length: int, key_of: Callable[[str], Key]) -> None:
        """`length` is the sealed file's own; `key_of` finds a key by its name or raises KeyMissing or BadKey."""
        self._file = file
        fixed = file.read(_FIXED.size)
        if len(fixed) != _FIXED.size or not fixed.startswith(MAGIC):
            raise Damaged(
                "the stored file does not begin as a sealed recording does; restore it from a backup"
            )
        _, salt, fingerprint, self.size, name_length = _FIXED.unpack(fixed)
        name = file.read(name_length)
        self._head = fixed + name
        if length != len(self._head) + self.size + TAG * _chunks(self.size):
            raise Damaged("the stored file is cut short or has grown; restore it from a backup")
        self.key_id = name.decode(errors="replace")
        key = key_of(self.key_id)
        if key.fingerprint != fingerprint:
            raise KeyMissing(
                f"the key file of {self.key_id!r} is not the one it was sealed with; restore the old key file, "
                "and give a new key a name of its own"
            )
        self._cipher = key.of_file(salt)

    def read(self, start: int, count: int) -> bytes:
        """`count` bytes from `start`, fewer at the end."""
        end = min(start + count, self.size)
        if start >= end:
            return b""
        first, last = start // CHUNK, (end - 1) // CHUNK
        self._file.seek(len(self._head) + first * (CHUNK + TAG))
        opened = b"".join(self._opened(number) for number in range(first, last + 1))
        return opened[start - first * CHUNK : end - first * CHUNK]

    def _opened(self, number: int) -> bytes:
        length = min(CHUNK, self.size - number * CHUNK) + TAG
        try:
            return self._cipher.decrypt(number.to_bytes(12), self._file.read(length), self._head)
        except InvalidTag:
            raise Damaged(
                "the stored file was changed after it was sealed; restore it from a backup"
            ) from None


class Plain:
    """The same for a file that is not sealed."""

    def __init__(self, file: Stored, length: int) -> None:
        self._file = file
        self.size = length
        self.key_id = ""

    def read(self, start: int, count: int) -> bytes:
        """`count` bytes from `start`, fewer at the end."""
        self._file.seek(start)
        return self._file.read(count)


def _chunks(size: int) -> int:
    return -(-size // CHUNK)
