"""What is refused at the API's door of people and programs we know is in the audit log, so many lines a minute."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import storage
from dialer.web.house import REFUSALS_A_MINUTE
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import Client, Site, website


async def _lines(site: Site, actor: str) -> list[tuple[str, str, dict[str, Any]]]:
    """The refusals the log has of somebody, oldest first."""
    rows = await storage.audit.page(site.control.dialer.db, actor=actor, limit=500)
    found = [one for one in rows if one.action.startswith("refused ")]
    return [
        (one.action.removeprefix("refused "), one.target, json.loads(one.after)) for one in reversed(found)
    ]


@on_virtual_time
async def test_who_was_refused_what_and_why(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        agent, admin = await site.sign_in("agent"), await site.sign_in("admin")
        made = await admin.post(
            "/tokens", {"name": "crm", "role": "admin", "scopes": ["leads:read"]}, status=201
        )
        program = site.stranger(Authorization=f"Bearer {made['token']}")
        assert (await agent.ask("PUT", "/listening/a1", {"mode": "barge"})).status_code == 403
        assert (await agent.ask("GET", "/listening")).status_code == 403
        assert (await Client(admin.http).ask("PUT", "/listening/a1", {"mode": "barge"})).status_code == 403
        assert (await program.ask("PUT", "/listening/a1", {"mode": "barge"})).status_code == 403
        assert await _lines(site, "agent") == [
            ("PUT /listening/{agent}", "a1", {"why": "forbidden"}),
            ("GET /listening", "", {"why": "forbidden"}),
        ]
        assert await _lines(site, "admin") == [("PUT /listening/{agent}", "a1", {"why": "csrf"})]
        assert await _lines(site, "token:crm") == [("PUT /listening/{agent}", "a1", {"why": "scope"})]
        rows = await storage.audit.page(site.control.dialer.db, actor="agent")
        assert {one.address for one in rows if one.action.startswith("refused ")} == {"127.0.0.1"}


@on_virtual_time
async def test_what_is_granted_or_no_change_or_of_strangers_leaves_no_line(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        agent = await site.sign_in("agent")
        await agent.post("/agents/a0/login")
        assert (await agent.ask("GET", "/board")).status_code == 403
        assert (await site.stranger().ask("PUT", "/listening/a1", {"mode": "listen"})).status_code == 401
        rows = await storage.audit.page(site.control.dialer.db, limit=500)
        assert [one for one in rows if one.action.startswith("refused ")] == []


@on_virtual_time
async def test_nobody_fills_the_log_and_it_says_how_much_it_lacks(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        agent, supervisor = await site.sign_in("agent"), await site.sign_in("supervisor")
        for _ in range(REFUSALS_A_MINUTE + 25):
            assert (await agent.ask("POST", "/tokens", {})).status_code == 403
        lines = await _lines(site, "agent")
        assert REFUSALS_A_MINUTE <= len(lines) <= REFUSALS_A_MINUTE + 1
        # Another's room is their own.
        assert (await supervisor.ask("POST", "/tokens", {})).status_code == 403
        assert len(await _lines(site, "supervisor")) == 1
        await asyncio.sleep(60)
        assert (await agent.ask("POST", "/tokens", {})).status_code == 403
        later = await _lines(site, "agent")
        noted = sum(1 + said.get("unnoted", 0) for _, _, said in later)
        assert noted == REFUSALS_A_MINUTE + 26


@on_virtual_time
async def test_whoever_asks_too_often_is_in_the_log(tmp_path: Path) -> None:
    async with website(tmp_path, web={"requests_per_s": 1}) as site:
        agent = await site.sign_in("agent")
        answers = await asyncio.gather(*(agent.ask("POST", "/agents/a0/pause", {}) for _ in range(40)))
        codes = [answer.status_code for answer in answers]
        assert 429 in codes
        lines = await _lines(site, "agent")
        assert lines[0] == ("POST /agents/{agent}/pause", "a0", {"why": "too_many_requests"})
        assert len(lines) <= REFUSALS_A_MINUTE + 1
