"""The line lost and found again on a real Asterisk: killed, restarted, half-open, refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from ami import (
    BridgeEntered,
    ChannelHungUp,
    ChannelRang,
    DialerAbandon,
    LineDown,
    LinkDown,
    LinkState,
    LinkUp,
    NodeAddress,
    OriginateFailed,
    Synced,
    Timing,
)
from dialer.lab.lab import Lab
from tests.lab.patience import until
from tests.lab.switching import address, switched
from tests.parts.faults import Faults, fault_proxy

pytestmark = pytest.mark.asterisk


async def test_a_killed_asterisk_comes_back_empty_and_nothing_is_dialed_again(
    make_lab: Callable[..., Lab],
) -> None:
    async with make_lab() as lab, switched(lab) as hand:
        seat_id = await hand.seat(1)
        ringing = await hand.dial(lab.number("no_answer", 1))
        await hand.wait(ChannelRang, ringing)
        lab.pbx.kill()
        down = await hand.wait(LinkDown)
        assert down.reason
        before = {call.number for call in lab.carrier_calls()}
        for serial in (2, 3, 4):
            with pytest.raises(LineDown):
                await hand.dial(lab.number("human", serial))
        await lab.pbx.start()
        synced = await hand.wait(Synced, times=2)
        up = await hand.wait(LinkUp, times=2)
        assert synced.restarted
        assert up.restarted
        assert synced.channels == ()
        assert synced.boot != hand.all(Synced)[0].boot
        # A new call goes through; by its end the old ones would have been dialed if they ever were.
        fresh = await hand.answered(lab.number("human", 5, talk_s=0.5))
        await hand.gone(fresh)
        arrived = {lab.number("human", serial) for serial in (2, 3, 4)}
        assert not arrived & ({call.number for call in lab.carrier_calls()} - before)
        assert not hand.all(ChannelHungUp, seat_id)


async def test_a_graceful_restart_is_announced(make_lab: Callable[..., Lab]) -> None:
    async with make_lab() as lab, switched(lab) as hand:
        await asyncio.to_thread(lab.pbx.stop)
        down = await hand.wait(LinkDown)
        assert down.reason == "Asterisk is shutting down"
        await lab.pbx.start()
        assert (await hand.wait(LinkUp, times=2)).restarted


async def test_a_new_dialer_finds_every_channel_and_hears_the_end_of_old_calls(
    lab: Lab, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    async with switched(lab) as old:
        seat_id, free_seat = await old.seat(agent_no()), await old.seat(agent_no())
        talking = await old.answered(lab.number("human", serial()))
        await old.switch.bridge(talking, seat_id)
        await old.talking(seat_id)
        holding = await old.answered(lab.number("human", serial()), hold_s=60)
        ringing = await old.dial(lab.number("no_answer", serial()), ring_timeout_s=6)
        await old.wait(ChannelRang, ringing)
        async with switched(lab) as new:
            found = {one.channel_id: one for one in new.all(Synced)[0].channels}
            assert not new.all(Synced)[0].restarted
            assert found[talking].bridge_id == found[seat_id].bridge_id
            assert found[talking].call_id == talking
            assert (found[free_seat].application, found[free_seat].context) == ("BridgeWait", "dialer-seat")
            assert (found[holding].application, found[holding].context) == ("BridgeWait", "dialer-hold")
            assert found[ringing].state == "Ringing"
            assert found[ringing].call_id == ringing
            assert (await new.wait(OriginateFailed, ringing)).reason == 3
            await new.gone(ringing)
            await new.switch.bridge(holding, free_seat)
            await new.talking(free_seat)


async def test_a_dialer_that_was_away_finds_the_abandoned_call_in_the_flags(
    lab: Lab, serial: Callable[[], int]
) -> None:
    async with (
        switched(lab) as hand,
        fault_proxy(lab.node.host, lab.node.port) as proxy,
        switched(lab, address(lab, port=proxy.port)) as away,
    ):
        call_id = await away.answered(lab.number("human", serial(), talk_s=10.0), hold_s=1)
        await proxy.refuse()
        await away.wait(LinkDown)
        await hand.wait(DialerAbandon, call_id)
        await proxy.accept()
        synced = await away.wait(Synced, times=2)
        assert call_id in synced.flags.abandon
        assert not away.all(DialerAbandon, call_id)
        await away.switch.clear_flags([("abandon", call_id)])
        assert ("abandon", call_id) not in (await away.switch.read_flags()).keys


async def test_a_half_open_line_is_noticed_and_the_call_goes_on(
    lab: Lab, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    impatient = Timing(ping_interval_s=0.5, pong_timeout_s=3.0)
    async with (
        fault_proxy(lab.node.host, lab.node.port) as proxy,
        switched(lab, address(lab, port=proxy.port), timing=impatient) as hand,
    ):
        seat_id = await hand.seat(agent_no())
        call_id = await hand.answered(lab.number("human", serial()))
        await hand.switch.bridge(call_id, seat_id)
        await hand.talking(seat_id)
        proxy.go_silent()
        down = await hand.wait(LinkDown)
        assert "ping" in down.reason
        proxy.speak_again()
        synced = await hand.wait(Synced, times=2)
        found = {one.channel_id: one for one in synced.channels}
        assert found[call_id].bridge_id == found[seat_id].bridge_id != ""
        assert not synced.restarted


async def test_a_line_of_single_bytes_tells_the_same_story(
    lab: Lab, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    async with fault_proxy(lab.node.host, lab.node.port) as proxy:
        proxy.faults = Faults(split_bytes=1)
        async with switched(lab, address(lab, port=proxy.port)) as hand:
            seat_id = await hand.seat(agent_no())
            call_id = await hand.answered(lab.number("human", serial(), talk_s=0.5))
            await hand.switch.bridge(call_id, seat_id)
            await hand.gone(call_id)
            await hand.wait(BridgeEntered, seat_id, lambda e: e.holding, times=2)


async def test_a_wrong_password_is_refused_with_the_remedy(lab: Lab) -> None:
    async with switched(lab, address(lab, secret="wrong"), wait=False) as hand:
        await until(lambda: hand.switch.state is LinkState.REFUSED)
        assert "manager.conf" in hand.switch.reason
        assert hand.events == []
        with pytest.raises(LineDown, match=r"manager\.conf"):
            await hand.switch.snapshot()


async def test_a_user_without_the_right_to_read_system_events_is_told_so(lab: Lab) -> None:
    fence = NodeAddress("pbx", lab.fence.host, lab.fence.port, lab.fence.username, lab.fence.secret)
    async with switched(lab, fence, timing=Timing(boot_timeout_s=1), wait=False) as hand:
        await until(lambda: "read=system" in hand.switch.reason)
        assert hand.switch.state is not LinkState.UP
