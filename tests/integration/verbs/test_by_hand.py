"""Calls an agent asks for: by the same rules, for that agent alone, and nothing to pacing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dialer.lab.people import Kind, Person
from tests.integration.verbs.test_conversation import refused
from tests.parts.desks import CAMPAIGN, at_desks, person
from tests.parts.virtual_time import on_virtual_time

MANUAL = {"dialing": "manual"}
SLOW = Person(Kind.HUMAN, 1, ring_s=8.0)


@pytest.mark.parametrize("ready", [True, False])
@on_virtual_time
async def test_an_agent_dials_a_lead_and_gets_it_and_nobody_else_does(tmp_path: Path, ready: bool) -> None:
    async with at_desks(tmp_path, (SLOW,), more=MANUAL) as desks:
        await desks.control.ready("a1", skip_interval=True)
        if ready:
            await desks.control.ready("a0", skip_interval=True)
        shown = await desks.control.dial("a0", number=SLOW.number)
        assert shown["state"] == "dialing"
        assert shown["conversation"]["direction"] == "manual"
        assert await refused(desks.control.dial("a0", number=SLOW.number)) == "agent_not_idle"
        assert await refused(desks.control.dial("a2", number=SLOW.number)) == "number_refused"
        await desks.until_state("a0", "talking")
        assert desks.agent("a1").state.value == "ready"
        call = desks.call("a0")
        assert desks.together(call.id, desks.agent("a0").seat_id)
        assert desks.floor.answered == desks.floor.abandoned == 0
        await asyncio.sleep(5)
        desks.hang_up(call.id)
        await desks.until_state("a0", "wrapup")
        await desks.control.dispose("a0", "done")
        assert desks.agent("a0").state.value in (("interval", "ready") if ready else ("away",))
        (attempt,) = await desks.attempts()
        assert (attempt.agent, attempt.outcome, attempt.abandoned) == ("a0", "connected", False)
        assert await refused(desks.control.dial("a0", number=SLOW.number)) == "number_refused"


@on_virtual_time
async def test_pacing_leaves_a_campaign_of_calls_by_hand_alone(tmp_path: Path) -> None:
    async with at_desks(tmp_path, (SLOW,), more=MANUAL) as desks:
        await desks.control.ready("a0", skip_interval=True)
        await asyncio.sleep(120)
        assert not desks.asterisk.calls
        status = await desks.control.campaign_status(CAMPAIGN)
        assert "by hand" in status["pacing"]["why"]


@on_virtual_time
async def test_who_does_not_answer_leaves_the_agent_as_before(tmp_path: Path) -> None:
    nobody = Person(Kind.BUSY, 4)
    async with at_desks(tmp_path, (nobody,), more=MANUAL) as desks:
        await desks.control.dial("a0", lead="0")
        await desks.until_state("a0", "away")
        (attempt,) = await desks.attempts()
        assert attempt.outcome == "busy"


@on_virtual_time
async def test_an_agent_takes_back_a_call_that_rings(tmp_path: Path) -> None:
    async with at_desks(tmp_path, (SLOW,), more=MANUAL) as desks:
        await desks.control.dial("a0", number=SLOW.number)
        await asyncio.sleep(3)
        await desks.control.hang_up("a0")
        await desks.until_state("a0", "away")
        await desks.until(lambda: not desks.floor.calls)
        (attempt,) = await desks.attempts()
        assert (attempt.outcome, attempt.abandoned) == ("released", False)


@on_virtual_time
async def test_a_phone_that_drops_while_it_rings_ends_the_call(tmp_path: Path) -> None:
    async with at_desks(tmp_path, (SLOW,), more=MANUAL) as desks:
        await desks.control.dial("a0", number=SLOW.number)
        await asyncio.sleep(3)
        seat = desks.agent("a0").seat_id
        assert seat is not None
        desks.hang_up(seat)
        await desks.until(lambda: not desks.floor.calls)
        (attempt,) = await desks.attempts()
        assert not attempt.abandoned


@on_virtual_time
async def test_the_same_rules_hold_by_hand(tmp_path: Path) -> None:
    closed = {**MANUAL, "windows": {"mon-sun": ["03:00-03:01"]}}
    async with at_desks(tmp_path, (SLOW,), more=closed) as desks:
        assert await refused(desks.control.dial("a0", number=SLOW.number)) == "number_refused"
        assert await refused(desks.control.dial("a0", number="+447700900123")) in (
            "lead_unknown",
            "number_invalid",
        )
        assert await refused(desks.control.dial("a0", lead=4711)) == "lead_unknown"
        assert await refused(desks.control.dial("a0")) == "bad_request"
        await desks.control.set_run_state(CAMPAIGN, "paused")
        assert await refused(desks.control.dial("a0", number=SLOW.number)) == "not_dialing"
        assert desks.agent("a0").state.value == "away"
        assert not desks.asterisk.calls
        assert (await desks.control.campaign_status(CAMPAIGN))["leads"]["pending"] == 1


@on_virtual_time
async def test_two_agents_who_ask_for_one_lead_at_once_dial_it_once(tmp_path: Path) -> None:
    async with at_desks(tmp_path, (SLOW, person(2)), more=MANUAL) as desks:
        asked = [desks.control.dial(agent, number=SLOW.number) for agent in ("a0", "a1", "a2")]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(one, dict) for one in answers) == 1
        assert len(desks.asterisk.calls) <= 1
        await desks.until(lambda: len(desks.asterisk.calls) == 1)
