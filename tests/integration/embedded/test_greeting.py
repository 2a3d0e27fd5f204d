"""Ledgers that count from the greeting's end, and people whom detection takes for machines, on the whole daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.lab.people import Kind, Person
from dialer.leads import load_book
from tests.parts.embedded import CAMPAIGN, Floor, working
from tests.parts.virtual_time import on_virtual_time

PACING = {"mode": "progressive", "ring_timeout_s": 20, "min_ring_s": 15}
PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=15.0) for n in range(6))


async def figures(floor: Floor) -> dict[str, tuple[float, float]]:
    """Each ledger by the running daemon, which must be what the books say too."""
    await floor.attempts()
    status = await floor.control.campaign_status(CAMPAIGN)
    running = {row["name"]: (row["over"], row["under"]) for row in status["ledgers"]}
    dialer = floor.control.dialer
    book = await load_book(dialer.db, dialer.settings.campaigns[CAMPAIGN], now=dialer.clock.utc())
    kept = {row.name: (row.over, row.under) for row in book.figures(dialer.clock.now())}
    assert running == kept
    return running


@on_virtual_time
async def test_the_end_of_each_greeting_is_in_the_books_where_it_is_listened_for(tmp_path: Path) -> None:
    more = {"greeting": True, "profiles": ["us-federal", "uk"], "pacing": PACING}
    async with working(tmp_path, PEOPLE, agents=3, more=more) as floor:
        await floor.until_worked_off()
        for one in await floor.attempts():
            assert one.answered_at is not None
            assert one.greeting_end_at is not None
            spoken_s = (one.greeting_end_at - one.answered_at).total_seconds()
            assert spoken_s == pytest.approx(1.58, abs=0.05)
        found = await figures(floor)
        assert found["us-ftc"] == found["uk-ofcom"] == (0.0, 6.0)


@on_virtual_time
@pytest.mark.parametrize(("share", "taken"), [("0 %", 0.0), ("10 %", 0.4)])
async def test_detection_is_late_by_the_answer_in_time_by_the_greeting_and_its_errors_are_counted(
    tmp_path: Path, share: str, taken: float
) -> None:
    machines = tuple(Person(Kind.MACHINE, n, ring_s=2.0, talk_s=5.0) for n in range(4))
    more = {
        "amd_false_positives": share,
        "greeting": True,
        "profiles": ["us-federal", "uk"],
        "pacing": PACING,
    }
    async with working(tmp_path, (*machines, *PEOPLE), agents=3, amd=True, more=more) as floor:
        await floor.until_worked_off()
        found = await figures(floor)
        people = len(PEOPLE)
        # Detection takes 2.5 s: too long from the answer, less than two seconds from the end of "hello".
        assert found["uk-ofcom"] == pytest.approx((people + taken, people + taken))
        assert found["us-ftc"] == pytest.approx((taken, people + taken))
