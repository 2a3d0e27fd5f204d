"""A shift on the embedded switch, recorded by the daemon's journal, goes through the core again bit for bit."""

from __future__ import annotations

import asyncio
import copy
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

import config
from ami.fake import run
from ami.fake.virtual import EPOCH_S
from dialer import replay
from dialer.cli.main import app
from dialer.lab import shift
from dialer.replay import bundle, whatif, world
from dialer.replay.source import Record
from tests.parts.embedded import Floor, working

PEOPLE = shift.mixed(40, no_answer=5)
POOL = {"caller_ids": {"pools": [{"numbers": ["+442079460001", "+442079460002"]}]}}
NUMBER = re.compile(rb"\d{9,}")
IDS = re.compile(rb'"(?:c|s)-[a-z0-9-]+"|\d+\.\d+|^[0-9a-f]{8} \d+ ', re.MULTILINE)


async def trouble(floor: Floor) -> None:
    """What a shift may bring: a cut line, pauses, another interval, a campaign paused and started again."""
    floor.asterisk.cut()
    await asyncio.sleep(5)
    await floor.control.pause("a1")
    await floor.control.set_interval("a2", 7.5)
    await floor.control.ready("a1", skip_interval=True)
    await floor.control.set_run_state("lab", "paused")
    await asyncio.sleep(3)
    await floor.control.set_run_state("lab", "running")


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The journal of two lives of a daemon over one list."""
    folder = tmp_path_factory.mktemp("shift")

    async def main() -> None:
        async with working(folder, PEOPLE, agents=6, mode="predictive", more=POOL) as floor:
            await asyncio.sleep(8)
            await trouble(floor)
            await asyncio.sleep(4)  # calls are on as it ends

    async def later() -> None:
        async with working(folder, PEOPLE, agents=6, mode="predictive", more=POOL) as floor:
            await floor.until_worked_off()

    run(main())
    run(later(), epoch_s=EPOCH_S + 3600)
    return folder / "data" / "journal"


@pytest.fixture(scope="module")
def records(journal: Path) -> list[Record]:
    return list(replay.opened(journal).records())


def test_a_shift_replays_bit_for_bit(records: list[Record]) -> None:
    seen = replay.replay(records)
    assert seen.difference is None
    assert seen.lives == 2
    assert not seen.skipped
    assert seen.decisions > 100
    assert seen.events > 300
    assert seen.facts > 200
    assert any("left" in record for _, record in records), "the second life took over what the first left"


@pytest.mark.parametrize("kind", ["start", "in", "decided", "fact"])
def test_whatever_is_changed_in_a_record_is_found(records: list[Record], kind: str) -> None:
    changed = copy.deepcopy(records)
    place = next(
        n for n in range(len(changed) // 4, -1, -1) if kind in changed[n][1] and _change(changed[n][1], kind)
    )
    difference = replay.replay(changed).difference
    assert difference is not None
    assert difference.seq >= changed[place][0]


def _change(record: dict[str, Any], kind: str) -> bool:
    """One small thing: what had been learnt, who was called, one bit of a decision, one instant of a fact."""
    match kind:
        case "start":
            learnt = json.loads(record["learnt"])
            learnt["price"]["log"] += 1e-9
            record["learnt"] = json.dumps(learnt)
        case "in":
            if record["in"] != "CallAnswered" or "facts" not in record:
                return False
            record["at"] += 1e-6
        case "decided":
            record["sum"] = record["sum"][::-1]
        case "fact":
            if record["fact"] != "attempt_dialed":
                return False
            record["at"] += 1e-6
    return True


def test_a_gap_ends_the_replay_of_the_floors_it_bears_on(records: list[Record]) -> None:
    half = len(records) // 4
    cut = [*records[:half], (records[half][0], {"gap": 1}), *records[half + 40 :]]
    seen = replay.replay(cut)
    assert seen.difference is None
    assert seen.gaps == 1
    assert seen.skipped
    assert seen.lives == 2


def test_a_bug_report_replays_as_the_journal_does_and_tells_nobody(journal: Path, tmp_path: Path) -> None:
    recording = replay.opened(journal)
    target = tmp_path / "report.cadence"
    bundle.write(recording.records, target, program="test")
    assert target.stat().st_mode & 0o777 == 0o600
    told = gzip.decompress(target.read_bytes())
    for secret in (b"+44", b"4420794", b"secret", *(f'"a{n}x"'.encode() for n in range(6))):
        assert secret not in told
    again = replay.opened(target)
    assert again.about["program"] == "test"
    assert replay.replay(again.records()).difference is None


def test_the_journal_holds_no_number_and_no_name_of_anybody_called(journal: Path) -> None:
    told = b"".join(file.read_bytes() for file in sorted(journal.glob("*.journal")))
    for n, person in enumerate(PEOPLE):
        assert person.number.removeprefix("+").encode() not in told
        assert f"{person.kind.name.title()} {n}".encode() not in told
    ours = {b"442079460000", b"442079460001", b"442079460002"}
    assert set(NUMBER.findall(IDS.sub(b"", told))) <= ours, "only numbers we show ourselves"


def test_the_command_tells_the_first_difference_and_what_is_no_recording(
    journal: Path, tmp_path: Path
) -> None:
    def dialer(*words: str | Path) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words])

    same = dialer("replay", journal, "--json")
    assert same.exit_code == 0, same.output
    assert json.loads(same.stdout)["same"] is True
    report = tmp_path / "report.cadence"
    assert dialer("bugreport", report, "--from", journal).exit_code == 0
    with gzip.open(report, "rt") as file:
        lines = file.read().replace('"CallAnswered"', '"CallRang"', 1)
    with gzip.open(report, "wt") as file:
        file.write(lines)
    other = dialer("replay", report)
    assert other.exit_code == 1
    assert "first difference" in other.stdout
    (tmp_path / "notes.txt").write_text("no recording")
    assert dialer("replay", tmp_path / "notes.txt").exit_code == 2


def test_under_its_own_settings_the_shift_played_again_comes_to_about_the_same(journal: Path) -> None:
    known = world.world_of(replay.opened(journal).records(), None)
    used = known.start["settings"]["rules"]["campaign"]
    same = whatif.compare(known, config.Campaign.model_validate({**used, "caller_id": "+442079460000"}))
    assert same.again == same.other, "the same settings give the same figures"
    for name in ("dials", "answered", "conversations"):
        recorded, again = same.recorded[name], same.again[name]
        assert abs(recorded - again) <= max(4, 0.2 * recorded), (name, same)
    assert same.recorded["dials"] >= 20


def test_other_settings_show_what_would_have_changed(journal: Path, tmp_path: Path) -> None:
    other = tmp_path / "calm.yaml"
    recorded = next(r for _, r in replay.opened(journal).records() if "start" in r)["settings"]["rules"][
        "campaign"
    ]
    settings = {**recorded, "caller_id": "+442079460000", "pacing": {"mode": "progressive"}}
    other.write_text(json.dumps(settings))
    done = CliRunner().invoke(app, ["replay", str(journal), "--with", str(other), "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert found["other"]["dials"] < 0.9 * found["again"]["dials"]
    assert found["other"]["wait_s"] > found["again"]["wait_s"]
    assert any("nobody would have answered" in limit for limit in found["limits"])
    shown = CliRunner().invoke(app, ["replay", str(journal), "--with", str(other)])
    assert "other settings" in shown.output
