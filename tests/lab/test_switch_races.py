"""Things that happen in the same instant on a real Asterisk: nobody is lost, and every fact carries our id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from ami import (
    ActionRefused,
    BridgeEntered,
    ChannelHungUp,
    DialerAbandon,
    DialerReleased,
    OriginateFailed,
    OriginateSucceeded,
    Outgoing,
)
from dialer.lab.lab import Lab
from dialer.runtime.ids import Ids
from tests.lab.patience import until
from tests.lab.switching import Hand, fresh_id, switched

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def hand(lab: Lab) -> AsyncIterator[Hand]:
    async with switched(lab) as hand:
        yield hand


async def bridged(hand: Hand, call_id: str, seat_id: str) -> None:
    try:
        await hand.switch.bridge(call_id, seat_id)
    except ActionRefused as error:
        if not error.gone:
            raise


async def test_an_agent_who_goes_as_the_call_comes_leaves_nobody_in_silence(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    async with asyncio.TaskGroup() as group:
        seats = [group.create_task(hand.seat(agent_no())) for _ in range(6)]
    async with asyncio.TaskGroup() as group:
        numbers = [hand.lab.number("human", serial(), talk_s=10.0) for _ in seats]
        calls = [group.create_task(hand.answered(number, hold_s=3)) for number in numbers]
    pairs = [(call.result(), seat.result()) for call, seat in zip(calls, seats, strict=True)]

    async def at_once(call_id: str, seat_id: str, lead_s: float) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(bridged(hand, call_id, seat_id))
            await asyncio.sleep(lead_s)
            group.create_task(hand.switch.hang_up(seat_id))

    async with asyncio.TaskGroup() as group:
        for n, (call_id, seat_id) in enumerate(pairs):
            group.create_task(at_once(call_id, seat_id, n * 0.0005))
    for call_id, seat_id in pairs:
        await hand.gone(seat_id)
        await hand.gone(call_id)
        # Both come before the end: the message was played, or a conversation had begun.
        assert hand.all(DialerAbandon, call_id) or hand.all(DialerReleased, call_id)


async def test_a_bridge_after_the_wait_is_over_tells_both_facts_and_leaves_no_channel(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    seat_id = await hand.seat(agent_no())
    call_id = await hand.answered(hand.lab.number("human", serial(), talk_s=6), hold_s=1)
    await hand.wait(DialerAbandon, call_id)
    await hand.switch.bridge(call_id, seat_id)
    await hand.talking(call_id)
    await hand.gone(call_id)
    await hand.wait(BridgeEntered, seat_id, lambda e: e.holding, times=2)
    assert len(hand.all(ChannelHungUp, call_id)) == 1

    async def settled() -> bool:
        return not any("Surrogate" in name for name in await hand.lab.pbx.channels())

    await until(settled)


async def test_of_many_who_wait_each_gets_the_agent_they_were_given(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    """The switch bridges any channel whose id begins with the one it is given."""
    ids = Ids("main", fresh_id("b").replace("-", ""))
    calls = {ids.call(): hand.lab.number("human", serial(), talk_s=20.0) for _ in range(12)}
    async with asyncio.TaskGroup() as group:
        seats = [group.create_task(hand.seat(agent_no())) for _ in calls]
        for call_id, number in calls.items():
            hand.made.append(call_id)
            dial_string = hand.lab.trunk_dial.format(number=number)
            group.create_task(hand.switch.dial(Outgoing(call_id, dial_string, hold_s=30)))
    for call_id in calls:
        await hand.wait(BridgeEntered, call_id, lambda e: e.holding)
    for call_id, seat in zip(calls, seats, strict=True):
        await hand.switch.bridge(call_id, seat.result())
        assert (await hand.talking(call_id)).bridge_id == (await hand.talking(seat.result())).bridge_id


async def test_many_calls_placed_at_once_each_have_one_outcome(hand: Hand, serial: Callable[[], int]) -> None:
    kinds = ["busy", "invalid", "congestion", "unavailable", "human"] * 6
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                hand.dial(hand.lab.number(kind, serial(), talk_s=0.5 if kind == "human" else None))
            )
            for kind in kinds
        ]
    for kind, task in zip(kinds, tasks, strict=True):
        call_id = task.result()
        await hand.gone(call_id)
        failed, succeeded = hand.all(OriginateFailed, call_id), hand.all(OriginateSucceeded, call_id)
        if kind == "human":
            await hand.wait(OriginateSucceeded, call_id)
        else:
            await hand.wait(OriginateFailed, call_id)
        assert len(failed) + len(succeeded) <= 1
        assert len(hand.all(ChannelHungUp, call_id)) == 1
