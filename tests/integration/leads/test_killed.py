"""An import killed at any moment is run again and nothing is lost or doubled."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import storage
from dialer.leads import import_file
from tests.parts.campaigns import campaign

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
ROWS = 2500
SCRIPT = """
import asyncio, sys, time
from datetime import UTC, datetime
import storage
from dialer.leads import import_file, importing
from tests.parts.campaigns import campaign

def told(progress):
    print(progress.rows, flush=True)
    if progress.rows >= 2000:
        time.sleep(600)  # a machine too busy to kill it in time must not let it finish

async def main(url, file):
    importing.BATCH_ROWS = 250
    database = await storage.Database.open(url)
    await import_file(database, campaign(), file, now=datetime(2026, 1, 7, 12, tzinfo=UTC),
                      on_progress=told)

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


@pytest.mark.parametrize("kill_after", [1000])
async def test_a_killed_import_is_finished_by_running_it_again(
    upgraded_url: str, tmp_path: Path, kill_after: int
) -> None:
    file = tmp_path / "leads.csv"
    rows = (f"X-{i},Person {i},020 7{i // 1000:03d} 8{i % 1000:03d}\n" for i in range(ROWS))
    file.write_text("external_id,name,number\n" + "".join(rows) + "X-bad,Bad,call me\n")
    _import_until(kill_after, upgraded_url, file)
    memory = await storage.Database.open(upgraded_url)
    try:
        there = sum((await storage.leads.counts(memory, "spring")).values())
        assert kill_after <= there < ROWS
        report = await import_file(memory, campaign(), file, now=NOW)
        assert (report.rows, report.rejected) == (ROWS + 1, 1)
        assert report.known == there
        assert await storage.leads.counts(memory, "spring") == {"pending": ROWS}
        ids = [lead.external_id async for lead in storage.leads.each(memory, "spring")]
        assert len(set(ids)) == ROWS
    finally:
        await memory.close()
    assert list(tmp_path.glob("*.part")) == []


def _import_until(rows: int, url: str, file: Path) -> None:
    """Import in another process and kill it once so many rows are in."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, url, str(file)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= rows:
                process.kill()
                break
        process.stdout.close()
        process.wait(30)
