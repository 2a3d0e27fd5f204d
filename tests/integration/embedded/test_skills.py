"""Skills on the whole daemon: people get an agent who has what they ask for, and none rings for nobody."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import storage
from ami.fake import Callee
from dialer import replay
from dialer.control import ControlError
from dialer.lab.people import Kind, Person
from tests.parts.embedded import CAMPAIGN, Floor, balance, working
from tests.parts.virtual_time import on_virtual_time

KNOWN = {"skills": {"cantonese": "Cantonese", "life": "Life insurance", "shanghainese": "Shanghainese"}}
PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=0.4 + 0.4 * (n % 5), talk_s=3.0 + n % 4) for n in range(24))
CANTONESE = frozenset(one.number for one in PEOPLE[::3])
ASKS = dict.fromkeys(CANTONESE, ("cantonese",))
CAN = {0: ("cantonese", "life"), 1: ("cantonese",)}
SPEAKERS = {"a0", "a1"}
OURS = "+442079460000"


async def why(floor: Floor) -> str:
    return str((await floor.control.campaign_status(CAMPAIGN))["why"])


@on_virtual_time
@pytest.mark.parametrize("mode", ["predictive", "progressive"])
async def test_everybody_talks_with_an_agent_who_has_what_they_ask_for(tmp_path: Path, mode: str) -> None:
    async with working(tmp_path, PEOPLE, agents=6, mode=mode, can=CAN, asks=ASKS, house=KNOWN) as floor:
        await floor.until_worked_off()
        found = await floor.attempts()
        assert await balance(floor) == []
    talked = {one.e164: one.agent for one in found if one.outcome == "connected"}
    assert len(talked) >= len(PEOPLE) - 4
    assert CANTONESE & talked.keys()
    assert {agent for number, agent in talked.items() if number in CANTONESE} <= SPEAKERS
    assert {agent for number, agent in talked.items() if number not in CANTONESE} - SPEAKERS
    played = replay.replay(replay.opened(tmp_path / "data" / "journal").records())
    assert played.difference is None
    assert played.decisions > 0


@on_virtual_time
async def test_people_whom_nobody_can_serve_are_not_called_until_somebody_can(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=2, asks=ASKS, house=KNOWN) as floor:
        async with asyncio.timeout(600):
            while len(await floor.attempts()) < len(PEOPLE) - len(CANTONESE):
                await asyncio.sleep(1)
        await asyncio.sleep(30)
        assert not CANTONESE & {one.e164 for one in await floor.attempts()}
        assert f"{len(CANTONESE)} leads wait for cantonese: nobody on the floor has it" in await why(floor)
        with pytest.raises(ControlError, match=r"the lead asks for cantonese, which agent a0 does not have"):
            await floor.control.dial("a0", number=min(CANTONESE))
        with pytest.raises(ControlError, match="no skill 'cantonnese'; there are: cantonese, life"):
            await floor.control.change_agent("a0", skills=["cantonnese"])
        changed = await floor.control.change_agent("a0", skills=["cantonese"])
        assert changed["skills"] == ["cantonese"]
        await floor.until_worked_off()
        talked = {one.e164: one.agent for one in await floor.attempts() if one.outcome == "connected"}
        assert {talked[number] for number in CANTONESE & talked.keys()} == {"a0"}
        await floor.control.set_skills("a0", None)
        assert (await floor.control.agent("a0"))["skills"] == []


@on_virtual_time
async def test_who_rings_back_waits_for_the_agent_with_their_skill(tmp_path: Path) -> None:
    people = tuple(Person(Kind.NO_ANSWER, n, ring_s=2.0, talk_s=5.0) for n in range(2))
    asks = {people[0].number: ("cantonese",)}
    async with working(tmp_path, people, agents=3, can={2: ("cantonese",)}, asks=asks, house=KNOWN) as floor:
        await floor.until_worked_off()
        call_id = floor.asterisk.call_in(OURS, people[0].number, Callee(talk_s=5.0, patience_s=90.0))
        async with asyncio.timeout(600):
            while (one := await _ended(floor, call_id)) is None:
                await asyncio.sleep(1)
        assert (one.outcome, one.agent) == ("connected", "a2")
        await floor.control.log_out("a2")
        second = floor.asterisk.call_in(OURS, people[0].number, Callee(talk_s=5.0, patience_s=90.0))
        async with asyncio.timeout(600):
            while (one := await _ended(floor, second)) is None:
                await asyncio.sleep(1)
        assert one.outcome == "missed"


@on_virtual_time
async def test_a_lead_is_shown_only_to_who_can_serve_it_and_to_the_others_it_is_said_why(
    tmp_path: Path,
) -> None:
    people = PEOPLE[:2]
    asks = {one.number: ("life",) for one in people}
    more = {"dialing": "preview"}
    async with working(
        tmp_path, people, agents=2, can={1: ("life",)}, asks=asks, house=KNOWN, more=more
    ) as floor:
        shown = floor.control.dialer.floors[CAMPAIGN].floor.previews
        async with asyncio.timeout(600):
            while not shown:
                await asyncio.sleep(0.1)
        await asyncio.sleep(20)
        assert set(shown) == {"a1"}
        runner = floor.control.dialer.floors[CAMPAIGN].floor
        assert runner.claim_why == "the leads left ask for skills that the agent does not have"


async def _ended(floor: Floor, call_id: str) -> storage.Attempt | None:
    await floor.control.dialer.books.applied()
    found = await storage.attempts.by_id(floor.control.dialer.db, call_id)
    return found if found is not None and found.state == "ended" else None
