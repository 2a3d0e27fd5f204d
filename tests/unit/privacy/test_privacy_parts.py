"""The small parts of privacy: cut-offs, the key, files beside the database, and the page a person is given."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import config
from dialer import leads, privacy
from dialer.privacy import files, keys, paper
from tests.parts.campaigns import campaign
from tests.parts.houses import content

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY_S = 86_400.0
ANN, BOB = "+442079460001", "+442079460002"


def settings_of(folder: Path, **changes: Any) -> config.Settings:
    """A small configuration in this folder."""
    return config.parse(json.dumps(content(5038, **changes)), folder=folder)


def spring(**own: Any) -> dict[str, Any]:
    """The campaign with its own days."""
    return {"spring": {**content(5038)["campaigns"]["spring"], "privacy": own}}


def test_without_days_people_are_kept_for_good(tmp_path: Path) -> None:
    found = privacy.cutoffs_of(settings_of(tmp_path), "spring", NOW, 0.0)
    assert found == privacy.Cutoffs("spring", None, None, NOW - timedelta(days=90))


def test_a_campaigns_own_days_come_before_those_of_all_and_a_hold_before_both(tmp_path: Path) -> None:
    of_all = {"leads_days": 100, "calls_days": 200}
    wanted = settings_of(tmp_path, privacy=of_all, campaigns=spring(leads_days=30))
    found = privacy.cutoffs_of(wanted, "spring", NOW, 0.0)
    assert found is not None
    assert (found.leads, found.calls) == (NOW - timedelta(days=30), NOW - timedelta(days=200))
    gone = privacy.cutoffs_of(wanted, "long-gone", NOW, 0.0)
    assert gone is not None
    assert gone.leads == NOW - timedelta(days=100)
    held = settings_of(tmp_path, privacy=of_all, campaigns=spring(leads_days=30, hold=True))
    assert privacy.cutoffs_of(held, "spring", NOW, 0.0) is None


@pytest.mark.parametrize("days", [1, 60])
@pytest.mark.parametrize("looked_back_days", [0, 5, 90])
def test_nothing_goes_that_a_rule_still_looks_at(tmp_path: Path, days: int, looked_back_days: int) -> None:
    wanted = settings_of(tmp_path, privacy={"leads_days": days, "calls_days": days, "near_days": days})
    found = privacy.cutoffs_of(wanted, "spring", NOW, looked_back_days * DAY_S)
    assert found is not None
    assert found.leads == found.calls == found.near == NOW - timedelta(days=max(days, looked_back_days))


def test_rules_look_back_as_far_as_the_longest_of_them() -> None:
    plain, italian = campaign(), campaign(profiles=["italy"])
    assert privacy.looked_back_s([leads.rules_of(plain)]) < 5 * DAY_S
    assert privacy.looked_back_s([leads.rules_of(plain), leads.rules_of(italian)]) >= 5 * DAY_S


def test_a_key_is_made_once_for_its_owner_alone_and_never_over_another(tmp_path: Path) -> None:
    wanted = settings_of(tmp_path)
    Path(wanted.data_dir).mkdir()
    assert privacy.known_key(wanted) is None
    key = privacy.key_for(wanted)
    assert key == privacy.key_for(wanted) == privacy.known_key(wanted)
    assert stat.S_IMODE(keys.file_of(wanted).stat().st_mode) == 0o600
    assert [one.name for one in Path(wanted.data_dir).iterdir()] == [keys.NAME]
    assert key.secret.hex() not in repr(key)
    keys.file_of(wanted).write_text("torn")
    for asked in (privacy.known_key, privacy.key_for):
        with pytest.raises(privacy.KeyFileError, match="restore it from a backup"):
            asked(wanted)


def test_only_old_files_of_rejected_rows_go_and_no_links(tmp_path: Path) -> None:
    outside = tmp_path / "outside.rejects.csv"
    folder = tmp_path / "lists"
    folder.mkdir()
    for name in ("old.rejects.csv", "new.rejects.csv", "people.csv"):
        (folder / name).write_text("x\n")
    outside.write_text("x\n")
    (folder / "link.rejects.csv").symlink_to(outside)
    for file in (folder / "old.rejects.csv", folder / "people.csv", outside):
        os.utime(file, (1000, 1000))
    found = files.rejects_before([folder, tmp_path / "missing"], 2000.0)
    assert found == [folder / "old.rejects.csv"]
    assert (files.delete(found), files.delete(found)) == (1, 0)
    assert outside.exists()


@pytest.mark.parametrize("written", [ANN, "+44 (20) 7946-0001", "020 7946 0001", "00442079460001"])
def test_rejected_rows_of_a_person_go_however_the_number_is_written(tmp_path: Path, written: str) -> None:
    file = tmp_path / "people.rejects.csv"
    file.write_text(f'name,number\n"Lee, Ann",{written}\nBob,{BOB}\n')
    file.chmod(0o640)
    (tmp_path / "people.csv").write_text(f"Ann;{written}\n")
    assert files.naming([tmp_path], [ANN]) == [tmp_path / "people.csv", file]
    assert files.without(file, [ANN]) == 1
    assert file.read_text() == f"name,number\nBob,{BOB}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert files.naming([tmp_path], [ANN]) == [tmp_path / "people.csv"]


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "</td><img src=x onerror=x>", "&amp;", "\"'"]
)
def test_what_others_wrote_is_only_text_on_the_page(hostile: str) -> None:
    held = {
        "numbers": [hostile],
        "made_at": "now",
        "journal": "",
        "leads": [{"name": hostile, "data": {hostile: hostile}}],
    }
    page = paper.page(held)
    assert "<script>" not in page
    assert "<img" not in page


def test_the_zip_is_for_its_owner_and_holds_the_recordings(tmp_path: Path) -> None:
    tape = tmp_path / "c-1-1.raw"
    tape.write_bytes(b"sound")
    held = {"numbers": [ANN], "made_at": "now", "journal": ""}
    made = paper.write_zip(held, tmp_path / "person.zip", [tape])
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    with zipfile.ZipFile(made) as found:
        assert sorted(found.namelist()) == ["person.html", "person.json", "recordings/c-1-1.raw"]
        assert json.loads(found.read("person.json"))["numbers"] == [ANN]
    with pytest.raises(OSError, match="missing"):
        paper.write_zip(held, tmp_path / "other.zip", [tmp_path / "missing.raw"])
    assert sorted(one.name for one in tmp_path.iterdir()) == ["c-1-1.raw", "person.zip"]
