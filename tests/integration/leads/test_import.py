"""An import puts every row into the database or into the rejects file, however often it is run."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

import config
import storage
from dialer.leads import ImportReport, LeadFileError, Progress, import_file
from dialer.leads import importing as importing_module
from tests.parts.campaigns import campaign

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
GOOD = "external_id,name,number\n" + "".join(f"A-{i},Person {i},020 7946 {i:04d}\n" for i in range(25))


async def run(
    memory: storage.Database, file: Path, content: str | bytes, settings: config.Campaign | None = None
) -> ImportReport:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    report = await import_file(memory, settings or campaign(), file, now=NOW)
    assert report.rows == report.added + report.known + report.rejected
    assert report.rejected == sum(report.codes.values())
    return report


async def leads_of(memory: storage.Database) -> list[storage.Lead]:
    return [lead async for lead in storage.leads.each(memory, "spring")]


async def test_all_rows_of_a_good_file_are_leads(memory: storage.Database, tmp_path: Path) -> None:
    report = await run(memory, tmp_path / "a.csv", GOOD)
    assert (report.rows, report.added, report.rejects_path) == (25, 25, None)
    assert await storage.leads.counts(memory, "spring") == {"pending": 25}
    assert list(tmp_path.glob("*.rejects*")) == []


async def test_the_same_file_again_adds_nothing(memory: storage.Database, tmp_path: Path) -> None:
    without_ids = "name,number\n" + "".join(f"Person {i},020 7946 {i:04d}\n" for i in range(10))
    await run(memory, tmp_path / "a.csv", without_ids)
    again = await run(memory, tmp_path / "b.csv", without_ids)
    assert (again.added, again.known, again.rejected) == (0, 10, 0)


async def test_a_broken_row_is_in_the_rejects_file_with_its_line_and_the_rest_is_taken(
    memory: storage.Database, tmp_path: Path
) -> None:
    rows = GOOD.splitlines(keepends=True)
    rows[3] = 'A-2,"Person 2,020 7946 0002\n'
    rows[5] = "A-4,Person 4,call me\n"
    report = await run(memory, tmp_path / "a.csv", "".join(rows))
    assert report.codes == {"row_broken": 1, "number_letters": 1}
    assert report.rejects_path is not None
    with report.rejects_path.open(newline="") as stream:
        rejected = list(csv.DictReader(stream))
    assert [(row["rejected_line"], row["rejected_code"]) for row in rejected] == [
        ("4", "row_broken"),
        ("6", "number_letters"),
    ]
    assert rejected[1]["number"] == "call me"


async def test_a_mended_rejects_file_can_be_imported(memory: storage.Database, tmp_path: Path) -> None:
    report = await run(memory, tmp_path / "a.csv", "external_id,name,number\nA-1,=Ann,+44 20 7946 O101\n")
    assert report.rejects_path is not None
    mended = report.rejects_path.read_text().replace("O101", "0101")
    assert "'=Ann" in mended
    again = await run(memory, tmp_path / "mended.csv", mended)
    assert again.added == 1
    (lead,) = await leads_of(memory)
    assert (lead.external_id, lead.name, lead.numbers[0].e164) == ("A-1", "=Ann", "+442079460101")
    assert dict(lead.data) == {}


async def test_a_row_twice_in_a_file_is_rejected_once(memory: storage.Database, tmp_path: Path) -> None:
    report = await run(memory, tmp_path / "a.csv", GOOD + "A-3,Someone else,020 7946 0999\n")
    assert (report.added, report.codes) == (25, {"duplicate": 1})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
async def test_names_survive_any_usual_encoding(
    memory: storage.Database, tmp_path: Path, encoding: str
) -> None:
    names = ["Zoë Müller", "François Lefèvre", "Łukasz" if encoding.startswith("utf") else "José García"]
    text = "name;number\n" + "".join(f"{name};020 7946 010{i}\n" for i, name in enumerate(names))
    report = await run(memory, tmp_path / "a.csv", text.encode(encoding))
    assert report.delimiter == ";"
    assert sorted(lead.name for lead in await leads_of(memory)) == sorted(names)


async def test_bytes_of_another_encoding_are_rejected_and_kept(
    memory: storage.Database, tmp_path: Path
) -> None:
    content = GOOD.encode() + "Z-1,Müller,020 7946 0999\n".encode("latin-1")
    settings = campaign(leads={"encoding": "utf-8"})
    report = await run(memory, tmp_path / "a.csv", content, settings)
    assert report.codes == {"row_encoding": 1}
    assert report.rejects_path is not None
    assert "Müller".encode("latin-1") in report.rejects_path.read_bytes()


async def test_an_import_that_was_stopped_is_simply_run_again(
    memory: storage.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing_module, "BATCH_ROWS", 10)
    file = tmp_path / "a.csv"
    file.write_text(GOOD + "B-1,Bad,call me\n")

    class Stopped(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.rows >= 20:
            raise Stopped

    with pytest.raises(Stopped):
        await import_file(memory, campaign(), file, now=NOW, on_progress=stop)
    assert await storage.leads.counts(memory, "spring") == {"pending": 20}
    report = await import_file(memory, campaign(), file, now=NOW)
    assert (report.rows, report.known, report.added, report.rejected) == (26, 20, 5, 1)
    assert await storage.leads.counts(memory, "spring") == {"pending": 25}


async def test_progress_grows_to_the_end_of_the_file(
    memory: storage.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing_module, "BATCH_ROWS", 10)
    file = tmp_path / "a.csv"
    file.write_text(GOOD)
    seen: list[Progress] = []
    await import_file(memory, campaign(), file, now=NOW, on_progress=seen.append)
    assert [progress.rows for progress in seen] == [10, 20, 25]
    assert seen[-1].share == 1.0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04\x00\x00\x08\x00", "is no text"),
        (b"name,address\nAnn,London\n", "no column holds phone numbers"),
        (b'"name,number\nAnn,020 7946 0101\n', "no header"),
    ],
)
async def test_a_file_that_is_no_list_of_leads_is_refused_whole(
    memory: storage.Database, tmp_path: Path, content: bytes, words: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    with pytest.raises(LeadFileError, match=words):
        await import_file(memory, campaign(), file, now=NOW)
    assert await storage.leads.counts(memory, "spring") == {}


async def test_a_missing_file_is_one_message(memory: storage.Database, tmp_path: Path) -> None:
    with pytest.raises(LeadFileError, match="can not be read"):
        await import_file(memory, campaign(), tmp_path / "none.csv", now=NOW)


async def test_leads_that_can_hardly_be_called_are_counted(memory: storage.Database, tmp_path: Path) -> None:
    settings = campaign(countries=["GB"], zone_rule="both", windows={"mon-sun": "09:00-12:00"})
    content = "number,zone\n020 7946 0101,\n020 7946 0102,Australia/Sydney\n"
    report = await run(memory, tmp_path / "a.csv", content, settings)
    assert (report.few_hours, report.never_open) == (1, 1)
