"""People who ring us back, on the whole daemon: their agent or the next one, else the message and its key."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import storage
from ami.fake import Behaviour, Callee, FakeAsterisk, Sounds
from dialer.core import exchange
from dialer.lab import shift
from dialer.lab.people import Kind, Person
from tests.parts.embedded import CAMPAIGN, LENGTHS_S, Floor, Place, working
from tests.parts.mortal import Mortal
from tests.parts.twins import lab_callee, lab_phone
from tests.parts.virtual_time import on_virtual_time

PEOPLE = tuple(Person(Kind.NO_ANSWER, n, ring_s=2.0, talk_s=5.0) for n in range(4))
OURS = "+442079460000"
MEMBER = Callee(talk_s=12.0, patience_s=90.0)


async def called(floor: Floor, call_id: str) -> storage.Attempt:
    """The call in the books, once it is over."""
    async with asyncio.timeout(600):
        while True:
            await floor.control.dialer.books.applied()
            found = await storage.attempts.by_id(floor.control.dialer.db, call_id)
            if found is not None and found.state == "ended":
                return found
            await asyncio.sleep(1)


async def until_synced(floor: Floor) -> None:
    """Wait until the floor knows what its switch shows."""
    async with asyncio.timeout(60):
        while floor.control.dialer.floors[CAMPAIGN].floor.synced_at is None:
            await asyncio.sleep(0.1)


async def over(floor: Floor, call_id: str) -> None:
    async with asyncio.timeout(600):
        while next(one for one in floor.asterisk.calls if one.call_id == call_id).open:
            await asyncio.sleep(1)


@on_virtual_time
@pytest.mark.parametrize("written", ["{}", "00{}", "{national}", "{bare}"])
async def test_a_lead_who_rings_back_gets_the_next_ready_agent(tmp_path: Path, written: str) -> None:
    async with working(tmp_path, PEOPLE, agents=2) as floor:
        await floor.until_worked_off()
        number = PEOPLE[1].number
        caller = written.format(number, national=f"0{number[3:]}", bare=number[1:]).replace("00+", "00")
        call_id = floor.asterisk.call_in(OURS, caller, MEMBER)
        one = await called(floor, call_id)
        assert (one.outcome, one.e164, one.inbound) == ("connected", number, True)
        assert one.agent in ("a0", "a1")
        assert one.talk_s == pytest.approx(12.0, abs=0.1)
        assert one.disposition == "done"
        lead = await storage.leads.by_id(floor.control.dialer.db, one.lead_id)
        assert lead is not None
        assert (lead.state, lead.attempts) == ("done", 1)  # a call of theirs costs no attempt of ours


@on_virtual_time
async def test_the_owner_goes_before_whoever_is_ready_longer(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=3) as floor:
        await floor.until_worked_off()
        (lead,) = await storage.leads.by_number(floor.control.dialer.db, PEOPLE[2].number)
        now = floor.control.dialer.clock.utc()
        await storage.leads.move(
            floor.control.dialer.db, [lead.lead_id], "done", now=now, reason="test", owner="a2"
        )
        one = await called(floor, floor.asterisk.call_in(OURS, PEOPLE[2].number, MEMBER))
        assert one.agent == "a2"


@on_virtual_time
async def test_with_nobody_free_they_wait_count_for_pacing_and_hear_the_message(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=1) as floor:
        await floor.until_worked_off()
        first = floor.asterisk.call_in(OURS, PEOPLE[0].number, Callee(talk_s=300.0, patience_s=90.0))
        await asyncio.sleep(2)
        second = floor.asterisk.call_in(OURS, PEOPLE[1].number, Callee(presses_optout=True, patience_s=90.0))
        await asyncio.sleep(2)
        status = await floor.control.campaign_status(CAMPAIGN)
        assert (status["talking"], status["waiting"]) == (1, 1)
        assert exchange.snapshot(floor.control.dialer.floors[CAMPAIGN].floor).waiting.size == 1
        one = await called(floor, second)
        assert (one.outcome, one.abandoned, one.opted_out) == ("missed", False, True)
        heard = next(call for call in floor.asterisk.calls if call.call_id == second)
        assert heard.heard_message()
        assert heard.heard[0][1] == "music"
        assert await storage.dnc.has(
            floor.control.dialer.db, PEOPLE[1].number, now=floor.control.dialer.clock.utc()
        )
        assert (await called(floor, first)).outcome == "connected"
        status = await floor.control.campaign_status(CAMPAIGN)
        assert status["ledger_24h"]["abandoned"] == 0
        assert all(figure["over"] == 0 for figure in status["ledgers"])
        assert status["outcomes_24h"]["inbound missed"] == 1


@on_virtual_time
async def test_who_waits_longest_gets_the_agent_who_comes_free(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=1) as floor:
        await floor.until_worked_off()
        first = floor.asterisk.call_in(OURS, PEOPLE[0].number, MEMBER)
        await asyncio.sleep(1)
        second = floor.asterisk.call_in(OURS, PEOPLE[1].number, MEMBER)
        assert (await called(floor, first)).outcome == "connected"
        one = await called(floor, second)
        assert one.outcome == "connected"
        assert one.wait_s is not None
        assert 11 < one.wait_s < 20


@on_virtual_time
@pytest.mark.parametrize(
    "caller", ["", "+447999999999", "anonymous", "9" * 60, "+44\r\nAction: Logoff", "-,=;|"]
)
async def test_whoever_is_no_lead_of_ours_hears_who_called_at_once(tmp_path: Path, caller: str) -> None:
    async with working(tmp_path, PEOPLE, agents=1) as floor:
        await floor.until_worked_off()
        call_id = floor.asterisk.call_in(OURS, caller, Callee(presses_optout=True, patience_s=90.0))
        await over(floor, call_id)
        heard = next(call for call in floor.asterisk.calls if call.call_id == call_id)
        assert heard.heard_message()
        assert heard.pressed == "9"
        assert heard.heard[1][0] - heard.heard[0][0] < 2.0  # no thirty seconds of music first
        await asyncio.sleep(30)
        assert await storage.attempts.by_id(floor.control.dialer.db, call_id) is None
        listed = await storage.dnc.counts(floor.control.dialer.db, now=floor.control.dialer.clock.utc())
        assert listed == ({"system": 1} if caller == "+447999999999" else {})
        assert floor.asterisk.machine.db.tree("dialer", "") == []


@on_virtual_time
async def test_a_campaign_may_leave_them_to_the_message(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=1, more={"inbound": {"connect": False}}) as floor:
        await floor.until_worked_off()
        call_id = floor.asterisk.call_in(OURS, PEOPLE[0].number, Callee(patience_s=90.0))
        await over(floor, call_id)
        assert await storage.attempts.by_id(floor.control.dialer.db, call_id) is None


@on_virtual_time
async def test_with_nobody_at_work_they_need_not_wait(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=1) as floor:
        await floor.until_worked_off()
        await floor.control.pause("a0")
        before = await storage.leads.by_number(floor.control.dialer.db, PEOPLE[0].number)
        call_id = floor.asterisk.call_in(OURS, PEOPLE[0].number, Callee(patience_s=90.0))
        one = await called(floor, call_id)
        assert one.outcome == "missed"
        assert one.wait_s is not None
        assert one.wait_s < 20
        after = await storage.leads.by_number(floor.control.dialer.db, PEOPLE[0].number)
        assert [lead.state for lead in after] == [lead.state for lead in before]


@on_virtual_time
async def test_who_began_to_wait_while_the_line_was_down_is_taken_in(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=1) as floor:
        await floor.until_worked_off()
        floor.asterisk.cut()
        call_id = floor.asterisk.call_in(OURS, PEOPLE[0].number, MEMBER)
        one = await called(floor, call_id)
        assert one.outcome == "connected"


@on_virtual_time
async def test_a_new_life_of_the_daemon_takes_over_who_talks_and_who_waits(tmp_path: Path) -> None:
    async with FakeAsterisk(
        behaviour=Behaviour(lab_callee, lambda endpoint: lab_phone(endpoint, {})), sounds=Sounds(LENGTHS_S)
    ) as asterisk:
        place: Any = Place(replace(asterisk.node, name="pbx"))
        life = Mortal(shift.settings_of(place, shift.Plan(PEOPLE, agents=1, wrap_s=0), tmp_path))
        await life.start()
        db = life.dialer.db
        await shift.load_leads(db, life.settings.campaigns[CAMPAIGN], PEOPLE, tmp_path)
        await shift.open_floor(life.control, 1)
        talks = asterisk.call_in(OURS, PEOPLE[0].number, Callee(talk_s=20.0))
        await asyncio.sleep(2)
        waits = asterisk.call_in(OURS, PEOPLE[1].number, Callee(talk_s=7.0, patience_s=90.0))
        rang_at = life.dialer.clock.now()
        await asyncio.sleep(2)
        before = await life.control.call_of("a0")
        await life.kill()
        await asyncio.sleep(1)
        await life.start()
        floor = Floor(life.control, asterisk, PEOPLE)
        await until_synced(floor)
        now = await life.control.call_of("a0")
        assert before is not None
        assert now is not None
        assert before["lead"]["name"] == "No_Answer 0"
        assert [now[what] for what in ("id", "direction", "lead")] == [talks, "in", before["lead"]]
        status = await life.control.campaign_status(CAMPAIGN)
        assert (status["talking"], status["waiting"]) == (1, 1)
        waiting = exchange.snapshot(life.dialer.floors[CAMPAIGN].floor).waiting
        assert list(waiting) == pytest.approx([rang_at], abs=1.0)  # as long as they do, not since the start
        second, first = await called(floor, waits), await called(floor, talks)
        assert (first.outcome, first.disposition) == ("connected", "done")
        assert second.outcome == "connected"
        assert second.talk_s == pytest.approx(7.0, abs=0.1)
        await life.control.log_out("a0")
        await life.close()
