"""The journal keeps what it said it keeps, whatever happens to its files."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import JournalClosed, JournalLocked, JournalUnwritable
from storage.journal import Journal


async def test_what_is_durable_is_read_back_in_order(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path)
    seqs = [journal.append({"fact": "x", "n": n, "name": "Zoë\n"}) for n in range(100)]
    await journal.durable(seqs[-1])
    assert journal.durable_seq == 100
    await journal.close()
    again = await Journal.open(tmp_path)
    assert again.last_seq == 100
    assert [(seq, record["n"]) for seq, record in again.read()] == [(n + 1, n) for n in range(100)]
    assert [seq for seq, _ in again.read(after=97)] == [98, 99, 100]
    assert again.append({}) == 101
    await again.durable(50)
    await again.close()


async def test_records_not_yet_on_disk_are_read_too(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path)
    for n in range(500):
        journal.append({"n": n})
        assert [record["n"] for _, record in journal.read(after=n)] == [n]
    assert len(list(journal.read())) == 500
    await journal.close()


async def test_it_is_cut_into_files_and_pruned_by_the_file(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, segment_bytes=1000)
    for n in range(200):
        await journal.durable(journal.append({"n": n}))
    assert [record["n"] for _, record in journal.read()] == list(range(200))
    assert journal.prune(before=100) >= 1
    left = [seq for seq, _ in journal.read()]
    assert left[0] <= 100
    assert left[-1] == 200
    assert left == list(range(left[0], 201))
    journal.prune(before=10_000)
    assert [seq for seq, _ in journal.read(after=199)] == [200]
    await journal.close()
    again = await Journal.open(tmp_path)
    assert again.last_seq == 200
    await again.close()


async def test_old_files_go_when_they_are_applied_and_the_newest_stays(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, segment_bytes=1000)
    for n in range(200):
        await journal.durable(journal.append({"n": n}))
    files = sorted(tmp_path.glob("*.journal"))
    newest = files[-1].stat().st_mtime
    for file in files[:4]:
        os.utime(file, (newest - 100, newest - 100))
    applied = int(files[2].stem) - 1
    assert journal.forget(50, applied) == 2, "the third and fourth are old, and not applied"
    assert journal.forget(50, 200) == 2
    assert journal.forget(50, 200) == 0
    assert journal.forget(-1, 200) == len(files) - 5
    assert [seq for seq, _ in journal.read()][-1] == 200
    await journal.close()


async def test_a_sequence_the_books_know_is_never_given_again(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path, after=70)
    assert journal.append({}) == 71
    journal.skip_to(50)
    assert journal.append({}) == 72
    await journal.durable(72)
    await journal.close()


async def test_two_processes_cannot_share_a_journal(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path)
    program = (
        "import asyncio, pathlib, sys, storage.journal as j\n"
        "try: asyncio.run(j.Journal.open(pathlib.Path(sys.argv[1])))\n"
        "except j.JournalLocked as error: print(error)\n"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path)]
    done = await asyncio.to_thread(subprocess.run, arguments, capture_output=True, text=True, timeout=60)
    assert "stop the other daemon" in done.stdout
    with pytest.raises(JournalLocked):
        await Journal.open(tmp_path)
    await journal.close()
    await (await Journal.open(tmp_path)).close()


async def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalUnwritable, match="Not a directory"):
        await Journal.open(tmp_path / "file" / "journal")


async def test_a_full_disk_is_told_and_nothing_is_lost_when_it_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    told: asyncio.Queue[JournalUnwritable | None] = asyncio.Queue()
    journal = await Journal.open(tmp_path, on_trouble=told.put_nowait, buffer_bytes=2000)
    await journal.durable(journal.append({"n": 0}))
    real = os.fdatasync

    def full(file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fdatasync", full)
    seq = journal.append({"n": 1})
    with caplog.at_level(logging.CRITICAL), pytest.raises(JournalUnwritable, match="No space left"):
        await journal.durable(seq)
    assert isinstance(await told.get(), JournalUnwritable)
    assert journal.trouble is not None
    with pytest.raises(JournalUnwritable, match="No space left"):
        await journal.durable(seq)
    with pytest.raises(JournalUnwritable):
        [journal.append({"n": n}) for n in range(2, 1000)]
    seq = journal.last_seq
    monkeypatch.setattr(os, "fdatasync", real)
    assert await told.get() is None
    await journal.durable(seq)
    assert [record["n"] for _, record in journal.read()] == list(range(seq))
    await journal.close()
    again = await Journal.open(tmp_path)
    assert [record["n"] for _, record in again.read()] == list(range(seq))
    await again.close()


async def test_closing_writes_the_rest_and_ends_it(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path)
    for n in range(1000):
        journal.append({"n": n})
    await journal.close()
    await journal.close()
    with pytest.raises(JournalClosed):
        journal.append({})
    assert len(await asyncio.to_thread(_records, tmp_path)) == 1000


def _records(folder: Path) -> list[dict[str, object]]:
    async def collect() -> list[dict[str, object]]:
        journal = await Journal.open(folder)
        records = [record for _, record in journal.read()]
        await journal.durable(journal.append({"after": "damage"}))
        await journal.close()
        return records

    return asyncio.run(collect())


def _written(folder: Path, count: int, segment_bytes: int) -> list[Path]:
    async def write() -> None:
        journal = await Journal.open(folder, segment_bytes=segment_bytes)
        for n in range(count):
            await journal.durable(journal.append({"n": n, "text": "ü" * (n % 5)}))
        await journal.close()

    asyncio.run(write())
    return sorted(folder.glob("*.journal"))


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 1), count=st.integers(1, 30))
def test_cut_at_any_byte_the_whole_records_before_it_survive(cut: float, count: int) -> None:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        (file,) = _written(Path(name), count, 1 << 20)
        data = file.read_bytes()
        at = round(cut * len(data))
        file.write_bytes(data[:at])
        whole = data[:at].count(b"\n")
        assert [record["n"] for record in _records(Path(name))] == list(range(whole))
        again = _records(Path(name))
        assert again[:-1] == [{"n": n, "text": "ü" * (n % 5)} for n in range(whole)]
        assert again[-1] == {"after": "damage"}
    logging.disable(logging.NOTSET)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), count=st.integers(1, 30), segment_bytes=st.sampled_from([200, 1 << 20]))
def test_flipped_bytes_cost_only_the_lines_they_hit(
    data: st.DataObject, count: int, segment_bytes: int
) -> None:
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        files = _written(Path(name), count, segment_bytes)
        file = data.draw(st.sampled_from(files))
        content = bytearray(file.read_bytes())
        places = data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=5, unique=True))
        for place in places:
            content[place] ^= data.draw(st.integers(1, 255))
        file.write_bytes(content)
        found = [record["n"] for record in _records(Path(name)) if "n" in record]
        hit = {_line(file, place) for place in places}
        assert found == sorted(set(found))
        assert set(range(count)) - set(found) <= {line + extra for line in hit for extra in (0, 1)}
        assert found[: min(hit)] == list(range(min(hit)))
    logging.disable(logging.NOTSET)


def _line(file: Path, place: int) -> int:
    """The number of the record that this byte belonged to, from sizes that damage does not change."""
    n, end = int(file.stem) - 1, 0
    while True:
        end += len(b'%08x %d {"n":%d,"text":"%b"}\n' % (0, n + 1, n, "ü".encode() * (n % 5)))
        if place < end:
            return n
        n += 1
