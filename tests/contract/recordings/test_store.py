"""The store gives back what was put there, deletes what it is told to, and says what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer.recordings.errors import NotThere, StoreAway
from dialer.recordings.store import Store
from tests.parts.stores import Bucket, Place

FILE = "spring/2026/01/02/a.flac"


def store_of(place: Place, *, silent_s: float = 1.0) -> Store:
    return Store(place.house["store"], place.house.get("options", {}), silent_s=silent_s)


@pytest.fixture
def store(place: Place) -> Store:
    return store_of(place, silent_s=30)


def test_files_come_back_whole_or_in_part_until_they_are_removed(store: Store, place: Place) -> None:
    store.put(FILE, [b"abc", b"", b"defg"])
    store.put(FILE, [b"other"])  # an earlier try is replaced
    assert (place.paths(), place.read(FILE)) == ([FILE], b"other")
    with store.open(FILE) as (file, length):
        assert length == 5
        file.seek(2)
        assert file.read(2) == b"he"
    assert store.has(FILE)
    store.put("spring/2026/01/02/b.flac", [b"x"])
    store.remove(FILE)
    store.remove(FILE)
    assert not store.has(FILE)
    with pytest.raises(NotThere, match="backup"), store.open(FILE):
        pass
    assert place.paths() == ["spring/2026/01/02/b.flac"]


def test_what_another_program_put_or_took_is_seen_at_once(store: Store, place: Place) -> None:
    store.put(FILE, [b"abc"])
    place.write(FILE, b"longer")
    with store.open(FILE) as (file, length):
        assert (length, file.read(9)) == (6, b"longer")
    place.lose(FILE)
    assert not store.has(FILE)


def test_a_file_longer_than_one_piece_of_an_upload_comes_back_from_anywhere(
    store: Store, place: Place
) -> None:
    piece = bytes(range(256)) * 4096
    store.put(FILE, (piece for _ in range(60)))
    with store.open(FILE) as (file, length):
        assert length == 60 << 20
        for at in (0, (50 << 20) - 3, length - 5):
            file.seek(at)
            assert file.read(10) == (piece * 2)[at % len(piece) :][:10][: length - at]


def test_of_a_file_that_could_not_be_written_to_its_end_nothing_is_kept(store: Store, place: Place) -> None:
    def cut(pieces: int) -> Iterator[bytes]:
        for _ in range(pieces):
            yield b"x" * (1 << 20)
        raise OSError("the raw file cannot be read any more")

    for pieces in (1, 60):
        with pytest.raises(StoreAway, match="raw file"):
            store.put(FILE, cut(pieces))
        assert place.paths() == []


def test_a_store_that_is_not_there_is_no_proof_that_a_file_is_gone(tmp_path: Path, s3: Bucket) -> None:
    empty = tmp_path / "unmounted"
    empty.mkdir()
    other = tmp_path / "other"
    Store(str(other), {}).put("autumn/2026/01/02/b.flac", [b"written below where a share should be"])
    with pytest.raises(StoreAway, match="not all of it"):
        Store(str(other), {}).remove(FILE)
    s3.fail("no bucket")
    for store in (Store(str(empty), {}), Store(str(tmp_path / "none"), {}), store_of(s3)):
        with pytest.raises(StoreAway, match="is not there"):
            store.remove(FILE)
        with pytest.raises(StoreAway, match="is not there"), store.open(FILE):
            pass
    with pytest.raises(StoreAway, match="bucket"):
        store_of(s3).put(FILE, [b"x"])


@pytest.mark.parametrize(
    ("how", "why"),
    [("refuses", "Access Key|Forbidden"), ("away", "does not answer"), ("silent", "does not answer")],
)
def test_an_s3_that_fails_is_given_up_soon_and_serves_again_when_it_is_mended(
    s3: Bucket, how: str, why: str
) -> None:
    store = store_of(s3)
    store.put(FILE, [b"abc"])
    s3.fail(how)
    began = time.monotonic()
    for wish in (lambda: store.put(FILE, [b"x"]), lambda: store.remove(FILE), lambda: store.has(FILE)):
        with pytest.raises(StoreAway, match=why):
            wish()
    assert time.monotonic() - began < 60  # three wishes of three tries, a second of silence each
    s3.mend()
    store.put(FILE, [b"whole"])
    assert s3.read(FILE) == b"whole"


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", "", "a/../../b"])
def test_no_path_leads_out_of_the_store(store: Store, path: str) -> None:
    for wish in (lambda: store.put(path, [b""]), lambda: store.remove(path), lambda: store.has(path)):
        with pytest.raises(NotThere):
            wish()


def test_files_on_a_disk_are_for_the_daemon_alone(tmp_path: Path) -> None:
    Store(str(tmp_path), {}).put("a/b", [b"x"])
    assert (tmp_path / "a/b").stat().st_mode & 0o777 == 0o600


def test_a_store_that_cannot_be_written_says_what_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreAway, match="room"):
        Store(str(tmp_path / "file"), {}).put("a/b", [b"x"])
    with pytest.raises(StoreAway, match=r"recordings\.store"):
        Store("nothing-known://x", {})
