"""Connecting a person with an agent: what works, what is refused, and who hears what."""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ami import ActionRefused, BridgeEntered, BridgeLeft, DialerAbandon, DialerOptOut, DialerReleased
from dialer.lab import sounds
from dialer.lab.lab import Lab
from dialer.lab.record import CarrierCall
from tests.lab.patience import until
from tests.lab.switching import Hand, switched

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def hand(lab: Lab) -> AsyncIterator[Hand]:
    async with switched(lab) as hand:
        yield hand


async def taped(lab: Lab, number: str) -> CarrierCall:
    """The carrier's record of an ended call."""
    await until(lambda: any(call.number == number for call in lab.carrier_calls()))
    return [call for call in lab.carrier_calls() if call.number == number][-1]


async def test_a_connected_call_is_marked_and_its_agent_waits_again_when_it_ends(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    seat_id = await hand.seat(agent_no())
    number = hand.lab.number("human", serial())
    call_id = await hand.answered(number)
    await hand.switch.bridge(call_id, seat_id)
    together = await hand.talking(seat_id)
    assert together.bridge_id == (await hand.talking(call_id)).bridge_id
    marks = await hand.switch.variables(("DIALER_CONNECTED",))
    assert marks[call_id] == {"DIALER_CONNECTED": "1"}
    assert await hand.switch.get_var(call_id, "DIALER_CONNECTED") == "1"
    talking = {one.channel_id: one for one in await hand.switch.snapshot()}
    assert talking[call_id].bridge_id == talking[seat_id].bridge_id == together.bridge_id
    assert talking[call_id].call_id == call_id
    assert talking[seat_id].call_id == ""
    await hand.lab.hang_up_at_carrier(number)
    await hand.gone(call_id)
    back = await hand.wait(BridgeEntered, seat_id, lambda e: e.holding, times=2)
    assert back.bridge_name == f"seat-{seat_id}"
    assert not hand.all(DialerAbandon, call_id)


async def test_the_agent_hears_a_tone_of_200_ms_and_the_person_does_not(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    phone = agent_no()
    number = hand.lab.number("talker", serial(), talk_s=3, taped=True)
    seat_id = await hand.seat(phone, taped=True)
    call_id = await hand.answered(number)
    await hand.switch.bridge(call_id, seat_id)
    await hand.gone(call_id)
    await hand.switch.hang_up(seat_id)
    agent, person = await taped(hand.lab, hand.lab.phone(phone, taped=True)), await taped(hand.lab, number)
    assert hand.lab.heard_s(agent, sounds.TONE200_HZ) == pytest.approx(0.2, abs=0.08)
    assert hand.lab.heard_s(person, sounds.TONE200_HZ) == 0
    assert hand.lab.heard_s(agent, sounds.CALLEE_HZ) > 1.0
    assert hand.lab.heard_s(person, sounds.AGENT_HZ) > 1.0


async def test_without_the_tone_the_agent_hears_the_person_only(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    phone = agent_no()
    seat_id = await hand.seat(phone, taped=True)
    call_id = await hand.answered(hand.lab.number("talker", serial(), talk_s=2.5, taped=True))
    await hand.switch.bridge(call_id, seat_id, tone=False)
    await hand.gone(call_id)
    await hand.switch.hang_up(seat_id)
    agent = await taped(hand.lab, hand.lab.phone(phone, taped=True))
    assert hand.lab.heard_s(agent, sounds.TONE200_HZ) == 0
    assert hand.lab.heard_s(agent, sounds.CALLEE_HZ) > 0.8


async def test_an_agent_who_is_gone_is_refused_and_the_next_one_gets_the_call(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    gone_seat, next_seat = await hand.seat(agent_no()), await hand.seat(agent_no())
    call_id = await hand.answered(hand.lab.number("human", serial()))
    await hand.switch.hang_up(gone_seat)
    await hand.gone(gone_seat)
    with pytest.raises(ActionRefused) as caught:
        await hand.switch.bridge(call_id, gone_seat)
    assert caught.value.gone
    assert await hand.switch.get_var(call_id, "DIALER_CONNECTED") != "1"
    await hand.switch.bridge(call_id, next_seat)
    await hand.talking(next_seat)


async def test_a_person_who_is_gone_is_refused_and_the_agent_stays_held(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    seat_id = await hand.seat(agent_no())
    call_id = await hand.answered(hand.lab.number("human", serial(), talk_s=0.5))
    await hand.gone(call_id)
    with pytest.raises(ActionRefused) as caught:
        await hand.switch.bridge(call_id, seat_id)
    assert caught.value.gone
    with pytest.raises(ActionRefused) as hung_up:
        await hand.switch.hang_up(call_id)
    assert hung_up.value.gone
    assert not hand.all(BridgeLeft, seat_id)


async def test_asterisk_lets_a_bridge_steal_a_busy_agent(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    seat_id = await hand.seat(agent_no())
    first = await hand.answered(hand.lab.number("human", serial()))
    await hand.switch.bridge(first, seat_id)
    await hand.talking(seat_id)
    second = await hand.answered(hand.lab.number("human", serial()))
    await hand.switch.bridge(second, seat_id)
    assert (await hand.talking(seat_id, times=2)).bridge_id == (await hand.talking(second)).bridge_id
    await hand.wait(DialerReleased, first)


async def test_nobody_free_leaves_a_flag_that_is_cleared_one_by_one(
    hand: Hand, serial: Callable[[], int]
) -> None:
    call_id = await hand.answered(hand.lab.number("optout", serial(), talk_s=0.0), hold_s=1)
    await hand.wait(DialerAbandon, call_id)
    pressed = await hand.wait(DialerOptOut, call_id)
    flags = await hand.switch.read_flags()
    assert -2 < pressed.at - flags.abandon[call_id] < 60
    assert flags.optout[call_id] >= math.floor(flags.abandon[call_id])
    await hand.switch.clear_flags([("abandon", call_id)])
    flags = await hand.switch.read_flags()
    assert call_id not in flags.abandon
    assert call_id in flags.optout
    await hand.switch.clear_flags([("abandon", call_id), ("optout", call_id)])
    assert call_id not in (await hand.switch.read_flags()).optout


async def test_a_recording_starts_before_the_bridge_and_holds_both_voices(
    hand: Hand, agent_no: Callable[[], int], serial: Callable[[], int]
) -> None:
    box = hand.lab.pbx
    seat_id = await hand.seat(agent_no(), taped=True)
    call_id = await hand.answered(hand.lab.number("talker", serial(), talk_s=3, taped=True))
    async with asyncio.TaskGroup() as group:
        group.create_task(hand.switch.record(call_id, f"{box.home}/spool/{call_id}.wav"))
        group.create_task(hand.switch.bridge(call_id, seat_id))
    await hand.gone(call_id)
    file = box.outside / "spool" / f"{call_id}.wav"
    await hand.switch.hang_up(seat_id)
    await until(lambda: _frames(file) > 5_000)
    with wave.open(str(file)) as tape:
        raw = tape.readframes(tape.getnframes())
    middle = struct.unpack(f"<{len(raw) // 2}h", raw)[len(raw) // 4 :][: sounds.RATE // 2]
    assert sounds.loudness(middle, sounds.CALLEE_HZ) > 0.2
    assert sounds.loudness(middle, sounds.AGENT_HZ) > 0.2


def _frames(file: Path) -> int:
    """How much sound the head of a recording says there is: the switch writes that when it closes the file."""
    try:
        with wave.open(str(file)) as tape:
            return tape.getnframes()
    except (FileNotFoundError, EOFError, wave.Error):
        return 0


async def test_a_name_with_letters_of_the_world_arrives_as_it_is(
    hand: Hand, serial: Callable[[], int]
) -> None:
    call_id = await hand.answered(hand.lab.number("human", serial()), hold_s=5)
    for text in ("Zoë O'Brien-Müller", "Ελένη", "李小龍", "a=b=c"):
        await hand.switch.set_var(call_id, "DIALER_TEST", text)
        assert await hand.switch.get_var(call_id, "DIALER_TEST") == text


async def test_a_person_can_be_sent_to_the_message(hand: Hand, serial: Callable[[], int]) -> None:
    call_id = await hand.answered(hand.lab.number("human", serial()), hold_s=30)
    await hand.switch.redirect(call_id, "dialer-abandoned", "s")
    await hand.wait(DialerAbandon, call_id)
    assert call_id in (await hand.switch.read_flags()).abandon


async def test_a_waiting_agent_hears_a_sound_and_waits_again(hand: Hand, agent_no: Callable[[], int]) -> None:
    phone = agent_no()
    seat_id = await hand.seat(phone, taped=True)
    await hand.switch.play(seat_id, "dialer/opted-out")
    back = await hand.wait(BridgeEntered, seat_id, lambda e: e.holding, times=2)
    assert back.bridge_name == f"seat-{seat_id}"
    await hand.switch.hang_up(seat_id)
    agent = await taped(hand.lab, hand.lab.phone(phone, taped=True))
    assert hand.lab.heard_s(agent, sounds.OPTED_OUT_HZ) > 0.4


async def test_the_node_reports_on_itself(hand: Hand) -> None:
    report = await hand.switch.inspect(
        modules=["app_bridgewait", "app_nonsense"],
        contexts=["dialer-call", "nowhere"],
        variables=["DIALER_DIALPLAN", "DIALER_NOT_SET"],
    )
    assert report.version.startswith("22.")
    assert report.missing_modules == ("app_nonsense",)
    assert report.missing_contexts == ("nowhere",)
    assert set(report.global_variables) == {"DIALER_DIALPLAN"}
    assert report.user_events
    assert report.clock_offset_s == pytest.approx(0, abs=5)
    assert report.refused == {}
    assert report.actions >= {"Originate", "Bridge", "Hangup", "Setvar", "DBGetTree", "DBDel"}
    assert "Command" not in report.actions
