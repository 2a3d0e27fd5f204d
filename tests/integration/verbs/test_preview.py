"""A campaign in which each lead is shown to an agent before it is dialed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import storage
from dialer.mqtt.verbs import verbs_of
from tests.integration.verbs.test_conversation import refused
from tests.parts.desks import CAMPAIGN, Desks, at_desks, person
from tests.parts.virtual_time import on_virtual_time

TWO = (person(1), person(2))


def preview(**more: Any) -> dict[str, Any]:
    return {"dialing": "preview", "preview": {"time_s": 30, "skip_reasons": ["not now"], **more}}


async def shown_to(desks: Desks, agent: str) -> str:
    await desks.control.ready(agent, skip_interval=True)
    await desks.until_state(agent, "preview")
    shown = await desks.control.preview_of(agent)
    assert shown is not None
    assert shown["lead"]["name"]
    assert desks.agent(agent).call_id == shown["call"]
    return str(shown["call"])


@on_virtual_time
async def test_a_shown_lead_is_dialed_when_its_agent_says_so(tmp_path: Path) -> None:
    async with at_desks(tmp_path, TWO, more=preview()) as desks:
        assert await refused(desks.control.accept("a0")) == "no_preview"
        call_id = await shown_to(desks, "a0")
        other = await shown_to(desks, "a1")
        assert call_id != other
        await asyncio.sleep(10)
        assert not desks.asterisk.calls
        assert await desks.control.verbs_of("a0") == ["accept", "skip"]
        shown = await desks.control.accept("a0")
        assert shown["state"] == "dialing"
        await desks.until_state("a0", "talking")
        assert desks.call("a0").id == call_id
        assert desks.floor.answered == 0
        desks.hang_up(call_id)
        await desks.until_state("a0", "wrapup")
        ended = {one.attempt_id: one for one in await desks.attempts()}
        assert ended[call_id].agent == "a0"


@on_virtual_time
async def test_a_lead_is_skipped_with_a_reason_and_the_next_one_follows(tmp_path: Path) -> None:
    async with at_desks(tmp_path, TWO, more=preview()) as desks:
        first = await shown_to(desks, "a0")
        assert await refused(desks.control.skip("a0", "no such reason")) == "skip_reason_unknown"
        asked = verbs_of(desks.control)["skip"]  # as a message asks for it
        await asked.run(asked.decode(b'{"agent": "a0", "reason": "not now"}'))
        await desks.until(lambda: desks.agent("a0").call_id not in (None, first))
        await desks.attempts()
        (told,) = [fact for fact in desks.facts if fact["fact"] == "attempt_ended"]
        assert (told["outcome"], told["lead_state"], told["reason"]) == (
            "not_dialed",
            "waiting",
            "skipped: not now",
        )
        assert not desks.asterisk.calls


@pytest.mark.parametrize(("what", "state"), [("pause", "away"), ("skip", "preview"), ("dial", "talking")])
@on_virtual_time
async def test_when_nobody_answers_the_setting_decides(tmp_path: Path, what: str, state: str) -> None:
    async with at_desks(tmp_path, TWO, more=preview(on_timeout=what)) as desks:
        first = await shown_to(desks, "a0")
        await asyncio.sleep(29)
        assert desks.agent("a0").call_id == first
        await asyncio.sleep(5)
        await desks.until_state("a0", state)
        assert (desks.agent("a0").call_id == first) == (what == "dial")
        if what == "pause":
            await desks.attempts()
            leads = (await desks.control.campaign_status(CAMPAIGN))["leads"]
            assert leads["pending"] == 2


@pytest.mark.parametrize("how", ["pause", "log_out"])
@on_virtual_time
async def test_an_agent_who_goes_leaves_the_lead_as_it_was(tmp_path: Path, how: str) -> None:
    async with at_desks(tmp_path, TWO, more=preview()) as desks:
        await shown_to(desks, "a0")
        await getattr(desks.control, how)("a0")
        await desks.until(lambda: not desks.floor.previews)
        await desks.attempts()
        assert (await desks.control.campaign_status(CAMPAIGN))["leads"]["pending"] == 2
        assert desks.agent("a0").call_id is None


@on_virtual_time
async def test_what_may_not_be_dialed_any_more_is_not(tmp_path: Path) -> None:
    async with at_desks(tmp_path, TWO, more=preview(time_s=3600)) as desks:
        call_id = await shown_to(desks, "a0")
        order = desks.control.dialer.floors[CAMPAIGN].orders[call_id]
        await desks.control.dialer.books.applied()
        entry = storage.DncEntry(order.number, "system")
        dialer = desks.control.dialer
        await storage.dnc.add(dialer.db, [entry], now=dialer.clock.utc())
        assert await refused(desks.control.accept("a0")) == "number_refused"
        assert not desks.asterisk.calls
        assert desks.agent("a0").call_id != call_id
