"""The index of recordings on both databases: pages, holds, the end in two steps, and its proof."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

from storage import Database, audit, books, claim, holds, leads, recording_end, recordings
from storage.recordings import Recording, Wanted
from tests.parts.people import NOW, lead, take_first


def made(name: str, **fields: object) -> Recording:
    """A recording of a minute, begun a day ago."""
    one = Recording(
        name=name,
        attempt_id=name,
        lead_id=None,
        campaign_id="spring",
        agent="ann",
        started_at=NOW - timedelta(days=1),
        length_s=60.0,
        bytes=1000,
        checksum="ab" * 32,
        format="flac",
        key_id="",
        path=f"spring/{name}.flac",
        kept_at=NOW,
    )
    return replace(one, **fields)  # type: ignore[arg-type]


async def test_recordings_are_found_by_what_people_look_for_newest_first(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(name="Ada", external_id="x1")], now=NOW)
    (call,) = (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts
    said = [
        {
            "fact": "disposition",
            "attempt": call.attempt_id,
            "at": NOW.timestamp(),
            "code": "sale",
            "agent": "bob",
        }
    ]
    await books.apply(memory, 1, said)
    hour = timedelta(hours=1)
    first = await recordings.keep(memory, made("a"), b"\x01\x02")
    second = await recordings.keep(
        memory,
        made(
            "b", attempt_id=call.attempt_id, lead_id=call.lead_id, agent="bob", length_s=9.0, started_at=NOW
        ),
        b"",
    )
    third = await recordings.keep(memory, made("c", campaign_id="autumn", started_at=NOW - hour), b"")
    assert await recordings.keep(memory, made("a", length_s=61.0), b"\x03") == first

    async def found(**wanted: object) -> list[int]:
        page = await recordings.page(memory, Wanted(**wanted), limit=10)  # type: ignore[arg-type]
        return [one.recording.recording_id for one in page]

    assert await found() == [second, third, first]
    assert await found(before=second) == [third, first]
    assert await found(before=third) == [first]
    assert await found(campaign_id="autumn") == [third]
    assert (
        await found(agent="bob")
        == await found(lead_id=call.lead_id)
        == await found(disposition="sale")
        == [second]
    )
    assert await found(since=NOW - hour) == [second, third]
    assert await found(until=NOW - hour) == [first]
    assert await found(shortest_s=61) == [first]
    assert await found(longest_s=9) == await found(attempt_id=call.attempt_id) == [second]
    assert await found(deleted=True) == []
    listed = await recordings.by_id(memory, second)
    assert listed is not None
    assert (listed.lead_name, listed.external_id, listed.disposition) == ("Ada", "x1", "sale")
    assert await recordings.peaks(memory, first) == b"\x03"
    assert [one.recording_id for one in await recordings.after(memory, first)] == [second, third]
    assert [one.name for one in await recordings.of_attempts(memory, ["a", "c", "zz"])] == ["a", "c"]


async def test_a_recording_is_found_under_each_agent_who_took_part(memory: Database) -> None:
    def state(agent: str, said: str, attempt: str) -> dict[str, object]:
        return {
            "fact": "agent_state",
            "agent": agent,
            "at": NOW.timestamp(),
            "state": said,
            "attempt": attempt,
        }

    told = [
        state("ann", "talking", "a"),
        state("bob", "talking", "a"),
        state("ann", "talking", "b"),
        state("eve", "wrapup", "a"),
    ]
    await books.apply(memory, 1, told)
    passed = await recordings.keep(memory, made("a", agent="bob"), b"")
    own = await recordings.keep(memory, made("b"), b"")
    clip = await recordings.keep(memory, made("a-amd", attempt_id="a", agent="bob", kind="clip"), b"")

    async def of(agent: str) -> set[int]:
        page = await recordings.page(memory, Wanted(agent=agent), limit=10)
        return {one.recording.recording_id for one in page}

    assert (await of("ann"), await of("bob"), await of("eve")) == ({passed, own}, {passed}, set())
    for number, who in ((passed, {"ann", "bob"}), (own, {"ann"}), (clip, {"bob"})):
        found = await recordings.by_id(memory, number)
        assert found is not None
        hears = {
            one for one in ("ann", "bob", "eve") if await recordings.took_part(memory, found.recording, one)
        }
        assert hears == who


async def test_a_hold_of_any_kind_stops_the_end_until_it_is_released(memory: Database) -> None:
    await leads.add(memory, "spring", [lead()], now=NOW)
    (call,) = (await claim(memory, "spring", n=1, now=NOW, judge=take_first)).attempts
    one = await recordings.keep(memory, made("a"), b"")
    its = await recordings.keep(memory, made("b", lead_id=call.lead_id), b"")
    other = await recordings.keep(memory, made("c", campaign_id="autumn"), b"")
    about = {"now": NOW, "actor": "eve", "reason": "court"}
    await recording_end.hold(memory, "recording", str(one), **about)  # type: ignore[arg-type]
    await recording_end.hold(memory, "campaign", "autumn", **about)  # type: ignore[arg-type]
    await holds.place(memory, [call.lead_id], **about)  # type: ignore[arg-type]
    assert [judged.held for judged in await recording_end.walk(memory, 0)] == [True] * 3
    assert await recording_end.begin(memory, [one, its, other], now=NOW) == ()
    assert {(hold.kind, hold.target) for hold in await recording_end.every_hold(memory)} == {
        ("recording", str(one)),
        ("campaign", "autumn"),
    }
    assert await recording_end.release(memory, "recording", str(one))
    assert not await recording_end.release(memory, "recording", str(one))
    (begun,) = await recording_end.begin(memory, [one, its, other], now=NOW)
    assert begun.recording_id == one
    # What was begun is brought to its end, also when a hold comes too late.
    await recording_end.hold(memory, "recording", str(one), **about)  # type: ignore[arg-type]
    assert [again.recording_id for again in await recording_end.begin(memory, [one, its], now=NOW)] == [one]


async def test_the_end_is_proven_once_and_the_name_is_never_kept_again(memory: Database) -> None:
    number = await recordings.keep(memory, made("a", due_at=NOW), b"\x01")
    (begun,) = await recording_end.begin(memory, [number], now=NOW)
    for first in (True, False):
        assert await recording_end.finish(memory, begun, now=NOW, actor="retention", why="30 days") is first
    (proof,) = await audit.page(memory)
    assert (proof.actor, proof.action, proof.target) == ("retention", "recordings.delete", "a")
    assert json.loads(proof.before)["checksum"] == "ab" * 32
    assert json.loads(proof.after) == {"gone": True, "why": "30 days", "due_at": NOW.isoformat()}
    assert await recordings.peaks(memory, number) == b""
    assert await recordings.page(memory, Wanted()) == ()
    assert [one.recording.deleted_why for one in await recordings.page(memory, Wanted(deleted=True))] == [
        "30 days"
    ]
    assert await recordings.keep(memory, made("a"), b"\x01") == number
    assert await recordings.page(memory, Wanted()) == ()
    assert await recordings.of_attempts(memory, ["a"]) == ()


async def test_those_due_come_in_pages_in_the_order_they_fall_due(memory: Database) -> None:
    ids = [
        await recordings.keep(memory, made(f"r{n}", due_at=NOW - timedelta(days=n // 2)), b"")
        for n in range(6)
    ]
    never = await recordings.keep(memory, made("never"), b"")
    await recording_end.set_due(memory, {ids[0]: NOW + timedelta(days=1), ids[5]: None})
    found: list[int] = []
    last = None
    while some := await recording_end.due(memory, NOW, last, limit=2):
        found += [one.recording.recording_id for one in some]
        it = some[-1].recording
        assert it.due_at is not None
        last = (it.due_at, it.recording_id)
    assert found == [ids[4], ids[2], ids[3], ids[1]]
    assert never not in found
