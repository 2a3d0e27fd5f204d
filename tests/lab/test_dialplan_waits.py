"""A person who answers and gets no agent: the timer, the flag, the message, the opt-out key."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver

pytestmark = pytest.mark.asterisk

Fresh = Callable[[], int]


@pytest.mark.parametrize("hold_s", [1, 2])
async def test_the_wait_ends_after_whole_seconds_and_the_message_follows(
    driver: Driver, lab: Lab, serial: Fresh, hold_s: int
) -> None:
    number = lab.number("silent", serial(), ring_s=0.2, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=hold_s)
    await driver.said("DialerAbandon", call)
    assert call in await driver.flags("abandon")
    waited = driver.instant(call, "DialerAbandon") - driver.instant(call, "BridgeEnter")
    assert hold_s - 0.02 < waited < hold_s + 3
    assert (await driver.gone(call))["Cause"] == "16"
    heard = await driver.carrier_call(number)
    assert lab.heard_s(heard, sounds.MESSAGE_HZ) > 1
    assert call not in await driver.flags("optout")


async def test_the_flag_is_written_before_a_word_of_the_message_is_heard(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    """A dialer that comes back reads it even when Asterisk died in the middle of the message."""
    call = await driver.answered(lab.number("silent", serial()), DIALER_HOLD_S=1)
    await driver.said("DialerAbandon", call)
    assert call in await driver.flags("abandon")
    assert not [m for m in driver.line.events if m["Event"] == "Hangup" and m["Uniqueid"] == call]


async def test_the_opt_out_key_is_written_confirmed_and_ends_the_call(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("optout", serial(), ring_s=0.2, talk_s=0, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=1)
    await driver.said("DialerOptOut", call)
    assert call in await driver.flags("optout")
    await driver.gone(call)
    heard = await driver.carrier_call(number)
    assert heard.pressed == "9"
    assert lab.heard_s(heard, sounds.OPTED_OUT_HZ) > 0.4
    assert call in await driver.flags("abandon")


async def test_a_wrong_key_starts_the_message_again_and_the_right_one_still_works(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("wrong_key", serial(), ring_s=0.2, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=1)
    await driver.said("DialerOptOut", call)
    await driver.gone(call)
    assert (await driver.carrier_call(number)).pressed == "59"


async def test_another_key_can_be_the_opt_out_key(driver: Driver, lab: Lab, serial: Fresh) -> None:
    call = await driver.answered(
        lab.number("wrong_key", serial(), ring_s=0.2), DIALER_HOLD_S=1, DIALER_OPTOUT_KEY=5
    )
    await driver.said("DialerOptOut", call)
    await driver.gone(call)


async def test_flags_are_read_and_deleted_with_the_samples_rights(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    call = await driver.answered(lab.number("silent", serial()), DIALER_HOLD_S=1)
    await driver.said("DialerAbandon", call)
    answer = await driver.line.ask("DBDel", ("Family", "dialer"), ("Key", f"abandon/{call}"))
    assert answer["Response"] == "Success"
    assert call not in await driver.flags("abandon")


async def test_who_hangs_up_while_waiting_leaves_no_flag(driver: Driver, lab: Lab, serial: Fresh) -> None:
    call = await driver.answered(lab.number("impatient", serial(), talk_s=0.5))
    await driver.gone(call)
    assert driver.story(call)[-1] == "Hangup"
    assert call not in await driver.flags("abandon")


async def test_a_bridge_to_an_agent_who_is_gone_is_refused_and_the_person_hears_the_message(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    number = lab.number("silent", serial(), ring_s=0.2, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=1)
    answer = await driver.connect(call, "s-nobody-1")
    assert answer["Response"] == "Error"
    assert "Channel2 does not exist" in answer["Message"]
    await driver.said("DialerAbandon", call)
    await driver.gone(call)
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1


async def test_an_agent_gone_in_the_same_instant_never_leaves_the_person_in_silence(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    number = lab.number("silent", serial(), ring_s=0.2, taped=True)
    seat = await driver.seat(lab.endpoint(agent_no()))
    call = await driver.answered(number, DIALER_HOLD_S=1)
    _, answer = await asyncio.gather(
        driver.line.ask("Hangup", ("Channel", seat)),
        driver.line.ask("Bridge", ("Channel1", call), ("Channel2", seat)),
    )
    await driver.said("DialerAbandon", call)
    await driver.gone(call)
    assert call in await driver.flags("abandon")
    assert lab.heard_s(await driver.carrier_call(number), sounds.MESSAGE_HZ) > 1, answer


async def test_a_person_gone_in_the_same_instant_leaves_the_agent_free(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    seat = await driver.seat(lab.endpoint(agent_no()))
    number = lab.number("silent", serial())
    call = await driver.answered(number)
    async with lab.far_end(number) as hang_up:
        _, answer = await asyncio.gather(
            hang_up(), driver.line.ask("Bridge", ("Channel1", call), ("Channel2", seat))
        )
    await driver.gone(call)
    if answer["Response"] == "Success":
        await driver.entered(seat, "holding_bridge", times=2)
    again = await driver.answered(lab.number("silent", serial(), talk_s=0.5))
    assert (await driver.connect(again, seat))["Response"] == "Success"


@pytest.mark.parametrize("early_s", [0.3, 0.15, 0.02])
async def test_a_bridge_in_the_last_moment_of_the_timer_ends_in_a_conversation_or_in_the_message(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh, early_s: float
) -> None:
    number = lab.number("silent", serial(), ring_s=0.2, talk_s=6, taped=True)
    seat = await driver.seat(lab.endpoint(agent_no(), taped=True))
    call = await driver.answered(number, DIALER_HOLD_S=1)
    await asyncio.sleep(1 - early_s)
    connected = (await driver.connect(call, seat))["Response"] == "Success"
    await driver.gone(call)
    heard = await driver.carrier_call(number)
    agent_s = lab.heard_s(heard, sounds.AGENT_HZ)
    message_s = lab.heard_s(heard, sounds.MESSAGE_HZ)
    assert agent_s > 1 or message_s > 1, (connected, driver.story(call))
    if "DialerAbandon" in driver.story(call):
        assert call in await driver.flags("abandon")


async def test_the_timer_does_not_fire_in_a_conversation(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    seat = await driver.seat(lab.endpoint(agent_no()))
    call = await driver.answered(lab.number("silent", serial(), talk_s=5), DIALER_HOLD_S=3)
    await driver.connect(call, seat)
    await driver.gone(call)
    assert "DialerAbandon" not in driver.story(call)


async def test_the_greetings_begin_and_end_are_told_where_asked_for(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    asked, other = await asyncio.gather(
        driver.answered(lab.number("human", serial(), talk_s=5), DIALER_TALK_DETECT=1, DIALER_HOLD_S=9),
        driver.answered(lab.number("human", serial(), talk_s=5), DIALER_HOLD_S=9),
    )
    await driver.gone(asked)
    await driver.gone(other)
    spoke = driver.instant(asked, "ChannelTalkingStop") - driver.instant(asked, "ChannelTalkingStart")
    assert 0.5 < spoke < 4
    assert "ChannelTalkingStart" not in driver.story(other)


async def test_the_dialer_may_send_a_waiting_person_to_the_message_at_once(
    driver: Driver, lab: Lab, serial: Fresh
) -> None:
    call = await driver.answered(lab.number("silent", serial()), DIALER_HOLD_S=60)
    headers = (("Context", "dialer-abandoned"), ("Exten", "s"), ("Priority", "1"))
    await driver.line.ask("Redirect", ("Channel", call), *headers)
    await driver.said("DialerAbandon", call)
    await driver.gone(call)
