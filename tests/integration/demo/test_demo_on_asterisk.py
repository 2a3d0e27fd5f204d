"""The demo on the real Asterisk: the same files, and books that agree with the carrier's own record."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dialer.demo import files, shift
from dialer.demo.shift import Options, View
from dialer.lab.lab import Lab

WANTED = 3


async def test_the_demos_files_play_on_the_real_asterisk_and_the_books_balance(
    tmp_path: Path,
    lab: Lab,
) -> None:
    folder = tmp_path / "demo"
    files.write(folder, agents=4, leads=60)
    people = folder / "shift.yaml"
    text = people.read_text().replace("answer: 35 %", "answer: 90 %").replace("mean_s: 300", "mean_s: 4")
    people.write_text(text.replace("mean_s: 12", "mean_s: 1").replace("mean_s: 15", "mean_s: 1"))
    stop = asyncio.Event()

    def show(view: View) -> None:
        if view.status["outcomes_24h"].get("connected", 0) >= WANTED:
            stop.set()

    done = await shift.run(Options(folder, agents=4, leads=60, speed=1.0, real=True), show, stop)
    assert done.balanced
    assert done.leads_imported == 60
    assert done.outcomes["connected"] >= WANTED
    assert done.carrier_calls == done.dials - done.outcomes.get("not_dialed", 0)
