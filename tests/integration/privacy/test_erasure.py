"""A person who was erased is gone from database and files, is not imported again, and a killed erasure is finished."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import config
import storage
from dialer.leads import import_file
from dialer.leads.asking import may_dial
from dialer.leads.rules import rules_of
from dialer.privacy import key_for, known_key, person
from dialer.recordings import Archive
from tests.parts.houses import content
from tests.parts.people import lead, take_first

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
ANN, BOB = "+442079460001", "+442079460002"
LIST = f"name,number\nAnn Lee,{ANN}\nBob,{BOB}\n"


def settings_of(folder: Path, url: str) -> config.Settings:
    """A configuration with a folder of lists and one of recordings."""
    lists = folder / "lists"
    lists.mkdir(exist_ok=True)
    (folder / "data" / "recordings").mkdir(parents=True, exist_ok=True)
    whole = content(5038, database=url, privacy={"folders": ["lists"]})
    return config.parse(json.dumps(whole), folder=folder)


async def fill(db: storage.Database, settings: config.Settings) -> str:
    """Ann was called once, and recorded; a row of hers was rejected."""
    await storage.leads.add(db, "spring", [lead(ANN, name="Ann Lee")], now=NOW)
    (call,) = (await storage.claim(db, "spring", n=1, now=NOW, judge=take_first)).attempts
    ended = {
        "fact": "attempt_ended",
        "attempt": call.attempt_id,
        "at": NOW.timestamp(),
        "outcome": "answered",
        "lead_state": "done",
    }
    await storage.books.apply(db, 1, [ended])
    tapes = Path(settings.data_dir) / "recordings"
    (tapes / f"{call.attempt_id}-1767787200.raw").write_bytes(b"\0")
    (settings.privacy.folders[0] / "people.rejects.csv").write_text(LIST)
    (settings.privacy.folders[0] / "people.csv").write_text(LIST)
    return call.attempt_id


def files_of(settings: config.Settings) -> dict[str, str]:
    """Every file of recordings and lists with its text."""
    folders = (Path(settings.data_dir) / "recordings", *settings.privacy.folders)
    return {file.name: file.read_text() for folder in folders for file in folder.iterdir()}


async def test_an_erased_person_is_gone_and_does_not_come_back_with_the_next_list(
    upgraded_url: str, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, upgraded_url)
    db = await storage.Database.open(upgraded_url)
    archive = Archive(db, lambda: settings, lambda: NOW)
    await fill(db, settings)
    done = await person.erase(archive, ANN, whole=True, now=NOW, actor="eve")
    assert (done["leads"], done["calls"], done["recordings"], done["rejected_rows"]) == (1, 1, 1, 1)
    assert [Path(one).name for one in done["lists_to_delete_by_hand"]] == ["people.csv"]
    assert ANN not in json.dumps(done)
    left = files_of(settings)
    assert left.keys() == {"people.rejects.csv", "people.csv"}
    assert ANN not in left["people.rejects.csv"]
    assert BOB in left["people.rejects.csv"]

    again = tmp_path / "again.csv"
    again.write_text(LIST)
    spring, key = settings.campaigns["spring"], known_key(settings)
    report = await import_file(db, spring, again, now=NOW, key=key)
    assert (report.added, dict(report.codes)) == (1, {"erased": 1})
    assert await storage.leads.by_number(db, ANN) == ()
    asked = await may_dial(db, spring, rules_of(spring), ANN, NOW, key=key)
    assert (asked.allowed, asked.verdict.reason) == (False, "erased")  # type: ignore[union-attr]
    held = await person.held(archive, ANN, whole=True, now=NOW)
    assert (held["leads"], held["attempts"], held["never_called_again"]) == ([], [], [ANN])
    twice = await person.erase(archive, ANN, whole=True, now=NOW, actor="eve")
    assert (twice["leads"], twice["calls"], twice["recordings"]) == (0, 0, 0)
    archive.close()
    await db.close()


async def test_a_finished_recording_goes_from_its_store_unless_it_is_held(
    upgraded_url: str, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path, upgraded_url)
    db = await storage.Database.open(upgraded_url)
    archive = Archive(db, lambda: settings, lambda: NOW)
    call = await fill(db, settings)
    kept = tmp_path / "data" / "archive" / "spring" / "tape.flac"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"sound")
    made = storage.recordings.Recording(
        f"{call}-1", call, 1, "spring", "eve", NOW, 1.0, 5, "", "flac", "", "spring/tape.flac", NOW
    )
    number = str(await storage.recordings.keep(db, made, b""))
    about = {"now": NOW, "actor": "lea", "reason": "court"}
    await storage.recording_end.hold(db, "recording", number, **about)  # type: ignore[arg-type]
    with pytest.raises(storage.PersonHeld, match=f"recording {number} is under legal hold by lea: court"):
        await person.erase(archive, ANN, whole=True, now=NOW, actor="eve")
    assert (kept.exists(), len(files_of(settings))) == (True, 3)
    assert await storage.recording_end.release(db, "recording", number)
    done = await person.erase(archive, ANN, whole=True, now=NOW, actor="eve")
    assert (done["leads"], done["recordings"], kept.exists()) == (1, 2, False)
    traces = await storage.recordings.page(db, storage.recordings.Wanted(deleted=True))
    assert [one.recording.lead_id for one in traces] == [None]
    archive.close()
    await db.close()


async def test_without_the_key_nobody_is_imported(upgraded_url: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, upgraded_url)
    db = await storage.Database.open(upgraded_url)
    archive = Archive(db, lambda: settings, lambda: NOW)
    await person.erase(archive, ANN, whole=False, now=NOW, actor="eve")
    (Path(settings.data_dir) / "erasure.key").unlink()
    file = tmp_path / "again.csv"
    file.write_text(LIST)
    for key in (None, key_for(settings)):
        with pytest.raises(storage.ErasureKeyLost, match=r"restore that erasure\.key"):
            await import_file(db, settings.campaigns["spring"], file, now=NOW, key=key)
    with pytest.raises(storage.ErasureKeyLost):
        await person.erase(archive, BOB, whole=False, now=NOW, actor="eve")
    assert await storage.leads.counts(db, "spring") == {}
    archive.close()
    await db.close()


SCRIPT = """
import asyncio, sys
from pathlib import Path
import storage
from dialer.privacy import person, tapes
from dialer.recordings import Archive
from tests.integration.privacy.test_erasure import ANN, NOW, settings_of

erase = tapes.erase

async def stopping(archive, attempt_ids, *, actor):
    await erase(archive, attempt_ids, actor=actor)
    print("here", flush=True)
    sys.stdin.read()

async def main(url, folder):
    tapes.erase = stopping
    settings = settings_of(Path(folder), url)
    archive = Archive(await storage.Database.open(url), lambda: settings, lambda: NOW)
    await person.erase(archive, ANN, whole=True, now=NOW, actor="eve")

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


async def test_a_killed_erasure_is_finished_by_the_next(sqlite_url: str, tmp_path: Path) -> None:
    settings = settings_of(tmp_path, sqlite_url)
    db = await storage.Database.open(sqlite_url)
    archive = Archive(db, lambda: settings, lambda: NOW)
    await fill(db, settings)
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, sqlite_url, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.kill()
        process.wait(30)
    assert await storage.leads.by_number(db, ANN) != ()
    assert await storage.erased.which(db, [ANN], known_key(settings)) == {ANN}
    done = await person.erase(archive, ANN, whole=True, now=NOW, actor="eve")
    assert (done["leads"], done["calls"]) == (1, 1)
    assert ANN not in files_of(settings)["people.rejects.csv"]
    assert not list((Path(settings.data_dir) / "recordings").iterdir())
    archive.close()
    await db.close()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A database with the schema."""
    (tmp_path / "memory.db").write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{tmp_path}/memory.db"
