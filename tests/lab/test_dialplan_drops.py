"""The agent's phone drops in a conversation: both settings, and who hears what."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]


async def _talking(driver: Driver, lab: Lab, agent: int, number: str, **variables: object) -> tuple[str, str]:
    seat = await driver.seat(lab.endpoint(agent))
    call = await driver.answered(number, **variables)
    await driver.connect(call, seat)
    return call, seat


async def test_hang_up_ends_the_call_as_a_normal_one(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    agent, number = agent_no(), lab.number("silent", serial())
    call, seat = await _talking(driver, lab, agent, number, DIALER_AGENT_DROP="hang_up")
    await lab.drop_phone(agent)
    await driver.gone(seat)
    assert (await driver.gone(call))["Cause"] == "16"
    assert driver.story(call)[-2:] == ["DialerReleased", "Hangup"]
    assert call not in await driver.flags("abandon")
    assert (await driver.carrier_call(number)).ended_by == "caller"


async def test_rescue_gives_music_and_the_next_free_agent(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    agent = agent_no()
    number = lab.number("silent", serial(), ring_s=0.2, taped=True)
    other = await driver.seat(lab.endpoint(agent_no(), taped=True))
    call, _ = await _talking(driver, lab, agent, number, DIALER_AGENT_DROP="rescue")
    await lab.drop_phone(agent)
    await driver.said("DialerRescue", call)
    again = await driver.entered(call, "holding_bridge", times=2)
    assert again["BridgeName"] == f"call-{call}"
    await _heard_for(1.0)
    assert (await driver.connect(call, other))["Response"] == "Success"
    await _heard_for(1.0)
    await driver.hang_up(call)
    heard = await driver.carrier_call(number)
    assert lab.heard_s(heard, sounds.MUSIC_HZ) > 0.5
    assert lab.heard_s(heard, sounds.AGENT_HZ) > 0.5
    assert "DialerAbandon" not in driver.story(call)


async def test_rescue_without_an_agent_ends_in_the_message_and_is_flagged(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    agent = agent_no()
    number = lab.number("silent", serial(), ring_s=0.2, taped=True)
    call, _ = await _talking(driver, lab, agent, number, DIALER_AGENT_DROP="rescue", DIALER_RESCUE_S=1)
    await lab.drop_phone(agent)
    await driver.said("DialerAbandon", call)
    assert call in await driver.flags("abandon")
    await driver.gone(call)
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1


async def test_a_second_drop_is_rescued_too(driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh) -> None:
    first, second = agent_no(), agent_no()
    number = lab.number("silent", serial())
    call, _ = await _talking(driver, lab, first, number, DIALER_AGENT_DROP="rescue")
    seat = await driver.seat(lab.endpoint(second))
    await lab.drop_phone(first)
    await driver.entered(call, "holding_bridge", times=2)
    await driver.connect(call, seat)
    await lab.drop_phone(second)
    await driver.entered(call, "holding_bridge", times=3)
    assert driver.story(call).count("DialerRescue") == 2
    await driver.hang_up(call)


async def test_a_phone_that_drops_before_connected_was_said_still_leaves_no_silence(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    """The daemon died between the bridge and its word that it stood."""
    agent, number = agent_no(), lab.number("silent", serial(), ring_s=0.2, taped=True)
    seat = await driver.seat(lab.endpoint(agent))
    call = await driver.answered(number, DIALER_HOLD_S=1)
    await driver.line.ask("Bridge", ("Channel1", call), ("Channel2", seat))
    await driver.entered(seat, "simple_bridge")
    await lab.drop_phone(agent)
    await driver.said("DialerAbandon", call)
    await driver.gone(call)
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1


async def _heard_for(seconds: float) -> None:
    """Real audio takes real time."""
    await asyncio.sleep(seconds)
