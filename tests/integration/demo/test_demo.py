"""The demo: a whole shift on the embedded Asterisk whose books balance, in files the person may edit."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ami.fake import run
from dialer.demo import files, shift
from dialer.demo.shift import Options, Summary, View
from tests.parts.journals import told


def _play(options: Options) -> tuple[Summary, list[View]]:
    views: list[View] = []

    async def main() -> Summary:
        return await shift.run(options, views.append, asyncio.Event())

    return run(main(), speed=options.speed), views


@pytest.mark.slow
def test_a_shift_ends_with_books_that_balance(tmp_path: Path) -> None:
    done, views = _play(Options(tmp_path / "demo", agents=4, leads=400, speed=None, hours=8))
    assert done.shift_s >= 8 * 3600
    assert done.balanced
    assert (
        done.dials == done.carrier_calls + done.outcomes.get("not_dialed", 0) == sum(done.outcomes.values())
    )
    assert sum(done.leads.values()) == done.leads_imported == 400
    assert done.talk_s_by_agent == pytest.approx(done.talk_s_by_call, abs=1)
    assert done.talk_s_by_carrier == pytest.approx(done.talk_s_by_call, abs=1)
    assert done.answered >= 200
    assert {agent["interval_s"] for agent in views[-1].status["agents"]} == {30, 60, 200}
    assert all(view.status["why"] for view in views)


def test_the_same_seed_plays_the_same_shift_and_edited_files_are_kept(tmp_path: Path) -> None:
    options = Options(tmp_path / "demo", agents=3, leads=60, speed=None, hours=0.15)
    first, _ = _play(options)
    people = options.folder / "leads.csv"
    people.write_text(people.read_text().replace("Ada", "Eve"))
    again, _ = _play(options)
    assert (again.dials, again.outcomes, again.answered) == (first.dials, first.outcomes, first.answered)
    assert "Eve" in people.read_text()
    assert (options.folder / "campaigns" / "return-visits.yaml").is_file()


def test_the_demos_people_have_numbers_that_reach_nobody_and_pass_the_rules(tmp_path: Path) -> None:
    from dialer import compliance

    files.write(tmp_path, agents=2, leads=3000)
    rows = (tmp_path / "leads.csv").read_text().splitlines()[1:]
    numbers = [row.split(",")[2] for row in rows]
    assert len(set(numbers)) == 3000
    for number in numbers[:: len(files.AREAS) * 10 + 1]:
        assert isinstance(compliance.numbers.read(number), compliance.Number)


@pytest.mark.slow
def test_ctrl_c_drains_and_prints_a_summary(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dialer", "demo", "--agents", "3", "--leads", "60", "--speed", "30", "--json"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    ) as process:
        try:
            journal = tmp_path / "demo" / "data" / "journal"
            while b"attempt_bridged" not in told(journal):
                assert process.poll() is None, process.communicate()
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=600)
        finally:
            process.kill()
    assert process.returncode == 0, err
    summary = json.loads(out)
    assert summary["balanced"]
    assert summary["outcomes"].get("connected", 0) >= 1
    assert not err
