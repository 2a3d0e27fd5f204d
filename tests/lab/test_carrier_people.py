"""Every kind of callee as Asterisk reports it to the dialer, and as the carrier wrote it down."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]

# kind: Reason of OriginateResponse, Cause and TechCause of Hangup
UNANSWERED = {
    "busy": ("0", "17", "486"),
    "invalid": ("0", "1", "404"),
    "rejected": ("0", "21", "603"),
    "forbidden": ("0", "21", "403"),
    "broken": ("0", "38", "500"),
    "timeout": ("0", "18", "408"),
    "congestion": ("0", "34", "503"),
    "unavailable": ("0", "19", "480"),
    "changed": ("0", "22", "410"),
    "picky": ("0", "34", "503"),
}


async def test_those_who_do_not_answer_are_told_apart_by_cause(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    numbers = {kind: lab.number(kind, serial(), ring_s=0.4) for kind in UNANSWERED}
    calls = {kind: await driver.dial(number) for kind, number in numbers.items()}
    told = {}
    for kind, call in calls.items():
        failed, gone = await driver.failed(call), await driver.gone(call)
        assert failed["Response"] == "Failure"
        told[kind] = (failed["Reason"], gone["Cause"], gone["TechCause"])
    assert told == UNANSWERED
    for kind, number in numbers.items():
        played = await driver.carrier_call(number)
        assert (played.kind, played.answered_at) == (kind, None)
        assert played.ended_by == "callee"


async def test_no_answer_and_a_dead_line_end_by_our_own_time_out(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    rings, dead = lab.number("no_answer", serial()), lab.number("dead", serial())
    calls = await asyncio.gather(driver.dial(rings, ring_s=2), driver.dial(dead, ring_s=2))
    for call in calls:
        assert (await driver.failed(call))["Reason"] == "3"
        assert (await driver.gone(call))["Cause"] == "19"
    rang = {m["DestUniqueid"] for m in driver.line.events if m["DialStatus"] == "RINGING"}
    assert [call in rang for call in calls] == [True, False]
    assert (await driver.carrier_call(rings)).ended_by == "caller"


@pytest.mark.parametrize("ring_s", [0.2, 1.0])
async def test_a_person_rings_and_talks_as_long_as_the_number_says(
    driver: Driver, lab: Lab, serial: Fresh, ring_s: float
) -> None:
    number = lab.number("silent", serial(), ring_s=ring_s, talk_s=1.5)
    call = await driver.answered(number, DIALER_HOLD_S=10)
    await driver.gone(call)
    played = await driver.carrier_call(number)
    assert played.answered_at is not None
    assert ring_s <= played.answered_at - played.arrived_at < ring_s + 3
    assert 1.4 <= played.ended_at - played.answered_at < 5
    assert played.caller_id.lstrip("+") == "442071234567"


async def test_the_second_trunk_reaches_who_the_first_does_not(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("picky", serial(), talk_s=0.5)
    call = await driver.dial(number, trunk="carrier2")
    await driver.entered(call)
    assert (await driver.gone(call))["Cause"] == "16"


async def test_a_trunk_that_fails_gives_every_call_503_and_works_again_when_mended(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    await lab.fail_trunk("carrier")
    try:
        failing = await driver.dial(lab.number("human", serial()))
        other = await driver.dial(lab.number("human", serial(), talk_s=0.5), trunk="carrier2")
        assert (await driver.gone(failing))["TechCause"] == "503"
        await driver.entered(other)
    finally:
        await lab.fail_trunk("carrier", "0")
    await driver.answered(lab.number("human", serial(), talk_s=0.5))


async def test_the_far_end_may_be_hung_up_by_number(driver: Driver, lab: Lab, serial: Fresh) -> None:
    number = lab.number("silent", serial())
    call = await driver.answered(number, DIALER_HOLD_S=30)
    await lab.hang_up_at_carrier(number)
    assert (await driver.gone(call))["Cause"] == "16"
