"""Promised calls on the whole daemon: they wait for their agent, not for ever, and that agent gets them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import storage
from dialer.control import ControlError
from dialer.lab.people import Kind, Person
from tests.parts.embedded import CAMPAIGN, Floor, working
from tests.parts.virtual_time import on_virtual_time

PEOPLE = tuple(Person(Kind.HUMAN, n, ring_s=2.0, talk_s=5.0) for n in range(4))
NUMBERS = ["+442079460001", "+442079460002"]
SHOWN = {"caller_ids": {"pools": [{"numbers": NUMBERS}], "keep_first": True}}


async def attempts_of(floor: Floor, lead_id: int) -> list[storage.Attempt]:
    found = [one for one in await floor.attempts() if one.lead_id == lead_id]
    return sorted(found, key=lambda one: one.claimed_at)


async def called_again(floor: Floor, lead_id: int, within_s: float) -> storage.Attempt:
    """The lead's second attempt, once its conversation is over."""
    async with asyncio.timeout(within_s):
        while True:
            found = await attempts_of(floor, lead_id)
            if len(found) > 1 and found[-1].ended_at is not None:
                return found[-1]
            await asyncio.sleep(1)


@on_virtual_time
async def test_a_promised_call_waits_for_its_agent_who_then_gets_it(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=3, more=SHOWN) as floor:
        await floor.until_worked_off()
        await floor.control.pause("a1")
        promised = await floor.control.callback(CAMPAIGN, external_id="2", owner="a1", reason="refused")
        await asyncio.sleep(60)
        assert len(await attempts_of(floor, promised["lead"])) == 1
        status = await floor.control.campaign_status(CAMPAIGN)
        assert status["refusals"]["callback_owner_away"] == 1
        await floor.control.ready("a1", skip_interval=True)
        again = await called_again(floor, promised["lead"], 60)
        assert again.agent == "a1"
        first, _ = await attempts_of(floor, promised["lead"])
        assert first.caller_id == again.caller_id in NUMBERS
        assert {one.caller_id for one in await floor.attempts()} == set(NUMBERS)


@on_virtual_time
async def test_a_promised_call_goes_to_anybody_when_its_agent_stays_away(tmp_path: Path) -> None:
    more = {"callback_tolerance_s": 120}
    async with working(tmp_path, PEOPLE, agents=3, more=more) as floor:
        await floor.until_worked_off()
        await floor.control.pause("a1")
        began = floor.now
        promised = await floor.control.callback(CAMPAIGN, external_id="2", owner="a1")
        again = await called_again(floor, promised["lead"], 300)
        assert again.agent in {"a0", "a2"}
        assert floor.now - began >= 120


@on_virtual_time
async def test_a_promised_call_at_an_instant_is_not_made_before_it(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=3) as floor:
        await floor.until_worked_off()
        promised = await floor.control.callback(CAMPAIGN, number=PEOPLE[0].number, at="+10m")
        asked = floor.control.dialer.clock.utc()
        again = await called_again(floor, promised["lead"], 900)
        assert (again.claimed_at - asked).total_seconds() >= 600


@on_virtual_time
async def test_who_is_not_on_the_list_cannot_be_promised_a_call(tmp_path: Path) -> None:
    async with working(tmp_path, PEOPLE, agents=1) as floor:
        for wish, error in (
            ({"external_id": "nobody"}, "lead_unknown"),
            ({"number": "+442079469999"}, "lead_unknown"),
            ({"number": "12"}, "number_invalid"),
            ({"external_id": "1", "at": "soon"}, "instant_invalid"),
            ({"external_id": "1", "owner": "nobody"}, "agent_unknown"),
            ({}, "bad_request"),
        ):
            with pytest.raises(ControlError) as refused:
                await floor.control.callback(CAMPAIGN, **wish)
            assert refused.value.id == error
        await floor.until_worked_off()
