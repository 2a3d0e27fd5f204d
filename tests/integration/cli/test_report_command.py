"""`dialer report` as a team leader uses it: on the screen, into files, for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage import Database, Options
from tests.integration.cli.test_commands import dialer, document, written
from tests.parts.calls_made import Made, Stay, fill

DAY = datetime(2026, 3, 2, 10, tzinfo=UTC)
SAID = [{"code": "sale", "label": "Sale", "asks_amount": True}, {"code": "no", "label": "No"}]


def _call(n: int, agent: str | None = None, said: str = "", cents: int | None = None) -> Made:
    at = DAY + timedelta(minutes=n)
    answered = at + timedelta(seconds=10) if agent else None
    return Made(
        id=f"c-{n}", lead_id=n, campaign_id="spring", claimed_at=at, dialed_at=at, answered_at=answered,
        bridged_at=answered, ended_at=at + timedelta(seconds=70), outcome="connected" if agent else "no_answer",
        agent=agent, talk_s=60.0 if agent else None, disposition=said, amount_cents=cents, cause=16,
    )  # fmt: skip


async def test_a_day_is_told_on_the_screen_in_files_and_for_programs(tmp_path: Path) -> None:
    whole = document(1, teams={"north": ["ann"]})
    whole["campaigns"]["spring"] |= {"dispositions": SAID, "currency": "EUR"}
    file = written(tmp_path, whole)
    (tmp_path / "data").mkdir()
    db = await Database.open(f"sqlite:///{tmp_path}/data/dialer.db", Options(durable=False))
    await db.upgrade()
    calls = [_call(1, "ann", "sale", 19_990), _call(2, "bob", "no"), _call(3), _call(4)]
    log = [Stay("ann", DAY, "ready"), Stay("ann", DAY + timedelta(minutes=30), "out")]
    await fill(db, calls, log, ("",), DAY)
    await db.close()
    asked = ("report", "2026-03-02", "-c", file)

    status, said = await dialer(*asked, "--by", "campaign", cwd=tmp_path)
    assert status == 0, said
    assert "199.90 EUR" in said
    assert "30:00 min" in said
    assert "The best 1 of 2 agent brings 100 % of the value." in said

    status, said = await dialer(*asked, "--by", "campaign", "--language", "zh", cwd=tmp_path)
    assert status == 0, said
    assert "按任务" in said
    assert "30:00 分" in said

    status, said = await dialer(*asked, "--team", "north", "--by", "agent", "--json", cwd=tmp_path)
    assert status == 0, said
    (table,) = [one for one in json.loads(said)["tables"] if one["name"] == "by_agent"]
    assert [row[0] for row in table["rows"]] == ["ann"]

    status, said = await dialer(*asked, "--output", tmp_path / "day.xlsx", cwd=tmp_path)
    assert status == 0, said
    assert (tmp_path / "day.xlsx").read_bytes()[:2] == b"PK"


async def test_what_cannot_be_told_is_named_with_what_can(tmp_path: Path) -> None:
    file = written(tmp_path, document(1))
    for arguments, wanted in (
        (("tomorrow",), "write today, yesterday"),
        (("today", "--campaign", "autumn"), "there are: spring"),
        (("today", "--by", "moon"), "campaign, team, agent, list, trunk, hour, day"),
        (("today", "--team", "north"), "no team 'north'; there are: none"),
        (("today", "--output", "day.pdf"), "end it in .html, .csv, .xlsx or .json"),
    ):
        status, said = await dialer("report", *arguments, "-c", file, cwd=tmp_path)
        assert status == 1
        assert wanted in said
