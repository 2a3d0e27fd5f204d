"""Person or machine: told apart by the real app_amd before anybody is connected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]


async def test_a_person_who_says_hello_waits_for_an_agent_after_the_verdict(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    call = await driver.answered(lab.number("human", serial(), talk_s=8), DIALER_AMD=1)
    verdict = await driver.said("DialerAmd", call)
    assert (verdict["Status"], verdict["Cause"].split("-")[0]) == ("HUMAN", "HUMAN")
    assert driver.story(call)[-2:] == ["DialerAmd", "BridgeEnter holding_bridge"]
    await driver.hang_up(call)


async def test_a_machine_never_enters_the_hold_and_hears_the_message(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("machine", serial(), ring_s=0.2, taped=True)
    call = await driver.dial(number, DIALER_AMD=1)
    verdict = await driver.said("DialerAmd", call)
    assert verdict["Status"] == "MACHINE"
    assert call in await driver.flags("machine")
    await driver.gone(call)
    assert "BridgeEnter holding_bridge" not in driver.story(call)
    assert call not in await driver.flags("abandon")
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1


async def test_a_campaign_may_hang_up_on_machines(driver: Driver, lab: Lab, serial: Fresh) -> None:
    number = lab.number("machine", serial(), ring_s=0.2, taped=True)
    call = await driver.dial(number, DIALER_AMD=1, DIALER_AMD_MACHINE="hang_up")
    assert (await driver.gone(call))["Cause"] == "16"
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) == 0


async def test_a_person_who_answers_and_is_silent_is_taken_for_a_machine_but_hears_who_called(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("silent", serial(), ring_s=0.2, taped=True)
    call = await driver.dial(number, DIALER_AMD=1)
    assert (await driver.said("DialerAmd", call))["Cause"].startswith("INITIALSILENCE")
    await driver.gone(call)
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1


async def test_who_hangs_up_during_the_detection_leaves_no_flag(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    call = await driver.dial(lab.number("impatient", serial(), talk_s=0.5), DIALER_AMD=1)
    await driver.gone(call)
    assert call not in await driver.flags("abandon") | await driver.flags("machine")


async def test_the_verdict_takes_some_seconds_for_four_at_once(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    numbers = [lab.number("human", serial(), ring_s=0.2, talk_s=8) for _ in range(4)]
    calls = await asyncio.gather(*(driver.answered(number, DIALER_AMD=1) for number in numbers))
    for call in calls:
        took = driver.instant(call, "DialerAmd") - driver.instant(call, "DialEnd")
        assert 1.5 < took < 8
