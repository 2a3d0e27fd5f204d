"""The store of finished recordings: a folder or an object store, by fsspec. It blocks: call it from a thread."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

import fsspec

from dialer.recordings.errors import NotThere, StoreAway

PIECE = 1 << 20
_S3 = frozenset({"s3", "s3a"})
_OBJECTS = _S3 | {"gs", "gcs", "abfs", "az"}
"""Stores that know no folders; asked for one, they would look for a bucket and try to make it."""


class Store:
    """Files by their path from one root. Raises NotThere and StoreAway.

    `silent_s`: how long S3 may say nothing before a try has failed; other stores have bounds of their own.
    """

    def __init__(self, url: str, options: Mapping[str, str], *, silent_s: float = 15.0) -> None:
        self.url = url
        with _told(url):
            self._fs, root = _opened(url, options, silent_s)
        self._root = root.rstrip("/")
        protocols = _protocols(self._fs)
        self._local = "file" in protocols
        self._flat = bool(_OBJECTS & set(protocols))

    def put(self, path: str, pieces: Iterable[bytes]) -> None:
        """Write a file whole or not at all, over one that is there; once this returns nothing of it is lost."""
        full = self._full(path)
        folder = str(PurePosixPath(full).parent)
        with self._asked():
            if not self._flat:
                self._fs.makedirs(folder, exist_ok=True)
            file: Any = self._fs.open(full, "wb")
            try:
                if self._local:
                    os.fchmod(file.fileno(), 0o600)
                for piece in pieces:
                    file.write(piece)
                if self._local:
                    file.flush()
                    os.fsync(file.fileno())
                file.close()
            except BaseException:
                self._drop(file, full)
                raise
            if self._local:
                _settle(folder)

    def _drop(self, file: Any, full: str) -> None:
        """Leave no part of a file behind that nobody would ever look for."""
        with contextlib.suppress(Exception):
            if self._flat:
                file.closed = True  # its closing is what would store what came so far
                file.discard()
            else:
                file.close()
                self._fs.rm_file(full)

    @contextlib.contextmanager
    def open(self, path: str) -> Iterator[tuple[_File, int]]:
        """A file to read from anywhere, and its length."""
        full = self._full(path)
        with self._asked():
            self._fs.invalidate_cache()  # another program may have put or taken it
            length = int(self._fs.size(full))
            file: Any = self._fs.open(full, "rb", block_size=PIECE)
        try:
            yield _File(file, self.url), length
        finally:
            file.close()

    def remove(self, path: str) -> None:
        """Delete a file; when this returns it is gone. One that is not there is no mistake, where the store is."""
        full = self._full(path)
        with _told(self.url):
            try:
                self._fs.rm_file(full)
            except FileNotFoundError:
                self._stands(str(PurePosixPath(full).parent))
            self._fs.invalidate_cache()
            if self._fs.exists(full):
                raise StoreAway(f"{path} is still in the store {self.url} after it was deleted")

    def has(self, path: str) -> bool:
        """Whether a file is there."""
        with _told(self.url):
            self._fs.invalidate_cache()
            return bool(self._fs.exists(self._full(path)))

    @contextlib.contextmanager
    def _asked(self) -> Iterator[None]:
        """As `_told`; a file that is not there is told apart from a store that is not."""
        with _told(self.url):
            try:
                yield
            except FileNotFoundError:
                self._stands()
                raise

    def _stands(self, folder: str = "") -> None:
        """Raise StoreAway for a bucket that is none, and for a folder that is none or empty, as unmounted ones are.

        With the folder of a file that was stored, that one must be there: nobody removes folders.
        """
        self._fs.invalidate_cache()
        root = self._root.partition("/")[0] if self._flat else folder or self._root
        if not self._fs.exists(root) or not (self._flat or folder or self._fs.ls(root, detail=False)):
            raise StoreAway(
                f"the store {self.url} is not there, or not all of it; make its bucket, or mount its folder"
            )

    def _full(self, path: str) -> str:
        parts = PurePosixPath(path).parts
        if not parts or ".." in parts or path.startswith("/"):
            raise NotThere(f"{path!r} is no path of a recording")
        return f"{self._root}/{path}"


class _File:
    """A file of the store whose errors are ours."""

    def __init__(self, file: Any, url: str) -> None:
        self._file = file
        self._url = url

    def seek(self, to: int) -> None:
        """Go to this byte."""
        self._file.seek(to)

    def read(self, count: int) -> bytes:
        """The next bytes."""
        with _told(self._url):
            return bytes(self._file.read(count))


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """The errors of every kind of store, as ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotThere(f"the store {url} does not hold it ({error}); restore it from a backup") from None
    except ImportError as error:
        raise StoreAway(
            f"the store {url} needs a library that is not installed ({error}); for s3: pip install "
            "'cadence-dialer[s3]'"
        ) from None
    except OSError as error:
        raise StoreAway(
            f"the store {url} does not take or give files: {error.strerror or error}; see that it is there, has "
            "room, and lets the daemon write"
        ) from None
    except ValueError as error:
        raise StoreAway(f"the store {url} is none: {error}; change recordings.store") from None
    except Exception as error:  # a store's library may raise anything of its own
        if type(error).__module__.startswith(("botocore", "aiobotocore", "aiohttp", "s3fs")):
            raise StoreAway(f"the store {url} does not answer: {error}") from None
        raise


def _opened(url: str, options: Mapping[str, str], silent_s: float) -> tuple[Any, str]:
    if url.partition("://")[0] not in _S3:
        fs, root = fsspec.core.url_to_fs(url, **dict(options))
        return fs, str(root)
    from dialer.recordings.s3 import S3

    return S3(silent_s=silent_s, **dict(options)), str(S3._strip_protocol(url))


def _protocols(fs: Any) -> tuple[str, ...]:
    found = fs.protocol
    return (found,) if isinstance(found, str) else tuple(found)


def _settle(folder: str) -> None:
    """The name of a new file is on the disk too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
