"""Two processes on one database, one of them killed in the middle of its work."""

from __future__ import annotations

import asyncio
import sys

from storage import Database, attempts, leads
from tests.parts.people import NOW, lead


async def test_a_claimer_killed_half_way_loses_no_lead_and_shares_no_number(
    memory: Database, upgraded_url: str
) -> None:
    crowd = [lead(f"+4930{index % 250:04d}", window_key=str(index % 3)) for index in range(300)]
    await leads.add(memory, "spring", crowd, now=NOW)
    async with asyncio.timeout(100):
        killed, finished = [await _claimer(upgraded_url, name) for name in ("killed", "finished")]
        assert killed.stdout is not None
        told = [await killed.stdout.readline() for _ in range(20)]
        killed.kill()
        rest, _ = await killed.communicate()
        told += rest.splitlines(keepends=True)
        others, _ = await finished.communicate()
    assert finished.returncode == 0
    said = b"".join(line for line in told if line.endswith(b"\n")) + others
    whole = [line.split() for line in said.decode().splitlines()]
    live = await attempts.live(memory)
    known = {attempt.attempt_id: attempt.e164 for attempt in live}
    assert all(known[attempt_id] == e164 for attempt_id, e164 in whole)
    assert len({attempt.e164 for attempt in live}) == len({attempt.lead_id for attempt in live}) == len(live)
    counted = await leads.counts(memory, "spring")
    assert counted.pop("claimed") == len(live)
    assert sum(counted.values()) == 300 - len(live)
    assert set(counted) <= {"waiting"}


async def _claimer(url: str, name: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.parts.claimer",
        url,
        "spring",
        name,
        stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )
