"""The books give the same ledgers after a restart, and evidence for an auditor."""

from __future__ import annotations

import csv
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import storage
from dialer.leads import Judge, evidence, rules_of
from storage import NewLead, NewNumber
from tests.parts.campaigns import ALWAYS, campaign
from tests.unit.compliance.test_ledgerbook import facts_of

NOON = datetime(2026, 3, 7, 12, tzinfo=UTC)
SETTINGS = campaign(windows=ALWAYS, profiles=["us-federal", "italy"], countries=["GB"], amd_false_positives=0)
KINDS = (
    ["connected"] * 30 + ["abandoned"] * 2 + ["late"] + ["machine"] * 3 + ["no_answer"] * 10 + ["congestion"]
)


async def dial_all(memory: storage.Database) -> None:
    """One call of each kind, in the books."""
    leads = [
        NewLead((NewNumber(f"+44207946{place:04d}", "fixed_line", ("Europe/London",)),))
        for place in range(len(KINDS))
    ]
    await storage.leads.add(memory, "spring", leads, now=NOON)
    serial = itertools.count()
    judge = Judge(rules_of(campaign(windows=ALWAYS)), NOON, lambda: f"c-{next(serial)}")
    claimed = await storage.claim(memory, "spring", n=len(KINDS), now=NOON, judge=judge)
    assert len(claimed.attempts) == len(KINDS)
    told = [
        fact
        for call, kind in zip(claimed.attempts, KINDS, strict=True)
        for fact in facts_of(call.attempt_id, kind, NOON.timestamp())
    ]
    await storage.books.apply(memory, 1, told)


async def test_the_books_give_the_figures_again(memory: storage.Database) -> None:
    await dial_all(memory)
    book = await evidence.load_book(memory, SETTINGS, now=NOON + timedelta(hours=1))
    figures = {figure.name: figure for figure in book.figures((NOON + timedelta(hours=1)).timestamp())}
    assert (figures["us-ftc"].over, figures["us-ftc"].under) == (3, 33)
    assert (figures["it-garante"].over, figures["it-garante"].under) == (3, 30)


async def test_evidence_lists_every_call_with_its_number_masked(
    memory: storage.Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "_PAGE", 7)
    await dial_all(memory)
    file = tmp_path / "evidence.csv"
    figures = await evidence.export_evidence(
        memory, SETTINGS, file, since=NOON - timedelta(days=1), now=NOON + timedelta(hours=1)
    )
    assert [figure.name for figure in figures] == ["us-ftc", "us-fcc", "it-garante"]
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(KINDS)
    assert sum(row["abandoned"] == "yes" for row in rows) == 3
    assert all("••••" in row["number"] for row in rows)


async def test_evidence_tells_what_people_heard_and_what_the_figures_are_made_with(
    memory: storage.Database, tmp_path: Path
) -> None:
    await dial_all(memory)
    machines = [one for one in await _calls(memory) if one.machine]
    for call, said in zip(machines, ("person", "machine", "machine"), strict=True):
        word = storage.reviews.Review(call.attempt_id, "spring", NOON, None, said, "ann", NOON)
        assert await storage.reviews.say(memory, word)
    checked = campaign(
        windows=ALWAYS, profiles=["uk"], countries=["GB"], machines={"review_least": 3}, amd_false_positives=0
    )
    file, now = tmp_path / "evidence.csv", NOON + timedelta(hours=1)
    (figure,) = await evidence.export_evidence(memory, checked, file, since=NOON - timedelta(days=1), now=now)
    assert figure.over == pytest.approx(3 + 3 * (1 / 3))
    found = figure.people_in_machines
    assert found is not None
    assert (found.source, found.people, found.reviewed) == ("reviewed", 1, 3)
    with file.open(newline="") as stream:
        rows = {row["attempt"]: row for row in csv.DictReader(stream)}
    assert [rows[one.attempt_id]["review"] for one in machines] == ["person", "machine", "machine"]
    assert sum(row["review"] != "" for row in rows.values()) == 3
    assert all(row["ring_s"] for row in rows.values() if row["answered_at"] and row["ringing_at"])


async def _calls(memory: storage.Database) -> tuple[storage.Attempt, ...]:
    return await storage.attempts.of_campaign(memory, "spring", since=NOON - timedelta(days=1), limit=1000)


async def test_only_calls_a_window_reaches_are_read(
    memory: storage.Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await dial_all(memory)
    british = campaign(windows=ALWAYS, profiles=["uk"])
    read: list[datetime] = []
    real = storage.ledger_sums.by_minute

    async def noting(*args: Any, since: datetime, **more: Any) -> Any:
        read.append(since)
        return await real(*args, since=since, **more)

    monkeypatch.setattr(storage.ledger_sums, "by_minute", noting)
    (same_day,) = (await evidence.load_book(memory, british, now=NOON + timedelta(hours=1))).figures(
        (NOON + timedelta(hours=1)).timestamp()
    )
    assert same_day.over == pytest.approx(3 + 0.05 * 3)
    later = NOON + timedelta(days=3)
    (figure,) = (await evidence.load_book(memory, british, now=later)).figures(later.timestamp())
    assert figure.under == 0
    assert read[1] > NOON + timedelta(days=1)


async def test_a_campaign_without_calls_has_empty_ledgers(memory: storage.Database) -> None:
    book = await evidence.load_book(memory, SETTINGS, now=NOON)
    assert [figure.under for figure in book.figures(NOON.timestamp())] == [0, 0, 0]
