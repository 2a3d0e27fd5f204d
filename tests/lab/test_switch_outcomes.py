"""Every way a call can end, as the switch tells it and as the carrier played it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from ami import (
    BridgeEntered,
    ChannelAnswered,
    ChannelHungUp,
    ChannelRang,
    DialFailed,
    OriginateFailed,
    OriginateSucceeded,
    Outgoing,
)
from dialer.lab.lab import Lab
from tests.lab.switching import Hand, switched

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def hand(lab: Lab) -> AsyncIterator[Hand]:
    async with switched(lab) as hand:
        yield hand


@pytest.mark.parametrize(
    ("kind", "cause", "tech_cause", "status"),
    [
        ("busy", 17, 486, "BUSY"),
        ("unavailable", 19, 480, "NOANSWER"),
        ("invalid", 1, 404, "NOANSWER"),
        ("changed", 22, 410, "NOANSWER"),
        ("rejected", 21, 603, "NOANSWER"),
        ("forbidden", 21, 403, "NOANSWER"),
        ("congestion", 34, 503, "CONGESTION"),
    ],
)
async def test_a_call_that_fails_is_told_by_cause_and_sip_status(
    hand: Hand, serial: Callable[[], int], kind: str, cause: int, tech_cause: int, status: str
) -> None:
    call_id = await hand.dial(hand.lab.number(kind, serial()))
    failed = await hand.wait(OriginateFailed, call_id)
    gone = await hand.gone(call_id)
    assert failed.reason == 0
    assert (gone.cause, gone.tech_cause) == (cause, tech_cause)
    assert [event.status for event in hand.all(DialFailed, call_id)] == [status]
    assert not hand.all(ChannelAnswered, call_id)


async def test_a_redirected_call_has_failed_even_where_asterisk_gives_no_cause(
    hand: Hand, serial: Callable[[], int]
) -> None:
    call_id = await hand.dial(hand.lab.number("redirect", serial()))
    assert (await hand.wait(OriginateFailed, call_id)).reason == 0
    gone = await hand.gone(call_id)
    # Asterisk itself is of two minds: the same answer gives either.
    assert (gone.cause, gone.tech_cause) in ((0, None), (23, 302))


@pytest.mark.parametrize(("kind", "rings"), [("no_answer", True), ("dead", False)])
async def test_our_own_time_out_is_told_from_the_far_ends_and_a_dead_trunk_from_a_ringing_phone(
    hand: Hand, serial: Callable[[], int], kind: str, rings: bool
) -> None:
    call_id = await hand.dial(hand.lab.number(kind, serial()), ring_timeout_s=3)
    failed = await hand.wait(OriginateFailed, call_id)
    gone = await hand.gone(call_id)
    assert failed.reason == 3
    assert gone.cause == 19
    assert bool(hand.all(ChannelRang, call_id)) is rings


async def test_a_phone_nobody_knows_fails_without_a_channel(hand: Hand) -> None:
    call_id = await hand.dial("PJSIP/nobody")
    assert (await hand.wait(OriginateFailed, call_id)).reason == 0
    assert not hand.all(ChannelHungUp, call_id)


async def test_a_call_hung_up_while_it_rings_carries_our_cause(hand: Hand, serial: Callable[[], int]) -> None:
    call_id = await hand.dial(hand.lab.number("no_answer", serial()))
    await hand.wait(ChannelRang, call_id)
    await hand.switch.hang_up(call_id, 26)
    assert (await hand.wait(OriginateFailed, call_id)).reason == 0
    assert (await hand.gone(call_id)).cause == 26


async def test_an_answered_call_rings_answers_and_waits_in_a_bridge_of_its_own(
    hand: Hand, serial: Callable[[], int]
) -> None:
    call_id = await hand.answered(hand.lab.number("human", serial(), talk_s=0.5))
    await hand.wait(OriginateSucceeded, call_id)
    assert len(hand.all(ChannelRang, call_id)) >= 1
    assert len(hand.all(ChannelAnswered, call_id)) == 1
    (entered,) = hand.all(BridgeEntered, call_id)
    assert (entered.bridge_name, entered.holding, entered.members) == (f"call-{call_id}", True, 1)
    assert (await hand.gone(call_id)).cause == 16


async def test_the_same_id_twice_fails_by_its_action_and_leaves_the_living_call_alone(
    hand: Hand, serial: Callable[[], int]
) -> None:
    number = hand.lab.number("human", serial())
    call_id = await hand.answered(number, hold_s=5)
    await hand.wait(OriginateSucceeded, call_id)
    await hand.switch.dial(_again(hand, call_id, number))
    assert (await hand.wait(OriginateFailed, call_id)).reason == 0
    assert [one.call_id for one in await hand.switch.snapshot() if one.channel_id == call_id] == [call_id]
    assert not hand.all(ChannelHungUp, call_id)


def _again(hand: Hand, call_id: str, number: str) -> Outgoing:
    return Outgoing(call_id, hand.lab.trunk_dial.format(number=number))


async def test_the_instants_are_the_switchs_own_and_close_to_ours(
    hand: Hand, serial: Callable[[], int]
) -> None:
    call_id = await hand.answered(hand.lab.number("human", serial(), talk_s=0.5))
    rang, answered = hand.all(ChannelRang, call_id)[0], hand.all(ChannelAnswered, call_id)[0]
    entered = hand.all(BridgeEntered, call_id)[0]
    assert rang.at < answered.at
    assert abs(entered.at - answered.at) < 5
    for event in (rang, answered, entered):
        assert event.received - event.at == pytest.approx(0, abs=30)
