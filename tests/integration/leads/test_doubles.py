"""Leads that are there already are rejected as the campaign asks: in the file, the campaign or everywhere."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
import storage
from dialer.leads import ImportReport, import_file, preview_file
from tests.parts.campaigns import campaign

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)
ADA, BOB, CY, DEE = (f"020 7946 000{n}" for n in range(4))


def unique(numbers: str = "none", ids: str = "campaign", name: str = "spring") -> config.Campaign:
    return campaign(id=name, leads={"unique_numbers": numbers, "unique_ids": ids})


async def take(
    memory: storage.Database, folder: Path, wanted: config.Campaign, *rows: tuple[str, ...]
) -> ImportReport:
    file = folder / "people.csv"
    lines = ["external_id,number,number2", *(",".join((*row, "")[:3]) for row in rows)]
    await asyncio.to_thread(file.write_text, "\n".join(lines) + "\n")
    report = await import_file(memory, wanted, file, now=NOW)
    assert report.rows == report.added + report.known + report.rejected
    return report


async def test_nothing_is_asked_of_numbers_unless_the_campaign_asks(
    memory: storage.Database, tmp_path: Path
) -> None:
    report = await take(memory, tmp_path, unique(), ("1", ADA), ("2", ADA))
    assert report.added == 2


async def test_in_a_file_the_first_row_with_a_number_counts_second_numbers_too(
    memory: storage.Database, tmp_path: Path
) -> None:
    rows = (("1", ADA, BOB), ("2", CY), ("3", BOB), ("4", DEE, CY))
    report = await take(memory, tmp_path, unique("file"), *rows)
    assert (report.added, report.codes) == (2, {"duplicate_number": 2})
    seen = await preview_file(unique("file"), tmp_path / "people.csv", now=NOW)
    assert (seen.good, seen.codes) == (2, {"duplicate_number": 2})
    other = await take(memory, tmp_path, unique("file"), ("9", ADA))
    assert other.added == 1  # another file is none of its business


@pytest.mark.parametrize(("scope", "elsewhere"), [("campaign", 1), ("all", 0)])
async def test_a_number_of_another_lead_stands_in_the_way_and_its_own_does_not(
    memory: storage.Database, tmp_path: Path, scope: str, elsewhere: int
) -> None:
    wanted = unique(scope)
    assert (await take(memory, tmp_path, wanted, ("1", ADA, BOB), ("2", CY))).added == 2
    again = await take(memory, tmp_path, wanted, ("1", ADA, BOB), ("2", CY))
    assert (again.added, again.known, again.rejected) == (0, 2, 0)
    later = await take(memory, tmp_path, wanted, ("3", BOB), ("4", DEE))
    assert (later.added, later.codes) == (1, {"duplicate_number": 1})
    autumn = await take(memory, tmp_path, unique(scope, name="autumn"), ("7", CY))
    assert autumn.added == elsewhere


async def test_an_external_id_may_stand_for_one_lead_of_all_campaigns(
    memory: storage.Database, tmp_path: Path
) -> None:
    await take(memory, tmp_path, unique(ids="all"), ("1", ADA))
    both = unique(ids="all", name="autumn")
    report = await take(memory, tmp_path, both, ("1", BOB), ("2", CY))
    assert (report.added, report.codes) == (1, {"duplicate_id": 1})
    assert (await take(memory, tmp_path, unique(name="winter"), ("1", DEE))).added == 1
    with pytest.raises(ValueError, match="campaign or all"):
        unique(ids="file")


async def test_what_was_rejected_is_in_the_rejects_file_and_may_come_again(
    memory: storage.Database, tmp_path: Path
) -> None:
    report = await take(memory, tmp_path, unique("all"), ("1", ADA), ("2", ADA))
    assert report.rejects_path is not None
    assert "duplicate_number" in await asyncio.to_thread(report.rejects_path.read_text)


async def test_two_imports_at_once_never_add_one_number_twice(
    memory: storage.Database, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    files = [[(f"{folder.name}{n}", f"020 7946 0{n:03d}") for n in range(200)] for folder in folders]
    wanted = [unique("campaign"), unique("campaign"), unique("all", name="autumn")]
    reports = await asyncio.gather(
        *(take(memory, folder, one, *rows) for folder, one, rows in zip(folders, wanted, files, strict=True))
    )
    assert reports[0].added + reports[1].added == 200
    assert reports[2].added in (0, 200)  # all before the others, who do not mind another campaign's, or none


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    files=st.lists(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=6), min_size=1, max_size=3
    )
)
async def test_no_two_leads_ever_share_a_number_whatever_comes_in_whatever_order(
    memory: storage.Database, tmp_path: Path, files: list[list[tuple[int, int]]]
) -> None:
    names = ("spring", "autumn")
    for n, rows in enumerate(files):
        lines = [(str(key), f"020 7946 01{number:02d}") for key, number in rows]
        if lines:
            await take(memory, tmp_path, unique("all", name=names[n % 2]), *lines)
    held: Counter[str] = Counter()
    for name in names:
        async for lead in storage.leads.each(memory, name):
            held.update(number.e164 for number in lead.numbers)
    assert max(held.values(), default=0) <= 1
