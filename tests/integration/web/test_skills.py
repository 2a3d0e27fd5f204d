"""Skills by the API and the command line's socket: set, asked for, shown on board and broker, live after a reload."""

from __future__ import annotations

import json
from pathlib import Path

from dialer.mqtt.showing import Showing
from dialer.ops.socket import verbs
from tests.parts.embedded import CAMPAIGN
from tests.parts.virtual_time import eventually, on_virtual_time
from tests.parts.websites import PEOPLE, website

KNOWN = {"skills": {"cantonese": "Cantonese", "life": "Life insurance"}}


@on_virtual_time
async def test_a_supervisor_sets_skills_of_agents_and_leads_and_the_board_shows_who_waits_for_whom(
    tmp_path: Path,
) -> None:
    async with website(tmp_path, can={0: ("life",)}, house=KNOWN) as site:
        supervisor, floor = await site.sign_in("supervisor"), site.control.dialer.floors[CAMPAIGN].floor
        unknown = await supervisor.ask("PATCH", "/agents/a0", {"skills": ["fencing"]})
        assert unknown.status_code == 404
        assert "there is no skill 'fencing'" in unknown.text
        changed = await supervisor.ask("PATCH", "/agents/a0", {"skills": ["life", "cantonese"]})
        assert changed.json()["skills"] == ["cantonese", "life"]
        asked = {"campaign": CAMPAIGN, "skills": ["cantonese"], "external_ids": ["0", "1"]}
        assert (await supervisor.ask("POST", "/leads/skills", asked)).json()["changed"] == 2
        (lead,) = await supervisor.get("/leads", campaign=CAMPAIGN, external_id="0")
        assert lead["skills"] == ["cantonese"]
        one = await supervisor.ask("PATCH", f"/leads/{lead['id']}", {"skills": [], "name": "Ada"})
        assert (one.json()["skills"], one.json()["name"]) == ([], "Ada")
        for wrong in ({"campaign": CAMPAIGN, "skills": []}, {**asked, "asks": "life"}):
            assert (await supervisor.ask("POST", "/leads/skills", wrong)).status_code >= 400
        await site.control.log_in("a1", ready=True)
        await site.control.set_run_state(CAMPAIGN, "running")
        await eventually(lambda: bool(floor.lanes.told))
        board = await supervisor.get("/board")
        lanes = {tuple(one["skills"]): one for one in board["campaigns"][CAMPAIGN]["lanes"]}
        assert lanes[("Cantonese",)]["why"] == "nobody on the floor has it"
        assert lanes[("Cantonese",)]["leads"] == 1
        (told,) = (
            one for one in Showing(site.control, numbers=False).campaigns()[CAMPAIGN].lanes if one.skills
        )
        assert (told.skills, told.leads, told.able, told.why) == (
            ["cantonese"],
            1,
            0,
            "nobody on the floor has it",
        )
        assert board["agents"]["a0"]["skills"] == ["cantonese", "life"]
        assert "skills" not in board["agents"]["a1"]
        socket = verbs(site.control)
        back = {"campaign": CAMPAIGN, "skills": [], "asks": "cantonese"}
        assert (await socket["ask_skills"](**back))["changed"] == 1
        assert (await socket["set_skills"](agent="a0", skills=None))["skills"] == ["life"]
        await eventually(lambda: not floor.lanes.told)


@on_virtual_time
async def test_skills_in_the_file_hold_at_once_after_a_reload(tmp_path: Path) -> None:
    asks = {PEOPLE[0].number: ("cantonese",)}
    async with website(tmp_path, asks=asks, house=KNOWN) as site:
        await site.control.log_in("a0", ready=True)
        floor = site.control.dialer.floors[CAMPAIGN].floor
        file = tmp_path / "dialer.yaml"
        written = json.loads(file.read_text())
        written["agents"]["a0"]["skills"] = ["cantonese"]
        written["campaigns"][CAMPAIGN]["skills"] = ["life"]
        file.write_text(json.dumps(written))
        await site.control.reload()
        agent = floor.roster.get("a0")
        assert agent is not None
        assert agent.skills == ("cantonese",)
        await site.control.set_run_state(CAMPAIGN, "running")
        await eventually(lambda: bool(floor.lanes.told))
        assert dict.fromkeys(floor.lanes.told) == {"cantonese+life": None, "life": None}
