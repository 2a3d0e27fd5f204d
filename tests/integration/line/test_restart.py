"""The daemon dies, or is told to go, on a real Asterisk: conversations stay, the books end as the carrier's record."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import storage
from dialer.lab import shift, sounds
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.daemons import Daemon
from tests.parts.shifts import serial

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


OURS = "+442079460000"


@pytest.fixture
def daemons() -> Iterator[list[Daemon]]:
    made: list[Daemon] = []
    yield made
    for daemon in made:
        daemon.close()


async def _prepared(
    lab: Lab, folder: Path, people: tuple[Person, ...], made: list[Daemon], **plan: Any
) -> Daemon:
    settings = shift.settings_of(lab, shift.Plan(people, **plan), folder)
    Path(settings.data_dir).mkdir(parents=True, exist_ok=True)
    db = await storage.Database.open(settings.database)
    await db.upgrade()
    await shift.load_leads(db, settings.campaigns[shift.CAMPAIGN], people, folder)
    await db.close()
    daemon = Daemon(settings, folder / "dialer.yaml")
    made.append(daemon)
    await daemon.start()
    return daemon


async def _seated(daemon: Daemon, count: int) -> None:
    for n in range(count):
        await daemon.ask("log_in", agent=f"a{n}", ready=True)
    await _until(daemon, lambda row: all(agent["state"] == "ready" for agent in row["agents"]))


async def _until(
    daemon: Daemon, true: Callable[[dict[str, Any]], bool], timeout_s: float = 120
) -> dict[str, Any]:
    async with asyncio.timeout(timeout_s):
        while True:
            row: dict[str, Any] = await daemon.ask("campaign_status", campaign="lab")
            if true(row):
                return row
            await asyncio.sleep(0.05)


async def _attempts(daemon: Daemon) -> dict[str, storage.Attempt]:
    db = await storage.Database.open(daemon.settings.database)
    try:
        found = await storage.attempts.of_campaign(db, "lab", since=shift.EPOCH, limit=1000)
    finally:
        await db.close()
    return {attempt.e164: attempt for attempt in found}


async def test_killed_before_the_answer_callers_hear_the_message_and_the_books_learn_of_it(
    make_lab: Callable[..., Lab], tmp_path: Path, daemons: list[Daemon]
) -> None:
    plain = tuple(Person(Kind.SILENT, serial(), ring_s=4.0, talk_s=8.0, taped=True) for _ in range(3))
    optouts = tuple(Person(Kind.OPTOUT, serial(), ring_s=4.0, talk_s=0, taped=True) for _ in range(3))
    nobody = tuple(Person(Kind.BUSY, serial(), ring_s=5.0) for _ in range(2))
    people = (*plain, *optouts, *nobody)
    async with make_lab() as lab:
        daemon = await _prepared(lab, tmp_path, people, daemons, agents=8, connect_within_s=1)
        await _seated(daemon, 8)
        await daemon.ask("set_run_state", campaign="lab", state="running")
        await _until(daemon, lambda row: row["ringing"] == 8)
        daemon.kill()

        async with asyncio.timeout(120):
            while len([call for call in lab.carrier_calls() if call.person]) < 8:
                await asyncio.sleep(0.1)
        await daemon.start()
        row = await _until(
            daemon, lambda row: row["dialing"] + row["ringing"] + row["waiting"] + row["talking"] == 0
        )
        assert all(agent["state"] == "ready" for agent in row["agents"]), row["agents"]
        await _until(daemon, lambda row: row["ledger_24h"]["abandoned"] == 6)
        assert await daemon.terminate() == 0

        attempts = await _attempts(daemon)
        carrier = {call.number: call for call in lab.carrier_calls() if call.person}
        assert len([call for call in lab.carrier_calls() if call.person]) == 8
        for one in (*plain, *optouts):
            assert lab.heard_s(carrier[one.number], sounds.MESSAGE_HZ) > 0.3
            assert attempts[one.number].abandoned
            assert attempts[one.number].state == "ended"
        for one in optouts:
            assert carrier[one.number].pressed == "9"
            assert attempts[one.number].opted_out
        assert all(attempts[one.number].outcome == "unknown" for one in nobody)
        db = await storage.Database.open(daemon.settings.database)
        listed = [await storage.dnc.has(db, one.number, now=shift.EPOCH) for one in optouts]
        await db.close()
        assert all(listed)


async def test_killed_in_a_conversation_it_goes_on_and_the_agent_comes_back_in_wrap_up(
    make_lab: Callable[..., Lab], tmp_path: Path, daemons: list[Daemon]
) -> None:
    talker = Person(Kind.TALKER, serial(), ring_s=0.4)
    brief = Person(Kind.HUMAN, serial(), ring_s=0.4, talk_s=5.0)
    async with make_lab() as lab:
        daemon = await _prepared(lab, tmp_path, (talker, brief), daemons, agents=2)
        await _seated(daemon, 2)
        await daemon.ask("set_run_state", campaign="lab", state="running")
        await _until(daemon, lambda row: row["talking"] == 2)
        daemon.kill()
        async with asyncio.timeout(120):
            while not [call for call in lab.carrier_calls() if call.person]:
                await asyncio.sleep(0.1)
        await daemon.start()
        row = await _until(daemon, lambda row: row["talking"] == 1)
        assert "floor_resumed" in daemon.log.read_text()
        states = sorted(agent["state"] for agent in row["agents"])
        assert states in (["talking", "wrapup"], ["interval", "talking"], ["ready", "talking"])
        await lab.hang_up_at_carrier(talker.number)
        await _until(daemon, lambda row: row["talking"] == 0)
        await daemon.terminate()
        outcomes = {one.outcome for one in (await _attempts(daemon)).values()}
        assert outcomes == {"connected"}
        calls = [call for call in lab.carrier_calls() if call.person]
        assert len(calls) == 2


async def test_killed_while_supervisors_listen_they_are_shown_again_and_can_be_stopped(
    make_lab: Callable[..., Lab], tmp_path: Path, daemons: list[Daemon]
) -> None:
    people = tuple(Person(Kind.TALKER, serial(), ring_s=0.4) for _ in range(2))
    async with make_lab() as lab:
        daemon = await _prepared(lab, tmp_path, people, daemons, agents=2)
        await _seated(daemon, 2)
        await daemon.ask("set_run_state", campaign="lab", state="running")
        await _until(daemon, lambda row: row["talking"] == 2)
        for n, (user, mode) in enumerate((("eva", "whisper"), ("joe", "listen"))):
            phone = f"PJSIP/super{n}@phones"
            told = {"user": user, "password": "a long enough password", "role": "supervisor", "phone": phone}
            await daemon.ask("add_user", **told)
            await daemon.ask("listen", agent=f"a{n}", user=user, mode=mode)
        before = await _listeners(daemon, 2)
        daemon.kill()
        (joes,) = [name for name, mode in (await _ears(lab)).items() if mode == "listen"]
        async with lab.pbx.line() as line:  # joe is off the line while nobody sees it
            await line.ask("Hangup", ("Channel", joes))
        await daemon.start()
        (eva,) = await _listeners(daemon, 1)
        assert {**eva, "since": 0} == {**before[0], "since": 0}
        assert abs(eva["since"] - before[0]["since"]) < 10
        assert list((await _ears(lab)).values()) == ["whisper"]
        await daemon.ask("listen", agent="a1", user="eva", mode="listen")
        await daemon.ask("stop_listening", user="eva")
        await _listeners(daemon, 0)
        assert await _ears(lab) == {}
        assert (await daemon.ask("campaign_status", campaign="lab"))["talking"] == 2
        await lab.end_people()
        assert await daemon.terminate() == 0
        db = await storage.Database.open(daemon.settings.database)
        rows = [one for one in await storage.audit.page(db) if one.action.startswith("listen.")]
        await db.close()
    lines = [(one.action, one.target, json.loads(one.after)) for one in reversed(rows)]
    said = {user: [(a, t) for a, t, x in lines if x["user"] == user] for user in ("eva", "joe")}
    assert said["joe"] == [("listen.start", "a1"), ("listen.stop", "a1")]
    assert said["eva"] == [
        ("listen.start", "a0"),
        ("listen.resume", "a0"),
        ("listen.stop", "a0"),
        ("listen.start", "a1"),
        ("listen.stop", "a1"),
    ]
    assert all(len(x["calls"]) == 1 for a, _, x in lines if a == "listen.stop")


async def _ears(lab: Lab) -> dict[str, str]:
    """How each listening phone listens, by its channel, as Asterisk itself says."""
    rows = (row.split("!") for row in (await lab.pbx.cli("core show channels concise")).splitlines())
    return {row[0]: row[2] for row in rows if len(row) > 2 and row[1] == "dialer-listen"}


async def _listeners(daemon: Daemon, count: int) -> list[dict[str, Any]]:
    """Who listens, once so many do and none rings."""
    async with asyncio.timeout(60):
        while True:
            rows: list[dict[str, Any]] = await daemon.ask("listeners")
            if len(rows) == count and all(row["state"] == "on" for row in rows):
                return sorted(rows, key=lambda row: str(row["user"]))
            await asyncio.sleep(0.05)


async def test_killed_while_people_who_rang_us_talk_and_wait_the_agent_still_sees_who_it_is(
    make_lab: Callable[..., Lab], tmp_path: Path, daemons: list[Daemon]
) -> None:
    talks, waits = (Person(Kind.TALKER, serial(), ring_s=0.0) for _ in range(2))
    async with make_lab() as lab:
        daemon = await _prepared(lab, tmp_path, (talks, waits), daemons, agents=1)
        await _seated(daemon, 1)
        async with lab.pbx.line() as line:  # however long the daemon takes to be back
            await line.ask("Setvar", ("Variable", "DIALER_INBOUND_S"), ("Value", "600"))
        await lab.call_in(talks.number, OURS)
        await _until(daemon, lambda row: row["talking"] == 1)
        before = await daemon.ask("call_of", agent="a0")
        await lab.call_in(waits.number, OURS)
        await _until(daemon, lambda row: row["waiting"] == 1)
        daemon.kill()
        await daemon.start()
        await _until(daemon, lambda row: row["talking"] == 1 and row["waiting"] == 1)
        now = await daemon.ask("call_of", agent="a0")
        assert before["lead"]["name"]
        assert [now[what] for what in ("id", "direction", "lead")] == [
            before["id"],
            "in",
            before["lead"],
        ]
        await lab.end_people()
        await _until(daemon, lambda row: row["talking"] + row["waiting"] == 0)
        assert await daemon.terminate() == 0
        attempts = await _attempts(daemon)
        assert {attempts[one.number].state for one in (talks, waits)} == {"ended"}
        assert attempts[talks.number].outcome == "connected"


async def test_sigterm_places_no_new_call_and_serves_the_ringing_ones(
    make_lab: Callable[..., Lab], tmp_path: Path, daemons: list[Daemon]
) -> None:
    ringing = tuple(Person(Kind.TALKER, serial(), ring_s=3.0) for _ in range(2))
    later = tuple(Person(Kind.HUMAN, serial(), ring_s=0.4, talk_s=1.0) for _ in range(2))
    async with make_lab() as lab:
        daemon = await _prepared(lab, tmp_path, (*ringing, *later), daemons, agents=2)
        await _seated(daemon, 2)
        await daemon.ask("set_run_state", campaign="lab", state="running")
        await _until(daemon, lambda row: row["ringing"] == 2)
        assert await daemon.terminate() == 0
        assert len(await lab.pbx.channels()) == 4
        attempts = await _attempts(daemon)
        assert {attempts[one.number].bridged_at is not None for one in ringing} == {True}
        assert not [one for one in later if one.number in attempts]
        await daemon.start()
        row = await _until(daemon, lambda row: row["talking"] == 2)
        assert all(agent["state"] == "talking" for agent in row["agents"])
        for one in ringing:
            await lab.hang_up_at_carrier(one.number)
        await _until(daemon, lambda row: row["leads"].get("done") == 4)
        await daemon.terminate()
