"""The store gives back what was put there, deletes what it is told to, and says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.recordings.errors import NotThere, StoreAway
from dialer.recordings.store import Store


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    place = {"folder": str(tmp_path / "store"), "memory": f"memory://{tmp_path.name}"}
    return Store(place[request.param], {})


def test_files_come_back_whole_or_in_part_until_they_are_removed(store: Store) -> None:
    store.put("spring/2026/01/02/a.flac", [b"abc", b"", b"defg"])
    store.put("spring/2026/01/02/a.flac", [b"other"])  # an earlier try is replaced
    with store.open("spring/2026/01/02/a.flac") as (file, length):
        assert length == 5
        file.seek(2)
        assert file.read(2) == b"he"
    assert store.has("spring/2026/01/02/a.flac")
    store.remove("spring/2026/01/02/a.flac")
    store.remove("spring/2026/01/02/a.flac")
    assert not store.has("spring/2026/01/02/a.flac")
    with pytest.raises(NotThere, match="backup"), store.open("spring/2026/01/02/a.flac"):
        pass


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
