"""Values the daemon would never send: no silence, no stray argument, no outsider in the daemon's contexts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]


HOLDS = ("", "0", "-1", "2.5", "0.9", "abc", "2)e(m", "2(", '2"', "1e9", "${EPOCH}", "9999")
CALL_IDS = ("", "a/b", "x) NoOp(", "1;2", "Zoë", "../../x", "${SHELL(id)}", "a b", "x" * 200 + "!")
MESSAGES = ("../../etc/passwd", "x&y", "${EPOCH}", "a)b(")


async def test_a_hold_time_that_is_none_becomes_two_seconds(driver: Driver, lab: Lab, serial: Fresh) -> None:
    people = [lab.number("silent", serial()) for _ in HOLDS]
    calls = await asyncio.gather(
        *(driver.answered(n, DIALER_HOLD_S=hold) for n, hold in zip(people, HOLDS, strict=True))
    )
    for call in calls:
        await driver.said("DialerAbandon", call)
        waited = driver.instant(call, "DialerAbandon") - driver.instant(call, "BridgeEnter")
        assert 1.9 < waited < 9, (waited, driver.story(call))


async def test_a_call_id_that_is_none_becomes_the_channels_own(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    people = [lab.number("silent", serial()) for _ in CALL_IDS]
    calls = await asyncio.gather(
        *(
            driver.answered(n, DIALER_HOLD_S=1, DIALER_CALL_ID=i)
            for n, i in zip(people, CALL_IDS, strict=True)
        )
    )
    for call in calls:
        assert (await driver.entered(call))["BridgeName"] == f"call-{call}"
        await driver.said("DialerAbandon", call)
        assert call in await driver.flags("abandon")


async def test_a_message_whose_name_is_none_is_replaced_by_the_usual_one(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    people = [lab.number("silent", serial(), ring_s=0.2, taped=True) for _ in MESSAGES]
    calls = await asyncio.gather(
        *(
            driver.answered(n, DIALER_HOLD_S=1, DIALER_MESSAGE=m)
            for n, m in zip(people, MESSAGES, strict=True)
        )
    )
    for call, number in zip(calls, people, strict=True):
        await driver.gone(call)
        assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1


async def test_a_message_that_is_not_there_is_no_silence(driver: Driver, lab: Lab, serial: Fresh) -> None:
    number = lab.number("silent", serial(), ring_s=0.2, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=1, DIALER_MESSAGE="no/such/file")
    await driver.gone(call)
    tape = (await driver.carrier_call(number)).heard
    assert tape is not None
    assert sounds.voiced_s(tape) > 0.5


async def test_a_call_that_fails_runs_no_dialplan(driver: Driver, lab: Lab, serial: Fresh) -> None:
    call = await driver.dial(lab.number("invalid", serial()))
    await driver.failed(call)
    await driver.gone(call)
    assert not [m for m in driver.line.events if "OutgoingSpoolFailed" in m["Channel"]]


async def test_a_phone_that_rings_back_reaches_no_context_of_the_daemon(driver: Driver, lab: Lab) -> None:
    said = await lab.pbx.cli("pjsip show endpoint carrier")
    context = next(
        line.split(":")[1].strip() for line in said.splitlines() if line.strip().startswith("context")
    )
    assert context == "dialer-inbound"


async def test_the_samples_user_may_not_run_commands(driver: Driver) -> None:
    answer = await driver.line.ask("Command", ("Command", "core show uptime"))
    assert (answer["Response"], answer["Message"]) == ("Error", "Permission denied")
