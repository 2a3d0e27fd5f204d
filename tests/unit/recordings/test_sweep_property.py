"""A sweep deletes exactly what is due: nothing less, nothing more, nothing that is held, and each with its proof."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
import storage
from dialer.recordings import Archive, Sweeper
from dialer.recordings.store import Store
from storage import recording_end
from storage.recordings import Recording
from tests.parts.people import lead

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
RULES: dict[str, dict[str, Any]] = {
    "days": {"days": 30},
    "until": {"until": "contract_end + 1 year"},
    "both": {"days": 30, "until": "contract_end + 1 year"},
    "ever": {},
}
DATES = {
    "": None,
    "2020-01-01": -2000,
    "2025-06-01": -14,
    "2025-06-14": -1,
    "2025-06-15": 0,
    "2026-01-01": 200,
    "?": 9**9,
}
"""What stands in the lead, and in how many days its year is over, by noon of today."""


@dataclass(frozen=True)
class Case:
    """One recording: whose rule, how old in days, what its lead's date is, and who holds it."""

    campaign: str
    age: int
    date: str
    held: str

    @property
    def is_due(self) -> bool:
        """By plain words: what a person would say of it, holds aside."""
        by_date = DATES[self.date]
        old = self.age > 30
        match self.campaign:
            case "days":
                return old
            case "until":
                return by_date is not None and by_date < 0
            case "both":
                return old and (by_date is None or by_date < 0)
        return False


CASES = st.builds(
    Case,
    st.sampled_from(sorted(RULES)),
    st.sampled_from((0, 29, 31, 400)),
    st.sampled_from(sorted(DATES)),
    st.sampled_from(("", "", "", "recording", "lead")),
)


def written(folder: Path) -> config.Settings:
    """A house with a campaign of each rule."""
    campaign = {
        "node": "pbx",
        "trunks": ["carrier"],
        "caller_id": "+442079460000",
        "countries": ["GB"],
        "windows": {"mon-sun": ["00:00-24:00"]},
    }
    node = {
        "host": "127.0.0.1",
        "username": "dialer",
        "secret": "secret",
        "trunks": {"carrier": {"dial": "PJSIP/{number}@carrier"}},
    }
    document = {
        "nodes": {"pbx": node},
        "recordings": {"store": str(folder / "kept")},
        "campaigns": {name: campaign | {"recording": {"retention": rule}} for name, rule in RULES.items()},
    }
    (folder / "dialer.yaml").write_text(json.dumps(document))
    return config.load(folder / "dialer.yaml")


async def filled(archive: Archive, cases: list[Case]) -> dict[str, int]:
    """Leads, recordings and holds; the answer is each recording's number by its name."""
    store, numbers = Store(str(archive.wanted.store), {}), {}
    for n, case in enumerate(cases):
        someone = lead(data={"contract_end": case.date})
        (lead_id,) = (await storage.leads.add(archive.db, case.campaign, [someone], now=NOW)).lead_ids
        assert lead_id is not None
        path = f"{case.campaign}/{n}.flac"
        store.put(path, [b"sound"])
        one = Recording(
            name=f"r{n}",
            attempt_id=f"c-{n}",
            lead_id=lead_id,
            campaign_id=case.campaign,
            agent="ann",
            started_at=NOW - timedelta(days=case.age),
            length_s=1.0,
            bytes=5,
            checksum="",
            format="flac",
            key_id="",
            path=path,
            kept_at=NOW,
        )
        numbers[one.name] = await storage.recordings.keep(archive.db, one, b"")
        about: Any = {"now": NOW, "actor": "eve", "reason": "court"}
        if case.held == "recording":
            await recording_end.hold(archive.db, "recording", str(numbers[one.name]), **about)
        elif case.held == "lead":
            await storage.holds.place(archive.db, [lead_id], **about)
    return numbers


async def swept_exactly(folder: Path, cases: list[Case], campaign_held: str | None) -> None:
    db = await storage.Database.open(f"sqlite:///{folder}/memory.db")
    house = written(folder)
    archive = Archive(db, lambda: house, lambda: NOW)
    try:
        numbers = await filled(archive, cases)
        if campaign_held is not None:
            await recording_end.hold(db, "campaign", campaign_held, now=NOW, actor="eve", reason="court")
        due = {f"r{n}" for n, case in enumerate(cases) if case.is_due}
        held = {
            f"r{n}"
            for n, case in enumerate(cases)
            if case.is_due and (case.held or case.campaign == campaign_held)
        }

        def there() -> set[str]:
            return {f"r{path.stem}" for path in (folder / "kept").rglob("*.flac")}

        sweeper = Sweeper(archive)
        dry = await sweeper.sweep(dry_run=True)
        assert (set(dry.deleted), set(dry.held), there()) == (due - held, held, set(numbers))
        done = await sweeper.sweep()
        assert (set(done.deleted), set(done.held), done.failed) == (due - held, held, {})
        assert there() == set(numbers) - (due - held)
        assert {row.target for row in await storage.audit.page(db, limit=1000)} == due - held
        assert (await sweeper.sweep()).deleted == []

        for name, case in zip(numbers, cases, strict=True):
            await recording_end.release(db, "recording", str(numbers[name]))
            if case.held == "lead":
                found = await storage.recordings.by_name(db, name)
                assert found is not None
                await storage.holds.release(db, [found.lead_id or 0])
        if campaign_held is not None:
            await recording_end.release(db, "campaign", campaign_held)
        # By the last reckoning alone: what was held is known to be due.
        assert set((await sweeper.sweep(whole=False)).deleted) == held
        assert there() == set(numbers) - due
    finally:
        archive.close()
        await db.close()


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(CASES, max_size=12), campaign_held=st.sampled_from((None, *sorted(RULES))))
def test_exactly_what_is_due_goes_and_a_hold_stops_it(
    sqlite_template: Path, cases: list[Case], campaign_held: str | None
) -> None:
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(sqlite_template, Path(name) / "memory.db")
        asyncio.run(swept_exactly(Path(name), cases, campaign_held))


@pytest.fixture
async def archive(sqlite_template: Path, tmp_path: Path) -> Any:
    shutil.copy(sqlite_template, tmp_path / "memory.db")
    db = await storage.Database.open(f"sqlite:///{tmp_path}/memory.db")
    house = written(tmp_path)
    yield (found := Archive(db, lambda: house, lambda: NOW))
    found.close()
    await db.close()


async def test_a_file_that_cannot_be_deleted_is_named_and_tried_again(
    archive: Archive, tmp_path: Path
) -> None:
    await filled(archive, [Case("days", 400, "", "")])
    (file,) = (tmp_path / "kept").rglob("*.flac")
    file.unlink()
    file.mkdir()  # nobody deletes a folder as a file
    failed = await Sweeper(archive).sweep()
    assert (failed.deleted, list(failed.failed)) == ([], ["r0"])
    assert await storage.audit.page(archive.db) == ()
    file.rmdir()
    assert (await Sweeper(archive).sweep()).deleted == ["r0"]


async def test_a_date_that_was_moved_saves_a_recording_also_from_a_quick_sweep(archive: Archive) -> None:
    numbers = await filled(archive, [Case("until", 1, "2025-06-01", "")])
    sweeper = Sweeper(archive)
    await recording_end.set_due(archive.db, {numbers["r0"]: NOW - timedelta(days=1)})
    found = await storage.recordings.by_name(archive.db, "r0")
    assert found is not None
    await storage.leads.change(
        archive.db, found.lead_id or 0, {"data": {"contract_end": "2030-01-01"}}, now=NOW
    )
    assert (await sweeper.sweep(whole=False)).deleted == []
    later = await storage.recordings.by_name(archive.db, "r0")
    assert later is not None
    assert later.due_at == datetime(2031, 1, 2, tzinfo=UTC)


async def test_erasing_takes_finished_and_raw_files_and_names_what_is_held(
    archive: Archive, tmp_path: Path
) -> None:
    await filled(
        archive, [Case("ever", 1, "", ""), Case("ever", 1, "", "recording"), Case("ever", 1, "", "")]
    )
    spool = tmp_path / "data/recordings"
    spool.mkdir(parents=True)
    for name in ("c-0-1790000000.raw", "c-2-1790000000.raw", "c-9-1790000000.raw"):
        (spool / name).touch()
    swept = await Sweeper(archive).erase(["c-0", "c-1", "c-9"], actor="eve", why="asked to be forgotten")
    assert set(swept.deleted) == {"r0", "c-0-1790000000.raw", "c-9-1790000000.raw"}
    assert swept.held == ["r1"]
    assert [path.name for path in spool.iterdir()] == ["c-2-1790000000.raw"]
    (proof,) = await storage.audit.page(archive.db)
    assert (proof.actor, proof.target) == ("eve", "r0")
