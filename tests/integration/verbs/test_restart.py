"""The daemon goes and comes back in the middle of it: held, given away and joined calls are found as they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from ami.fake import AgentPhone, Behaviour, FakeAsterisk, Sounds
from dialer.lab.people import Kind, Person
from tests.parts.desks import CAMPAIGN, Desks, daemon, person
from tests.parts.embedded import LENGTHS_S
from tests.parts.twins import lab_callee
from tests.parts.virtual_time import on_virtual_time

ONE = (person(1),)
OUTSIDE = person(77).number


@asynccontextmanager
async def switch(recordings: Path | None = None) -> AsyncIterator[FakeAsterisk]:
    behaviour = Behaviour(lab_callee, lambda _endpoint: AgentPhone())
    async with FakeAsterisk(behaviour=behaviour, sounds=Sounds(LENGTHS_S), recordings=recordings) as one:
        yield one


async def talking(desks: Desks) -> str:
    await desks.control.set_run_state(CAMPAIGN, "running")
    return (await desks.talking("a0")).id


async def given_away(desks: Desks) -> str:
    """The person whom a0 gives to a1; the switch has still to do it."""
    call_id = await talking(desks)
    await desks.control.ready("a1", skip_interval=True)
    await desks.until_state("a1", "ready")
    await desks.control.transfer("a0", to_agent="a1")
    return call_id


async def over(desks: Desks, call_id: str) -> None:
    desks.hang_up(call_id)
    await desks.until(lambda: not desks.floor.calls)
    (attempt,) = await desks.attempts()
    assert (attempt.outcome, attempt.abandoned) == ("connected", False)


@on_virtual_time
async def test_a_person_on_hold_is_still_on_hold_after_a_restart(tmp_path: Path) -> None:
    async with switch() as asterisk:
        async with daemon(asterisk, tmp_path, ONE, agents=1) as desks:
            call_id = await talking(desks)
            await desks.control.hold("a0")
            await desks.until(lambda: desks.call("a0").parked_at is not None)
            await asyncio.sleep(5)
        await asyncio.sleep(5)
        async with daemon(asterisk, tmp_path, ONE, agents=1) as desks:
            await desks.until(lambda: desks.call("a0").parked_at is not None)
            assert desks.agent("a0").state.value == "talking"
            assert "unhold" in await desks.control.verbs_of("a0")
            await desks.control.unhold("a0")
            await desks.until(lambda: desks.together(call_id, desks.agent("a0").seat_id))
            await over(desks, call_id)


@on_virtual_time
async def test_three_are_still_three_after_a_restart(tmp_path: Path) -> None:
    async with switch() as asterisk:
        async with daemon(asterisk, tmp_path, ONE, agents=1) as desks:
            call_id = await talking(desks)
            await desks.control.add("a0", to_number=OUTSIDE)
            (party,) = desks.floor.parties
            await desks.until(lambda: desks.together(call_id, desks.agent("a0").seat_id, party))
        async with daemon(asterisk, tmp_path, ONE, agents=1) as desks:
            assert desks.together(call_id, desks.agent("a0").seat_id, party)
            shown = await desks.control.call_of("a0")
            assert shown is not None
            assert shown["party"]["state"] == "joined"
            await desks.control.drop("a0")
            await desks.until(lambda: desks.together(call_id, desks.agent("a0").seat_id))
            await over(desks, call_id)


@on_virtual_time
async def test_a_person_given_to_a_number_is_no_agents_after_a_restart(tmp_path: Path) -> None:
    async with switch() as asterisk:
        async with daemon(asterisk, tmp_path, ONE, agents=1) as desks:
            call_id = await talking(desks)
            await desks.control.transfer("a0", to_number=OUTSIDE)
            await desks.until_state("a0", "wrapup")
            (party,) = desks.floor.parties
        async with daemon(asterisk, tmp_path, ONE, agents=1) as desks:
            assert desks.agent("a0").call_id is None
            assert desks.floor.calls[call_id].passed_at is not None
            assert desks.together(call_id, party)
            desks.hang_up(party)
            await desks.until(lambda: call_id not in asterisk.machine.channels)
            await desks.until(lambda: not desks.floor.calls)


@on_virtual_time
async def test_a_person_given_to_an_agent_is_that_agents_after_a_restart(tmp_path: Path) -> None:
    async with switch() as asterisk:
        async with daemon(asterisk, tmp_path, ONE, agents=2) as desks:
            call_id = await given_away(desks)
            await desks.until_state("a1", "talking")
        async with daemon(asterisk, tmp_path, ONE, agents=2) as desks:
            assert desks.call("a1").id == call_id
            assert desks.agent("a0").call_id is None
            assert desks.together(call_id, desks.agent("a1").seat_id)
            await over(desks, call_id)
            assert desks.agent("a1").call_id is None
            (attempt,) = await desks.attempts()
            assert attempt.agent == "a1"


@on_virtual_time
async def test_a_word_about_a_person_given_away_decides_the_lead_also_when_the_daemon_comes_back_in_wrap_up(
    tmp_path: Path,
) -> None:
    async with switch() as asterisk:
        async with daemon(asterisk, tmp_path, ONE, agents=2) as desks:
            call_id = await given_away(desks)
            await desks.until_state("a0", "wrapup")
            await desks.control.dispose("a0", "done")
            await over(desks, call_id)
            (attempt,) = await desks.attempts()
            assert (await desks.lead(attempt.lead_id)).state == "wrap_up"
        async with daemon(asterisk, tmp_path, ONE, agents=2) as desks:
            await desks.until(lambda: not desks.floor.wrapping, within_s=600)
            (attempt,) = await desks.attempts()
            lead = await desks.lead(attempt.lead_id)
            assert (attempt.disposition, lead.state, lead.reason) == ("done", "done", "done")


@on_virtual_time
async def test_an_agent_who_helps_still_helps_after_a_restart_and_can_go(tmp_path: Path) -> None:
    async with switch() as asterisk:
        async with daemon(asterisk, tmp_path, ONE, agents=2) as desks:
            call_id = await talking(desks)
            await desks.control.ready("a1", skip_interval=True)
            await desks.until_state("a1", "ready")
            await desks.control.add("a0", to_agent="a1")
            await desks.until_state("a1", "talking")
            mine, other = desks.agent("a0").seat_id, desks.agent("a1").seat_id
            await desks.until(lambda: desks.together(call_id, mine, other))
        async with daemon(asterisk, tmp_path, ONE, agents=2) as desks:
            assert desks.together(call_id, mine, other)
            assert desks.call("a0").agent_id == "a0"
            assert (desks.agent("a1").state.value, desks.agent("a1").call_id) == ("talking", call_id)
            await desks.control.leave("a1")
            await desks.until(lambda: desks.together(call_id, mine))
            await desks.until_state("a1", "ready", "interval")
            await over(desks, call_id)


@on_virtual_time
async def test_a_call_by_hand_that_rings_is_still_its_agents_after_a_restart(tmp_path: Path) -> None:
    slow = Person(Kind.HUMAN, 9, ring_s=12.0, talk_s=20.0)
    for answers in (True, False):
        folder = tmp_path / str(answers)
        folder.mkdir()
        async with switch() as asterisk:
            async with daemon(asterisk, folder, (slow,), agents=1) as desks:
                await desks.control.pause("a0")
                await desks.control.set_run_state(CAMPAIGN, "running")
                await desks.control.dial("a0", number=slow.number)
                await desks.until(lambda: any(call.rang_at for call in desks.floor.calls.values()))
            async with daemon(asterisk, folder, (slow,), agents=1) as desks:
                (call_id,) = desks.floor.calls
                assert (desks.agent("a0").state.value, desks.agent("a0").call_id) == ("dialing", call_id)
                if answers:
                    await desks.until_state("a0", "talking")
                    await over(desks, call_id)
                else:
                    asterisk.hang_up_far(call_id)
                    await desks.until_state("a0", "away")
                    assert desks.agent("a0").call_id is None


@pytest.mark.parametrize("mode", ["on_demand", "always"])
@on_virtual_time
async def test_what_is_being_recorded_is_shown_and_can_be_changed_after_a_restart(
    tmp_path: Path, mode: str
) -> None:
    plan: dict[str, Any] = {"agents": 1, "more": {"recording": {"mode": mode, "folder": "/spool"}}}
    async with switch(recordings=tmp_path / "switch") as asterisk:
        async with daemon(asterisk, tmp_path, ONE, **plan) as desks:
            call_id = await talking(desks)
            if mode == "on_demand":
                await desks.control.record("a0", "start")
            await desks.control.record("a0", "pause")
            began = await desks.control.call_of("a0")
            await asyncio.sleep(5)
        assert began is not None
        async with daemon(asterisk, tmp_path, ONE, **plan) as desks:
            await desks.until(lambda: desks.call("a0").tape_muted)
            shown = await desks.control.call_of("a0")
            assert shown is not None
            assert shown["recording"] == began["recording"]
            assert shown["recording"]["on"]
            await desks.control.record("a0", "resume")
            if mode == "on_demand":
                await desks.control.record("a0", "stop")
                await desks.until((tmp_path / "switch/spool" / shown["recording"]["file"]).exists)
                assert call_id in asterisk.machine.channels
            await over(desks, call_id)
            assert desks.told("recording_resumed", "recording_stopped") == [
                "recording_resumed",
                "recording_stopped",
            ]


@on_virtual_time
async def test_what_was_recorded_and_stopped_is_off_after_a_restart(tmp_path: Path) -> None:
    plan: dict[str, Any] = {"agents": 1, "more": {"recording": {"mode": "on_demand", "folder": "/spool"}}}
    async with switch(recordings=tmp_path / "switch") as asterisk:
        async with daemon(asterisk, tmp_path, ONE, **plan) as desks:
            await talking(desks)
            await desks.control.record("a0", "start")
            await desks.control.record("a0", "stop")
            await asyncio.sleep(5)
        async with daemon(asterisk, tmp_path, ONE, **plan) as desks:
            await asyncio.sleep(5)
            assert not desks.call("a0").tape_on
            await desks.control.record("a0", "start")
            assert desks.call("a0").tape_on
