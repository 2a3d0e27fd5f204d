"""Words on clips of machines, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage import Database, books, claim, leads, recordings, reviews
from storage.reviews import Heard, Review
from tests.contract.storage.test_recordings import made
from tests.parts.people import NOW, lead, take_first

WORD = Review("c-1", "spring", NOW - timedelta(hours=1), 12.5, "machine", "ann", NOW)


async def test_the_first_word_stands_and_only_its_speaker_changes_it(memory: Database) -> None:
    assert await reviews.say(memory, WORD)
    assert not await reviews.say(memory, replace(WORD, said="person", reviewer="bob"))
    assert (await reviews.of_attempts(memory, ["c-1", "c-2"])) == {"c-1": WORD}
    assert await reviews.say(memory, replace(WORD, said="unclear", at=NOW + timedelta(minutes=1)))
    assert (await reviews.of_attempts(memory, ["c-1"]))["c-1"].said == "unclear"


async def test_words_count_by_campaign_and_by_when_the_call_was_answered(memory: Database) -> None:
    for n, said in enumerate(["person", "machine", "machine", "unclear"]):
        await reviews.say(memory, replace(WORD, attempt_id=f"c-{n}", said=said))
    await reviews.say(memory, replace(WORD, attempt_id="old", heard_at=NOW - timedelta(days=100)))
    await reviews.say(memory, replace(WORD, attempt_id="far", campaign_id="autumn"))
    found = await reviews.counts(memory, "spring", NOW - timedelta(days=90))
    assert found == Heard(person=1, machine=2, unclear=1, waiting=0)
    assert found.reviewed == 4


async def test_clips_wait_oldest_first_until_somebody_says_a_word_or_they_are_deleted(
    memory: Database,
) -> None:
    clip = {"kind": "clip", "agent": None}
    await recordings.keep(memory, made("talk"), b"")
    for n, name in enumerate(["third", "second", "first"]):
        await recordings.keep(memory, made(name, started_at=NOW - timedelta(hours=n), **clip), b"")
    await recordings.keep(memory, made("other", campaign_id="autumn", **clip), b"")
    assert [one.name for one in await recordings_of(memory)] == ["talk"]
    assert [one.name for one in await reviews.waiting(memory, "spring", limit=9)] == [
        "first",
        "second",
        "third",
    ]
    assert (await reviews.waiting(memory, skip=1))[0].name == "first"
    assert (await reviews.counts(memory, "spring", NOW)).waiting == 3
    await reviews.say(memory, replace(WORD, attempt_id="first"))
    assert [one.name for one in await reviews.waiting(memory, "spring")] == ["second"]
    assert (await reviews.waiting(memory, "spring"))[0].kind == "clip"


async def recordings_of(memory: Database) -> list[recordings.Recording]:
    return [one.recording for one in await recordings.page(memory, recordings.Wanted())]


async def test_verdicts_are_told_by_whole_seconds_of_ringing_with_what_people_said(memory: Database) -> None:
    await leads.add(memory, "spring", [lead(name=f"p{n}", external_id=f"x{n}") for n in range(3)], now=NOW)
    early = (await claim(memory, "spring", n=2, now=NOW, judge=take_first)).attempts
    late = (await claim(memory, "spring", n=1, now=NOW + timedelta(hours=1), judge=take_first)).attempts
    calls = early + late
    at, facts = NOW.timestamp(), []
    for call, (rang_s, verdict) in zip(
        calls, [(12.0, "MACHINE"), (12.9, "MACHINE"), (3.0, "HUMAN")], strict=True
    ):
        told = {"attempt": call.attempt_id}
        facts += [
            {"fact": "attempt_dialed", "at": at, "node": "pbx", "trunk": "t", "caller_id": "", **told},
            {"fact": "attempt_rang", "at": at + 1, **told},
            {"fact": "attempt_answered", "at": at + 1 + rang_s, **told},
            {"fact": "attempt_verdict", "at": at + 20, "status": verdict, "cause": "X-1", **told},
        ]
    await books.apply(memory, 1, facts)
    await reviews.say(memory, replace(WORD, attempt_id=calls[1].attempt_id, said="person"))
    found = await reviews.rung(memory, "spring", NOW - timedelta(days=1))
    assert [(one.second, one.verdict, one.said, one.calls) for one in found] == [
        (3, "HUMAN", "", 1),
        (12, "MACHINE", "", 1),
        (12, "MACHINE", "person", 1),
    ]
    (newest,) = await reviews.rung(memory, "spring", NOW - timedelta(days=1), most=1)
    assert (newest.second, newest.calls) == (3, 1)
