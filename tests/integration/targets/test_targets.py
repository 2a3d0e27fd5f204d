"""Activity targets on a running floor: board, desk's figures, command line's verb, and the same after a restart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import storage
from dialer import app
from dialer.lab.people import Kind, Person
from dialer.ops.socket import verbs
from tests.parts.embedded import CAMPAIGN
from tests.parts.virtual_time import eventually, on_virtual_time
from tests.parts.websites import Site, website

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=45.0) for n in range(24))
SHIFT = {"windows": ["09:00-09:30"], "days": ["mon"]}  # virtual time begins on a Monday at 09:00


async def _aim(site: Site, folder: Path) -> None:
    file = folder / "dialer.yaml"
    written = json.loads(file.read_text())
    written["teams"] = {"north": ["a0"]}
    written["targets"] = {
        "easy": {**SHIFT, "title": "Easy", "talk": "4 min", "new_numbers": 2},
        "hard": {**SHIFT, "talk": "25 min", "teams": ["north"]},
        "other": {**SHIFT, "talk": "25 min", "days": ["tue"]},
    }
    file.write_text(json.dumps(written))
    await site.control.reload()


@on_virtual_time
async def test_who_is_behind_and_what_catches_up_is_said_everywhere_and_survives_a_restart(
    tmp_path: Path,
) -> None:
    async with website(tmp_path, people=PEOPLE, agents=2, robots=True, intervals_s=(1.0,)) as site:
        await _aim(site, tmp_path)
        loop_began = site.control.dialer.clock.now()
        supervisor = await site.sign_in("supervisor")
        await eventually(
            lambda: site.control.dialer.clock.now() > loop_began + 16 * 60, within_s=3600, step_s=5
        )
        rows: list[dict[str, Any]] = await verbs(site.control)["targets"]()
        by_id = {(row["agent"], row["id"]): row for row in rows}
        assert by_id.keys() == {
            ("a0", "easy.talk"),
            ("a0", "easy.new_numbers"),
            ("a1", "easy.talk"),
            ("a1", "easy.new_numbers"),
            ("a0", "hard.talk"),
        }
        hard = by_id["a0", "hard.talk"]
        assert (hard["state"], rows[0]["id"]) == ("behind", "hard.talk")
        assert hard["says"].startswith("Behind: ")
        assert by_id["a0", "easy.talk"]["state"] == by_id["a0", "easy.new_numbers"]["state"] == "done"
        attempts = await _talk_s(site)
        assert hard["value"] == pytest.approx(attempts["a0"] / 60, abs=1.5)
        board = await supervisor.get("/board")
        card = board["targets"]["hard.talk"]
        assert (card["agents"], card["behind"], card["late"][0]["agent"]) == (1, 1, "a0")
        assert board["targets"]["easy.talk"]["late"] == []
        own = await (await site.sign_in("agent")).get("/targets")
        assert {row["agent"] for row in own} == {"a0"}
        settings = site.control.dialer.settings
    async with app.running(settings, durable=False) as control:
        await eventually(lambda: bool(control.dialer.activity.rows.get("a0")), step_s=1)
        again = {row["id"]: row for row in await control.targets("a0")}
        assert again["hard.talk"]["value"] == pytest.approx(hard["value"], abs=2)
        assert again["easy.new_numbers"]["value"] >= by_id["a0", "easy.new_numbers"]["value"]


async def _talk_s(site: Site) -> dict[str, float]:
    floor = site.control.dialer.floors[CAMPAIGN].floor
    await eventually(lambda: not floor.calls or floor.dialed >= len(PEOPLE), step_s=1)
    await site.control.dialer.books.applied()
    rows = await _conversations(site)
    return {agent: sum(talk for who, talk in rows if who == agent) for agent in ("a0", "a1")}


async def _conversations(site: Site) -> list[tuple[str, float]]:
    found = await storage.attempts.conversations(
        site.control.dialer.db, since=site.control.dialer.clock.utc().replace(hour=0, minute=0)
    )
    return [(one.agent, one.talk_s or 0.0) for one in found]
