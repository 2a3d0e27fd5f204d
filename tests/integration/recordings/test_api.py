"""Recordings over the API: found, played in parts, downloaded, by those who may; and each time in the audit log."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import storage
from tests.parts.stores import Place
from tests.parts.tapes import put
from tests.parts.virtual_time import on_virtual_time
from tests.parts.websites import Site, website


async def heard(site: Site) -> list[tuple[str, str, str]]:
    """What the audit log says of recordings, oldest first."""
    rows = await storage.audit.page(site.control.dialer.db, limit=1000)
    return [(one.actor, one.action, one.target) for one in reversed(rows) if "recording" in one.action]


@on_virtual_time
async def test_a_supervisor_finds_plays_and_downloads_and_each_is_written_down(
    tmp_path: Path, place: Place
) -> None:
    (tmp_path / "key").write_bytes(base64.b64encode(b"1" * 32))
    house = {"recordings": {**place.house, "keys": {"k1": str(tmp_path / "key")}, "key": "k1"}}
    async with website(tmp_path, house=house) as site:
        first = await put(site.control, tmp_path, 1, length_s=300)
        second = await put(site.control, tmp_path, 2, agent="a1", lead=2)
        boss = await site.sign_in("supervisor")
        assert [one["id"] for one in await boss.get("/recordings")] == [
            first.recording_id,
            second.recording_id,
        ]
        (found,) = await boss.get("/recordings", agent="a1", longest_s=60)
        assert (found["id"], found["lead"], found["length_s"]) == (second.recording_id, 2, 12.0)
        assert await boss.get("/recordings", before=second.recording_id) == []
        assert await heard(site) == []
        await boss.get("/recordings", lead=2)

        one, number = first, str(first.recording_id)
        shown = await boss.get(f"/recordings/{number}")
        assert len(shown["peaks"]["person"]) == len(shown["peaks"]["agent"]) == 800
        assert max(shown["peaks"]["person"]) > 60

        played = b""
        while len(played) < one.bytes:
            asked = {"Range": f"bytes={len(played)}-"}
            answer = await boss.ask("GET", f"/recordings/{number}/audio", headers=asked)
            end = len(played) + len(answer.content) - 1
            assert answer.status_code == 206
            assert answer.headers["content-range"] == f"bytes {len(played)}-{end}/{one.bytes}"
            assert answer.headers["content-type"] == "audio/flac"
            played += answer.content
        assert hashlib.sha256(played).hexdigest() == one.checksum
        for asked, wanted in (
            ("bytes=10-19", played[10:20]),
            ("bytes=-7", played[-7:]),
            ("bytes=0-0", played[:1]),
        ):
            answer = await boss.ask("GET", f"/recordings/{number}/audio", headers={"Range": asked})
            assert (answer.status_code, answer.content) == (206, wanted)
        beyond = await boss.ask(
            "GET", f"/recordings/{number}/audio", headers={"Range": f"bytes={one.bytes}-"}
        )
        assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{one.bytes}")
        for odd in ("bytes=9-2", "bytes=0-1,5-6", "lines=1-2", "bytes=-", ""):
            answer = await boss.ask("GET", f"/recordings/{number}/audio", headers={"Range": odd})
            assert (answer.status_code, answer.content) == (200, played), odd

        whole = await boss.ask("GET", f"/recordings/{number}/audio?download=true")
        assert whole.content == played
        assert whole.headers["content-disposition"] == f'attachment; filename="{one.name}.flac"'
        assert await heard(site) == [
            ("supervisor", "recordings.list", "2"),
            ("supervisor", "recordings.show", number),
            ("supervisor", "recordings.play", number),
            ("supervisor", "recordings.download", number),
        ]


@on_virtual_time
async def test_agents_hear_their_own_where_they_may_and_nobody_elses(tmp_path: Path) -> None:
    house = {"recordings": {"agents_listen": True}}
    async with website(tmp_path, house=house) as site:
        own = await put(site.control, tmp_path, 1)
        other = await put(site.control, tmp_path, 2, agent="a1")
        agent = await site.sign_in("agent")
        for asked in ({}, {"agent": "a1"}):
            assert [one["id"] for one in await agent.get("/recordings", **asked)] == [own.recording_id]
        for path, status in ((own.recording_id, 200), (other.recording_id, 404), (99, 404)):
            for more in ("", "/audio"):
                answer = await agent.ask("GET", f"/recordings/{path}{more}")
                assert answer.status_code == status
        dialer = site.control.dialer
        none = dialer.settings.recordings.model_copy(update={"agents_listen": False})
        dialer.settings = dialer.settings.model_copy(update={"recordings": none})
        for path in ("", f"/{own.recording_id}", f"/{own.recording_id}/audio"):
            assert (await agent.ask("GET", f"/recordings{path}")).status_code == 403


@on_virtual_time
async def test_holds_are_placed_and_lifted_with_their_reason_in_the_audit_log(tmp_path: Path) -> None:
    async with website(tmp_path) as site:
        one = await put(site.control, tmp_path, 1)
        boss = await site.sign_in("supervisor")
        held = {"kind": "recording", "target": str(one.recording_id)}
        await boss.post("/recordings/holds", held | {"reason": "court"}, status=201)
        await boss.post("/recordings/holds", {"kind": "lead", "target": "1", "reason": "court"}, status=201)
        assert [one["kind"] for one in await boss.get("/recordings/holds")] == ["recording", "lead"]
        await boss.post("/recordings/holds", {"kind": "lead", "target": "999", "reason": "x"}, status=404)
        assert (await boss.post("/recordings/holds/release", held))["was_held"]
        assert [target for _, _, target in await heard(site)] == [
            f"recording:{one.recording_id}",
            "lead:1",
            f"recording:{one.recording_id}",
        ]


@on_virtual_time
async def test_what_cannot_be_played_says_why(tmp_path: Path, place: Place) -> None:
    async with website(tmp_path, house={"recordings": place.house}) as site:
        one = await put(site.control, tmp_path, 1)
        boss = await site.sign_in("supervisor")
        path = f"/recordings/{one.recording_id}/audio"
        place.write(one.path, b"short")
        answer = await boss.ask("GET", path)
        assert (answer.status_code, answer.json()["error"]["id"]) == (409, "recording_broken")
        place.lose(one.path)
        answer = await boss.ask("GET", path)
        assert (answer.status_code, answer.json()["error"]["id"]) == (409, "recording_broken")
        assert "backup" in answer.json()["error"]["message"]
        assert await heard(site) == []
