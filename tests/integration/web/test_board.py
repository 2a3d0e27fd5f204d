"""The wallboard over real sockets: a document, changes that make the next one of it, and the hours before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

from starlette.types import Message

from dialer.board import Board
from dialer.lab.people import Kind, Person
from dialer.web.hub import MOST_BEHIND, Hub
from dialer.web.routes.board import SEND_TIMEOUT_S, Events
from tests.parts.embedded import CAMPAIGN
from tests.parts.virtual_time import eventually, on_virtual_time
from tests.parts.websites import Client, website

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=20.0) for n in range(12))
MARKUP = "<img src=x onerror=alert(1)>"


def merged(document: Any, patch: Any) -> Any:
    """RFC 7396, as its own words have it."""
    if not isinstance(patch, dict):
        return patch
    whole = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            whole.pop(key, None)
        else:
            whole[key] = merged(whole.get(key), value)
    return whole


async def stream(client: Client, last_id: str = "") -> AsyncIterator[tuple[str, str, Any]]:
    """Events as a browser takes them: id, kind, data."""
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.http.stream("GET", "/api/v1/board/events", headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if not line:
                yield event["id"], event["event"], json.loads(event["data"])
                event = {}
            else:
                name, _, value = line.partition(": ")
                event[name] = value


async def taken(events: AsyncIterator[tuple[str, str, Any]], n: int) -> list[tuple[str, str, Any]]:
    return [await anext(events) for _ in range(n)]


@on_virtual_time
async def test_changes_make_the_board_of_the_snapshot(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, agents=3, robots=True) as site:
        supervisor = await site.sign_in("supervisor")
        async with aclosing(stream(supervisor)) as events:
            first, *changes = await taken(events, 40)
            assert first[1] == "snapshot"
            assert {kind for _, kind, _ in changes} == {"delta"}
            document = first[2]
            for _, _, patch in changes:
                document = merged(document, patch)
            whole = await taken(stream(supervisor), 1)
            while changes[-1][0] != whole[0][0]:
                changes.append(await anext(events))
                document = merged(document, changes[-1][2])
        assert document == whole[0][2]
        states = document["campaigns"][CAMPAIGN]["agents_by_state"]
        assert sum(states.values()) == 3
        assert "null" not in json.dumps(document)


@on_virtual_time
async def test_a_browser_that_comes_back_gets_what_it_missed_and_no_more(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, agents=3, robots=True) as site:
        supervisor = await site.sign_in("supervisor")
        async with aclosing(stream(supervisor)) as events:
            seen = await taken(events, 20)
        async with aclosing(stream(supervisor, seen[4][0])) as again:
            missed = await taken(again, 15)
        assert missed == seen[5:]
        for unknown in ("other-3", "x", f"{seen[-1][0]}999", "-1"):
            async with aclosing(stream(supervisor, unknown)) as fresh:
                assert (await taken(fresh, 1))[0][1] == "snapshot"


@on_virtual_time
async def test_a_slow_browser_gets_a_fresh_snapshot_and_holds_nobody_up(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, agents=3, robots=True) as site:
        hub: Hub = site.pages.hub
        async with aclosing(hub.listen()) as slow, aclosing(hub.listen()) as quick:
            assert (await anext(slow)).split(b"\n")[1] == b"event: snapshot"
            quick_events = [await anext(quick) for _ in range(MOST_BEHIND + 10)]
            assert b"event: snapshot" not in b"".join(quick_events[1:])
            late = await anext(slow)
            assert late.split(b"\n")[1] == b"event: snapshot"
            assert hub.resets == 1


@on_virtual_time
async def test_a_quiet_board_still_breathes_and_nobody_watching_costs_nothing(tmp_path: Path) -> None:
    async with website(tmp_path, agents=1) as site:
        supervisor = await site.sign_in("supervisor")
        async with aclosing(stream(supervisor)) as events:
            async with asyncio.timeout(120):
                while list((await anext(events))[2]) != ["at"]:
                    pass
        await eventually(lambda: len(site.pages.hub) == 0)


@on_virtual_time
async def test_a_stream_ends_with_its_session(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, agents=3, robots=True) as site:
        supervisor, admin = await site.sign_in("supervisor"), await site.sign_in("admin")
        async with aclosing(stream(supervisor)) as events:
            await taken(events, 2)
            await admin.ask("PATCH", "/users/supervisor", {"disabled": True})
            async with asyncio.timeout(120):
                assert [kind async for _, kind, _ in events].count("snapshot") == 0


@on_virtual_time
async def test_alarms_say_what_happens_and_what_to_do(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, agents=2) as site:
        supervisor = await site.sign_in("supervisor")
        await supervisor.post(f"/campaigns/{CAMPAIGN}/start")
        alarms = (await supervisor.get("/board"))["alarms"]
        assert set(alarms) == {f"agents:{CAMPAIGN}"}
        since = alarms[f"agents:{CAMPAIGN}"]["since"]
        await asyncio.sleep(30)
        await site.asterisk.kill()
        await eventually(lambda: not site.control.dialer.nodes["pbx"].up)
        alarms = (await supervisor.get("/board"))["alarms"]
        assert alarms["node:pbx"]["level"] == "bad"
        assert alarms[f"agents:{CAMPAIGN}"]["since"] == since
        for alarm in alarms.values():
            assert all(alarm[part] for part in ("title", "does", "remedy"))


@on_virtual_time
async def test_figures_and_history_come_from_the_floor(tmp_path: Path) -> None:
    async with website(tmp_path, people=PEOPLE, agents=2, robots=True, intervals_s=(5.0,)) as site:
        supervisor = await site.sign_in("supervisor")
        await asyncio.sleep(240)
        shown = (await supervisor.get("/board"))["campaigns"][CAMPAIGN]
        assert shown["list"]["reached"] == 12
        assert shown["list"]["answer_rate_15m"] == 1.0
        await site.control.dialer.books.applied()
        after_restart = Board(site.control.dialer)
        await after_restart.load()
        after_restart.look()
        assert after_restart.document["campaigns"][CAMPAIGN]["list"]["reached"] == 12
        after_restart.close()
        assert shown["figures"]["wait_s"] >= 2.0
        history = await supervisor.get("/board/history", campaign=CAMPAIGN)
        assert len({len(history[name]) for name in ("at", "talk_min_h", "wait_s", "answer_rate")}) == 1
        minutes = [one for one in history["talk_min_h"] if one is not None]
        assert 0 < max(minutes) <= 60
        assert await supervisor.get("/board/history") == history
        unknown = await supervisor.ask("GET", "/board/history", params={"campaign": "nope"})
        assert unknown.status_code == 404


@on_virtual_time
async def test_stored_markup_is_returned_as_data(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        supervisor = await site.sign_in("supervisor")
        await supervisor.ask("PATCH", "/agents/a0", {"name": MARKUP})
        found = await supervisor.get("/leads", campaign=CAMPAIGN, external_id="0")
        await supervisor.ask("PATCH", f"/leads/{found[0]['id']}", {"name": MARKUP, "data": {"<b>": MARKUP}})
        await supervisor.post(f"/leads/{found[0]['id']}/notes", {"text": MARKUP}, status=201)
        for path in ("/board", "/agents", f"/leads/{found[0]['id']}"):
            answer = await supervisor.ask("GET", path)
            assert answer.headers["content-type"].partition(";")[0] == "application/json"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "script-src 'self'" in answer.headers["content-security-policy"]
            assert MARKUP in json.dumps(answer.json(), ensure_ascii=False)


@on_virtual_time
async def test_a_reader_who_takes_nothing_is_let_go() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"data: x\n\n"

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)
        if len(sent) > 3:
            await asyncio.get_running_loop().create_future()

    async with asyncio.timeout(SEND_TIMEOUT_S + 1):
        await Events(endless()).stream_response(send)
    assert len(sent) == 4
