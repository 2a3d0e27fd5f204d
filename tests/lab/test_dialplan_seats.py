"""A seat: rung once, held in a bridge of its own, back there after each conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]


async def test_a_seat_waits_in_a_bridge_named_after_it(driver: Driver, lab: Lab, agent_no: Fresh) -> None:
    seat = await driver.seat(lab.endpoint(agent_no()))
    entered = await driver.entered(seat)
    assert entered["BridgeName"] == f"seat-{seat}"
    assert entered["BridgeTechnology"] == "holding_bridge"
    assert entered["Exten"] == "agent101"


@pytest.mark.parametrize("agent", ["7", "ab", "failed-2", "h1", "0-0", "a" * 32])
async def test_any_agents_id_reaches_the_seat(driver: Driver, lab: Lab, agent_no: Fresh, agent: str) -> None:
    seat = await driver.seat(lab.endpoint(agent_no()), agent)
    assert (await driver.entered(seat))["Exten"] == agent


async def test_the_agent_is_back_in_the_hold_after_each_of_two_calls_and_the_phone_rang_once(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    agent = agent_no()
    before = _rings(lab, agent)
    seat = await driver.seat(lab.endpoint(agent))
    for times in (2, 3):
        number = lab.number("human", serial(), ring_s=0.2, talk_s=1.5)
        call = await driver.answered(number)
        assert (await driver.connect(call, seat))["Response"] == "Success"
        assert (await driver.gone(call))["Cause"] == "16"
        await driver.entered(seat, "holding_bridge", times=times)
    await driver.hang_up(seat)
    await driver.carrier_call(lab.phone(agent))
    assert _rings(lab, agent) == before + 1


def _rings(lab: Lab, agent: int) -> int:
    return [call.number for call in lab.carrier_calls()].count(lab.phone(agent))


async def test_the_agent_hears_the_tone_and_both_hear_each_other(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    agent = agent_no()
    seat = await driver.seat(lab.endpoint(agent, taped=True))
    number = lab.number("talker", serial(), ring_s=0.2, talk_s=3, taped=True)
    call = await driver.answered(number)
    await driver.connect(call, seat, tone=True)
    await driver.gone(call)
    await driver.hang_up(seat)
    person = await driver.carrier_call(number)
    phone = await driver.carrier_call(lab.phone(agent, taped=True))
    assert lab.heard_s(person, sounds.AGENT_HZ) > 1
    assert lab.heard_s(phone, sounds.CALLEE_HZ) > 1
    assert 0.1 <= lab.heard_s(phone, sounds.TONE200_HZ) <= 0.25
    assert lab.heard_s(person, sounds.TONE200_HZ) == 0


async def test_a_bridge_kicked_apart_returns_the_agent_and_releases_the_person(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    seat = await driver.seat(lab.endpoint(agent_no()))
    call = await driver.answered(lab.number("silent", serial()))
    await driver.connect(call, seat)
    bridge = (await driver.entered(call, "simple_bridge"))["BridgeUniqueid"]
    await driver.line.ask("BridgeKick", ("BridgeUniqueid", bridge), ("Channel", seat))
    await driver.entered(seat, "holding_bridge", times=2)
    assert (await driver.gone(call))["Cause"] == "16"
    assert "DialerReleased" in driver.story(call)


@pytest.mark.parametrize(("mode", "cause"), [("busy", "17"), ("away", "20"), ("deaf", "19")])
async def test_a_phone_that_does_not_answer_leaves_no_seat(
    driver: Driver, lab: Lab, agent_no: Fresh, mode: str, cause: str
) -> None:
    agent = agent_no()
    await lab.set_phone(agent, mode)
    seat = "s-" + str(agent)
    await driver._originate(seat, lab.endpoint(agent), "dialer-seat", "agent101", 1, {})
    assert (await driver.failed(seat))["Response"] == "Failure"
    assert (await driver.gone(seat))["Cause"] in (cause, "19")
    assert not [m for m in driver.line.events if m["Uniqueid"] == seat and m["Event"] == "BridgeEnter"]


async def test_bridging_a_busy_agent_steals_him_and_the_first_person_hears_why(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    """The daemon must lock its agents; if it ever fails to, nobody is left in silence."""
    seat = await driver.seat(lab.endpoint(agent_no()))
    first, second = await asyncio.gather(
        driver.answered(lab.number("silent", serial())), driver.answered(lab.number("silent", serial()))
    )
    await driver.connect(first, seat)
    assert (await driver.connect(second, seat))["Response"] == "Success"
    await driver.said("DialerReleased", first)
    await driver.gone(first)
