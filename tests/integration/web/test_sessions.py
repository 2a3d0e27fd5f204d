"""Signing in, staying in, being put out; the first admin's link; keys; and what the audit log remembers."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

import config
import storage
from config.errors import ConfigError
from dialer.access import Identity, Refused
from dialer.web.house import COOKIE
from dialer.web.server import shown_address
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import PASSWORD, desk_of, website

OTHER = "another long password"


@on_virtual_time
async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(tmp_path: Path) -> None:
    async with website(tmp_path, web={"secure_cookie": True}) as site:
        answer = await site.stranger().ask("POST", "/session", {"user": "admin", "password": PASSWORD})
        cookie = answer.headers["set-cookie"].lower()
        assert {"httponly", "samesite=strict", "secure", "path=/"} <= set(cookie.split("; "))


@on_virtual_time
async def test_signing_out_ends_the_session_on_the_server(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        admin = await site.sign_in("admin")
        secret = admin.http.cookies[COOKIE]
        assert (await admin.get("/me"))["role"] == "admin"
        assert (await admin.ask("DELETE", "/session")).status_code == 204
        thief = site.stranger(Cookie=f"{COOKIE}={secret}")
        assert (await thief.ask("GET", "/me")).status_code == 401


@on_virtual_time
async def test_an_unused_session_ends_and_a_used_one_ends_too_one_day(tmp_path: Path) -> None:
    async with website(tmp_path, web={"session_idle_s": 100, "session_max_s": 300}) as site:
        idle, busy = await site.sign_in("admin"), await site.sign_in("admin")
        for _ in range(3):
            await asyncio.sleep(70)
            await busy.get("/me")
        assert (await idle.ask("GET", "/me")).status_code == 401
        for _ in range(2):
            await asyncio.sleep(70)
            last = await busy.ask("GET", "/me")
        assert last.status_code == 401


@on_virtual_time
async def test_guessing_is_slowed_by_name_and_forgiven_with_time(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        stranger = site.stranger()
        for _ in range(8):
            wrong = await stranger.ask("POST", "/session", {"user": "admin", "password": "wrong password"})
            assert (wrong.status_code, wrong.json()["error"]["id"]) == (401, "sign_in_failed")
        right = {"user": "admin", "password": PASSWORD}
        refused = await stranger.ask("POST", "/session", right)
        assert (refused.status_code, refused.json()["error"]["id"]) == (429, "too_many_tries")
        await site.sign_in("supervisor")
        await asyncio.sleep(int(refused.headers["retry-after"]))
        assert (await stranger.ask("POST", "/session", right)).status_code == 201


@on_virtual_time
async def test_guessing_names_is_slowed_by_address(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        identity = Identity(site.control.dialer.db, site.control.dialer.clock, idle_s=60, max_s=60)
        said = set()
        for n in range(40):
            with pytest.raises(Refused) as refused:
                await identity.sign_in(f"user{n}", "a guessed password", "192.0.2.1")
            said.add(refused.value.id)
        assert said == {"sign_in_failed", "too_many_tries"}
        await identity.sign_in("admin", PASSWORD, "192.0.2.2")


@on_virtual_time
async def test_who_asks_too_often_is_told_when_to_come_back_and_others_do_not_notice(tmp_path: Path) -> None:
    async with website(tmp_path, web={"requests_per_s": 2}) as site:
        busy, calm = await site.sign_in("supervisor"), await site.sign_in("supervisor")
        answers = [await busy.ask("GET", "/me") for _ in range(40)]
        refused = answers[-1]
        assert (refused.status_code, refused.json()["error"]["id"]) == (429, "too_many_requests")
        assert {answer.status_code for answer in answers[:20]} == {200}
        await calm.get("/me")
        await asyncio.sleep(int(refused.headers["retry-after"]))
        await busy.get("/me")


@on_virtual_time
async def test_a_desk_that_wishes_too_often_is_slowed(tmp_path: Path) -> None:
    async with website(tmp_path) as site, desk_of(site, await site.sign_in("agent")) as desk:
        for n in range(200):
            await desk.line.send(f'{{"n": {n}, "do": "no such wish"}}')
        said = [await desk.hear() for _ in range(200)]
        assert {one["id"] for one in said if one["type"] == "error"} >= {"too_many_wishes"}
        await asyncio.sleep(10)
        assert (await desk.wish("pause", reason="break")).get("id") != "too_many_wishes"


@on_virtual_time
async def test_the_first_admins_link_works_once(tmp_path: Path) -> None:
    async with website(tmp_path, users=False) as site:
        assert site.control.setup_link is not None
        link = await site.control.setup_link()
        assert link is not None
        assert link.startswith(f"{site.address}/setup#")
        stranger = site.stranger()
        asked = {"token": link.partition("#")[2], "user": "root", "password": PASSWORD}
        for bad in ({"token": "x"}, {"password": "short"}):
            assert (await stranger.ask("POST", "/setup", asked | bad)).status_code in (403, 422)
        assert await site.control.setup_link() == link
        made = await stranger.ask("POST", "/setup", asked)
        assert (made.status_code, made.json()["role"]) == (201, "admin")
        again = await site.stranger().ask("POST", "/setup", asked | {"user": "thief"})
        assert (again.status_code, again.json()["error"]["id"]) == (403, "setup_link_used")
        assert await site.control.setup_link() is None
        root = await site.sign_in("root")
        assert "root" in {row["target"] for row in await root.get("/audit")}


@on_virtual_time
async def test_a_new_password_or_role_ends_every_session(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        admin, agent = await site.sign_in("admin"), await site.sign_in("agent")
        done = await admin.ask("PATCH", "/users/agent", {"password": OTHER})
        assert done.status_code == 200
        assert (await agent.ask("GET", "/me")).status_code == 401
        await site.sign_in("agent", OTHER)
        await admin.ask("PATCH", "/users/agent", {"disabled": True})
        refused = await site.stranger().ask("POST", "/session", {"user": "agent", "password": OTHER})
        assert refused.status_code == 401
        last = await admin.ask("PATCH", "/users/admin", {"role": "agent"})
        assert (last.status_code, last.json()["error"]["id"]) == (409, "last_admin")


@on_virtual_time
async def test_a_revoked_key_is_worthless_at_once(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        admin = await site.sign_in("admin")
        wanted = {"name": "wall", "role": "supervisor", "scopes": ["board:read"], "days": 1}
        made = await admin.post("/tokens", wanted, status=201)
        wall = site.stranger(Authorization=f"Bearer {made['token']}")
        await wall.get("/board")
        assert made["token"] not in str(await admin.get("/tokens")) + str(await admin.get("/audit"))
        assert (await admin.ask("DELETE", f"/tokens/{made['id']}")).status_code == 200
        assert (await wall.ask("GET", "/board")).status_code == 401
        made = await admin.post("/tokens", wanted, status=201)
        hashed = hashlib.sha256(made["token"].encode()).hexdigest()
        for hours, known in ((23, True), (25, False)):
            at = site.control.dialer.clock.utc() + timedelta(hours=hours)
            assert (await storage.tokens.by_hash(site.control.dialer.db, hashed, now=at) is not None) is known


@on_virtual_time
async def test_pages_of_other_sites_and_other_names_are_refused(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        admin = await site.sign_in("admin")
        for headers, said in (
            ({"Origin": "https://evil.example"}, "origin"),
            ({"Origin": "null"}, "origin"),
            ({"Host": "evil.example"}, "host_invalid"),
        ):
            refused = await admin.ask("POST", "/agents/a0/pause", {}, headers=headers)
            assert refused.json()["error"]["id"] == said
        mine = await admin.ask("PUT", "/me/preferences", {"a": 1}, headers={"Origin": site.address})
        assert mine.status_code == 200


@on_virtual_time
async def test_the_audit_log_tells_who_changed_what_before_and_after(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        supervisor, admin = await site.sign_in("supervisor"), await site.sign_in("admin")
        await supervisor.ask("PATCH", "/campaigns/lab", {"target": 0.01})
        await supervisor.post("/campaigns/lab/start")
        await admin.post("/users", {"user": "bob", "password": OTHER}, status=201)
        newest, started, tuned, *_ = await admin.get("/audit")
        assert (newest["actor"], newest["action"], newest["target"]) == ("admin", "POST /users", "bob")
        assert OTHER not in str(newest)
        assert (started["before"], started["after"]) == ("stopped", "running")
        assert (tuned["actor"], tuned["address"]) == ("supervisor", "127.0.0.1")
        assert (tuned["before"]["target"], tuned["after"]["target"]) == (0.03, 0.01)
        assert (await supervisor.ask("GET", "/audit")).status_code == 403


def test_a_website_open_to_the_network_names_its_hosts() -> None:
    with pytest.raises(ConfigError, match="allowed_hosts"):
        config.parse("web: {host: 0.0.0.0}\nnodes: {}\n")


def test_a_website_on_all_addresses_shows_the_name_people_know() -> None:
    web = config.Web(host="0.0.0.0", port=0, allowed_hosts=("cadence.example",))
    assert shown_address(web, "0.0.0.0", 80) == "http://cadence.example:80"
