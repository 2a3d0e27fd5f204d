"""A large file is converted in processes of its own; one that dies costs nothing but time."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

import storage
from dialer.leads import import_file, workers
from dialer.leads.convert import Converter
from dialer.leads.mapping import map_columns
from dialer.leads.rows import Row
from dialer.leads.rules import rules_of
from dialer.leads.workers import Workers
from tests.parts.campaigns import campaign

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
ROWS = [Row(2, ("Ann", "020 7946 0101")), Row(3, ("Bob", "call me")), Row(4, ("Cid", "020 7946 0103"))]


def converter() -> Converter:
    return Converter(map_columns(["name", "number"], {}), rules_of(campaign()), "GB")


@pytest.mark.parametrize("size", [10, workers.LARGE_BYTES])
async def test_a_process_gives_the_same_as_a_thread_in_the_same_order(size: int) -> None:
    with Workers(converter(), size, cores=2) as some:
        assert await some.results(ROWS, some.convert(ROWS)) == [converter().convert(row) for row in ROWS]


async def test_rows_of_a_process_that_was_killed_are_converted_here() -> None:
    with Workers(converter(), workers.LARGE_BYTES, cores=2) as some:
        await some.results(ROWS, some.convert(ROWS))
        pool = some._pool
        assert pool is not None
        (process,) = pool._processes
        os.kill(process, signal.SIGKILL)
        for _ in range(3):
            assert len(await some.results(ROWS, some.convert(ROWS))) == 3


async def test_a_large_file_goes_through_processes_whole(
    memory: storage.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "LARGE_BYTES", 10)
    file = tmp_path / "a.csv"
    file.write_text("name,number\n" + "".join(f"P{i},020 7946 {i:04d}\n" for i in range(5000)))
    report = await import_file(memory, campaign(), file, now=NOW)
    assert (report.rows, report.added) == (5000, 5000)
