"""What supervisors steer by the API: campaigns, agents, leads, do-not-call; and that it holds."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

import config
from dialer import app
from dialer.control import Control, ControlError
from dialer.lab.people import Kind, Person
from dialer.ops.socket import verbs
from tests.parts.embedded import CAMPAIGN
from tests.parts.virtual_time import eventually, on_virtual_time
from tests.parts.websites import PASSWORD, Client, website

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=20.0) for n in range(6))
OTHER = "other"


def pacing(control: Control) -> tuple[str, float, float]:
    """What the floor itself dials by."""
    settings = control.dialer.floors[CAMPAIGN].floor.engine.settings
    return settings.mode, settings.target_abandon, settings.ring_timeout


def with_another_campaign(folder: Path) -> None:
    """A second campaign in the file, for a reload."""
    file = folder / "dialer.yaml"
    written = json.loads(file.read_text())
    written["campaigns"][OTHER] = {**written["campaigns"][CAMPAIGN], "name": "Other"}
    file.write_text(json.dumps(written))


@on_virtual_time
async def test_a_change_holds_at_once_after_a_reload_and_after_a_restart(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        supervisor, admin = await site.sign_in("supervisor"), await site.sign_in("admin")
        wanted = {"mode": "predictive", "target": 0.01, "ring_timeout_s": 16}
        changed = await supervisor.ask("PATCH", f"/campaigns/{CAMPAIGN}", wanted)
        assert changed.json()["settings"] == wanted
        assert pacing(site.control) == ("predictive", 0.01, 16)
        await supervisor.ask("PATCH", f"/campaigns/{CAMPAIGN}", {"target": 0.02})
        await admin.post("/system/reload")
        assert pacing(site.control) == ("predictive", 0.02, 16)
        board = await supervisor.get("/board")
        assert board["campaigns"][CAMPAIGN]["settings"]["target"] == 0.02
        for nonsense in (
            {},
            {"mode": "magic"},
            {"target": 2},
            {"ring_timeout_s": 90},
            {"x": 1},
            {"target": "1"},
        ):
            refused = await supervisor.ask("PATCH", f"/campaigns/{CAMPAIGN}", nonsense)
            assert refused.status_code == 422, nonsense
        settings = site.control.dialer.settings
    again = await asyncio.to_thread(config.load, settings.file or "")
    async with app.running(again, durable=False) as control:
        assert pacing(control) == ("predictive", 0.02, 16)


@on_virtual_time
async def test_an_agent_moves_after_the_conversation_and_is_rung_once(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, agents=1, robots=True) as site:
        supervisor, admin = await site.sign_in("supervisor"), await site.sign_in("admin")
        await asyncio.to_thread(with_another_campaign, tmp_path)
        await admin.post("/system/reload")
        floor = site.control.dialer.floors[CAMPAIGN].floor

        def state() -> str:
            found = floor.roster.get("a0")
            return "out" if found is None else found.state.value

        await eventually(lambda: state() == "talking")
        rang: list[str] = []
        site.control.dialer.listen(
            lambda campaign, fact: (
                rang.append(campaign)
                if fact["fact"] == "agent_state" and fact["state"] == "ringing"
                else None
            )
        )
        moved = await supervisor.ask("PATCH", "/agents/a0", {"campaign": OTHER})
        assert (moved.status_code, state()) == (200, "talking")
        there = site.control.dialer.floors[OTHER].floor
        await eventually(lambda: (found := there.roster.get("a0")) is not None and found.free)
        assert rang == [OTHER]
        assert (await supervisor.get("/board"))["agents"]["a0"]["campaign"] == OTHER
        assert floor.outcomes["connected"] >= 1


@on_virtual_time
async def test_leads_are_found_changed_noted_promised_and_excluded(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE) as site:
        supervisor = await site.sign_in("supervisor")
        number = PEOPLE[1].number
        by_number = await supervisor.get("/leads", campaign=CAMPAIGN, number=number)
        by_name = await supervisor.get("/leads", campaign=CAMPAIGN, name="hUmAn")
        assert [one["external_id"] for one in by_number] == ["1"]
        assert len(by_name) == len(PEOPLE)
        assert await supervisor.get("/leads", campaign=CAMPAIGN, name="%") == []
        lead = f"/leads/{by_number[0]['id']}"
        changed = await supervisor.ask("PATCH", lead, {"priority": 7, "zone": "Europe/London", "owner": "a0"})
        assert (changed.json()["priority"], changed.json()["owner"]) == (7, "a0")
        for nonsense in ({"zone": "Mars"}, {"owner": "nobody"}, {"name": None}, {}, {"state": "done"}):
            assert (await supervisor.ask("PATCH", lead, nonsense)).status_code in (404, 422), nonsense
        promised = await supervisor.post(f"{lead}/callback", {"at": "2026-06-01 14:30", "owner": "a0"})
        assert promised["callback_owner"] == "a0"
        agent = await site.sign_in("agent")
        mine = await agent.get("/callbacks", owner="a1")
        assert [one["id"] for one in mine] == [by_number[0]["id"]], (
            "an agent sees the own ones, whatever is asked"
        )
        assert "•" in mine[0]["numbers"][0]["number"]
        await supervisor.post(f"{lead}/notes", {"text": "two\nlines"}, status=201)
        assert (await supervisor.post(f"{lead}/exclude", {"reason": "asked to"}))["state"] == "excluded"
        again = await supervisor.ask("POST", f"{lead}/callback", {})
        assert again.json()["error"]["id"] == "lead_not_callable"
        kinds = {one["kind"] for one in (await supervisor.get(lead))["history"]}
        assert kinds == {"state", "note"}


@on_virtual_time
async def test_a_number_on_the_list_is_not_dialed_and_may_come_off_again(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE) as site:
        supervisor, admin = await site.sign_in("supervisor"), await site.sign_in("admin")
        entry = {"number": PEOPLE[0].number, "reason": "asked in writing"}
        assert (await supervisor.post("/dnc", entry, status=201))["lists"] == ["system"]
        assert (await supervisor.get("/dnc", number=PEOPLE[0].number, campaign=CAMPAIGN))["listed"] is True
        await supervisor.post("/dnc/remove", {**entry, "reason": "a mistake"})
        assert (await supervisor.get("/dnc", number=PEOPLE[0].number))["listed"] is False
        gone = await supervisor.ask("POST", "/dnc/remove", entry)
        assert (gone.status_code, gone.json()["error"]["id"]) == (404, "entry_unknown")
        removed = (await admin.get("/audit"))[0]
        assert removed["after"]["reason"] == "a mistake"


@on_virtual_time
async def test_numbers_are_masked_for_roles_that_may_not_see_them(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, web={"numbers": {"supervisor": "masked"}}) as site:
        people: dict[str, Client] = await site.each_role()
        for role, masked in (("supervisor", True), ("admin", False)):
            found = await people[role].ask("GET", "/leads", params={"campaign": CAMPAIGN, "external_id": "0"})
            assert (PEOPLE[0].number not in found.text) is masked
            checked = await people[role].ask("GET", "/dnc", params={"number": PEOPLE[0].number})
            assert (PEOPLE[0].number not in checked.text) is masked


@on_virtual_time
async def test_changes_by_the_command_line_are_in_the_audit_log_too(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        served = verbs(site.control)
        await served["add_user"](user="carl", password=PASSWORD, role="agent", agent="a1")
        await served["set_run_state"](campaign=CAMPAIGN, state="paused")
        with pytest.raises(ControlError, match="12 to 200"):
            await served["set_password"](user="carl", password="short")
        admin = await site.sign_in("admin")
        _, paused, added = (await admin.get("/audit"))[:3]
        assert (paused["actor"], paused["target"]) == ("command line", CAMPAIGN)
        assert (added["action"], added["target"]) == ("add_user", "carl")
        assert PASSWORD not in str(added)
