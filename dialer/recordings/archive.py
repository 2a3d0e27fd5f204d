"""The archive: recordings into the store and out of it, each proven by its checksum."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

import config
import storage
from dialer.recordings import names, seal
from dialer.recordings.errors import Damaged, KeyMissing
from dialer.recordings.sound import convert
from dialer.recordings.store import PIECE, Store
from dialer.runtime.tasks import outside

T = TypeVar("T")

DATABASE_TIMEOUT_S = 30.0
STORE_TIMEOUT_S = 1800.0
"""For a long conversation into a slow store: a bound against hanging, not a promise of speed."""

READ_TIMEOUT_S = 60.0
IN_MEMORY = 64 << 20
"""A converted file is held in memory up to here; a longer one lies without a name beside the raw file meanwhile."""

_THREADS = 4


class Archive:
    """The store and the index together. Nothing here decides what may be deleted."""

    def __init__(
        self,
        db: storage.Database,
        settings: Callable[[], config.Settings],
        now: Callable[[], datetime],
    ) -> None:
        self.db = db
        self.settings = settings
        self.now = now
        self._threads = ThreadPoolExecutor(_THREADS, "recordings")
        self._store: tuple[tuple[object, ...], Store] | None = None

    def close(self) -> None:
        """Let go of the threads; what they do now they do to its end."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def wanted(self) -> config.Recordings:
        """The settings of all recordings, as they are now."""
        return self.settings().recordings

    def store(self) -> Store:
        """The store of the settings; raises StoreAway. It blocks: call it from a thread."""
        settings, wanted = self.settings(), self.wanted
        mark = (settings.data_dir, wanted.store, wanted.store_timeout_s, *sorted(wanted.options.items()))
        if self._store is None or self._store[0] != mark:
            self._store = (mark, store_of(settings))
        return self._store[1]

    def key_of(self, key_id: str) -> seal.Key:
        """A key by its name; raises KeyMissing and BadKey. It blocks: call it from a thread."""
        return key_of(self.wanted, key_id)

    async def in_thread(self, work: Callable[..., T], *args: object, timeout_s: float = STORE_TIMEOUT_S) -> T:
        """Run what blocks, apart from the loop."""
        running = asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
        return await outside("recordings", running, timeout_s)

    async def keep(
        self, file: Path, raw: names.Raw, attempt: storage.Attempt, due_at: datetime | None
    ) -> storage.recordings.Recording:
        """Bring a finished raw file into the store and the index, and prove that it can be read back.

        The raw file is not touched. Raises RecordingError, StorageError and OSError; done again, it replaces what an
        earlier try left.
        """
        made, outline = await self.in_thread(self._stored, file, raw, attempt, due_at)
        await outside("database", storage.recordings.keep(self.db, made, outline), DATABASE_TIMEOUT_S)
        return made

    def _stored(
        self, file: Path, raw: names.Raw, attempt: storage.Attempt, due_at: datetime | None
    ) -> tuple[storage.recordings.Recording, bytes]:
        wanted = self.wanted
        key = None if wanted.key is None else self.key_of(wanted.key)
        kind = wanted.format.value
        path = names.place(raw, attempt.campaign_id, kind, sealed=key is not None)
        with (
            file.open("rb") as source,
            tempfile.SpooledTemporaryFile(IN_MEMORY, dir=str(file.parent)) as spooled,
        ):
            out = cast("BinaryIO", spooled)
            sound = convert(source, file.stat().st_size, out, kind)
            size = out.seek(0, 2)
            out.seek(0)
            hashed = _Hashing(out)
            pieces = hashed.pieces() if key is None else seal.sealed(hashed, size, key)
            self.store().put(path, pieces)
        made = storage.recordings.Recording(
            name=raw.name,
            attempt_id=raw.attempt_id,
            lead_id=attempt.lead_id,
            campaign_id=attempt.campaign_id,
            agent=attempt.agent,
            started_at=raw.started_at,
            length_s=sound.length_s,
            bytes=size,
            checksum=hashed.hexdigest(),
            format=kind,
            key_id="" if key is None else key.key_id,
            path=path,
            kept_at=self.now(),
            due_at=due_at,
            kind="clip" if raw.clip else "conversation",
        )
        self._proven(made)
        return made, sound.peaks

    @contextlib.contextmanager
    def _opened(self, one: storage.recordings.Recording) -> Iterator[seal.Sealed | seal.Plain]:
        with self.store().open(one.path) as (file, length):
            found = seal.Sealed(file, length, self.key_of) if one.key_id else seal.Plain(file, length)
            if found.size != one.bytes:
                raise Damaged(f"the stored file holds {found.size} bytes of {one.bytes}; restore it")
            yield found

    def _proven(self, one: storage.recordings.Recording) -> None:
        """Raise Damaged unless every byte in the store is what the checksum says."""
        digest = hashlib.sha256()
        with self._opened(one) as found:
            for start in range(0, found.size, PIECE):
                digest.update(found.read(start, PIECE))
        if digest.hexdigest() != one.checksum:
            raise Damaged("the stored file is not what was recorded; restore it from a backup")

    async def prove(self, one: storage.recordings.Recording) -> None:
        """Read the whole file; raises NotThere, Damaged, KeyMissing, BadKey or StoreAway."""
        await self.in_thread(self._proven, one)

    async def read(self, one: storage.recordings.Recording, start: int, count: int) -> bytes:
        """`count` bytes of the playable file from `start`, fewer at its end; raises RecordingError."""
        return await self.in_thread(self._part, one, start, count, timeout_s=READ_TIMEOUT_S)

    def _part(self, one: storage.recordings.Recording, start: int, count: int) -> bytes:
        with self._opened(one) as found:
            return found.read(start, count)

    async def write_out(self, one: storage.recordings.Recording, file: Path) -> None:
        """Write the playable file, proven by its checksum, for its reader alone."""
        await self.in_thread(self._written, one, file)

    def _written(self, one: storage.recordings.Recording, file: Path) -> None:
        digest = hashlib.sha256()
        with self._opened(one) as found, file.open("xb") as out:
            file.chmod(0o600)
            for start in range(0, found.size, PIECE):
                piece = found.read(start, PIECE)
                digest.update(piece)
                out.write(piece)
        if digest.hexdigest() != one.checksum:
            raise Damaged(f"{file} is not what was recorded; restore the store's file from a backup")


def store_of(settings: config.Settings) -> Store:
    """The store these settings name; raises StoreAway."""
    wanted = settings.recordings
    url = wanted.store or str(Path(settings.data_dir).absolute() / "archive")
    return Store(url, wanted.options, silent_s=wanted.store_timeout_s)


def key_of(wanted: config.Recordings, key_id: str) -> seal.Key:
    """A key by its name; raises KeyMissing and BadKey."""
    file = wanted.keys.get(key_id)
    if file is None:
        raise KeyMissing(f"it is sealed with the key {key_id!r}; add that key file to recordings.keys")
    return seal.Key.load(key_id, file)


class _Hashing:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()

    def read(self, count: int) -> bytes:
        """The next bytes."""
        piece = self._file.read(count)
        self._digest.update(piece)
        return piece

    def pieces(self) -> Iterator[bytes]:
        """All that is left."""
        while piece := self.read(PIECE):
            yield piece

    def hexdigest(self) -> str:
        """The hash of what was read."""
        return self._digest.hexdigest()
