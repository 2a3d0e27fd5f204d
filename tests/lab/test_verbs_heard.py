"""What people hear and what is recorded on a real Asterisk: hold, three in one conversation, both sides apart."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Callable
from pathlib import Path

import pytest

from dialer.lab import sounds
from dialer.lab.lab import Lab
from tests.lab.driver import Driver
from tests.lab.patience import until

pytestmark = pytest.mark.asterisk


Fresh = Callable[[], int]


def side_of(raw: bytes, channel: int, folder: Path) -> Path:
    """One side of a recording, as a file whose tones can be measured."""
    pairs = raw[: len(raw) // 4 * 4]
    samples = b"".join(pairs[at : at + 2] for at in range(2 * channel, len(pairs), 4))
    file = folder / f"{channel}.wav"
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(samples)
    return file


async def _move(driver: Driver, channel: str, context: str, exten: str) -> None:
    place = (("Context", context), ("Exten", exten), ("Priority", "1"))
    assert (await driver.line.ask("Redirect", ("Channel", channel), *place))["Response"] == "Success"


async def test_a_recording_keeps_person_and_agent_apart_through_a_hold(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh, tmp_path: Path
) -> None:
    seat = await driver.seat(lab.endpoint(agent_no(), taped=True))
    number = lab.number("talker", serial(), ring_s=0.2, talk_s=40)
    call = await driver.answered(number, DIALER_HOLD_S=10)
    file = f"{lab.pbx.home}/spool/{call}-1.raw"
    await driver.connect(call, seat)
    taped = (("Channel", call), ("File", file), ("Options", "D"))
    assert (await driver.line.ask("MixMonitor", *taped))["Response"] == "Success"
    await asyncio.sleep(2)
    await _move(driver, call, "dialer-park", "s")
    await driver.entered(seat, "holding_bridge", times=2)
    await asyncio.sleep(1)
    await driver.connect(call, seat)
    await asyncio.sleep(1)
    await driver.line.ask("StopMixMonitor", ("Channel", call))
    await driver.hang_up(call)
    tape = lab.pbx.outside / "spool" / f"{call}-1.raw"
    await until(
        lambda: tape.stat().st_size > 3 * 8000 * 4
    )  # what was said last is still on its way to the disk
    raw = await asyncio.to_thread(tape.read_bytes)
    person, agent = (side_of(raw, channel, tmp_path) for channel in (0, 1))
    assert sounds.seconds_of(person, sounds.CALLEE_HZ) > 2
    assert sounds.seconds_of(person, sounds.AGENT_HZ) < 0.1
    assert sounds.seconds_of(agent, sounds.AGENT_HZ) > 1.5
    assert sounds.seconds_of(agent, sounds.CALLEE_HZ) < 0.1
    assert sounds.seconds_of(agent, sounds.MUSIC_HZ) > 0.3  # what the person heard on hold


async def test_on_hold_the_person_hears_music_and_the_agent_nothing(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    agent = agent_no()
    seat = await driver.seat(lab.endpoint(agent, taped=True))
    number = lab.number("talker", serial(), ring_s=0.2, talk_s=40, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=10)
    await driver.connect(call, seat)
    await asyncio.sleep(1)
    await _move(driver, call, "dialer-park", "s")
    await driver.entered(seat, "holding_bridge", times=2)
    await asyncio.sleep(3)
    await driver.hang_up(call)
    await driver.hang_up(seat)
    person = await driver.carrier_call(number)
    phone = await driver.carrier_call(lab.phone(agent, taped=True))
    assert lab.heard_s(person, sounds.MUSIC_HZ) > 1.5
    assert 0.3 < lab.heard_s(person, sounds.AGENT_HZ) < 3
    assert 0.3 < lab.heard_s(phone, sounds.CALLEE_HZ) < 3
    assert lab.heard_s(phone, sounds.MUSIC_HZ) < 0.1


async def test_all_three_hear_each_other_and_the_two_who_stay_too(
    driver: Driver, lab: Lab, agent_no: Fresh, serial: Fresh
) -> None:
    first, second = agent_no(), agent_no()
    seat = await driver.seat(lab.endpoint(first))
    number = lab.number("silent", serial(), ring_s=0.2, talk_s=40, taped=True)
    call = await driver.answered(number, DIALER_HOLD_S=10)
    await driver.connect(call, seat)
    party = await driver.seat(lab.endpoint(second, taped=True))
    for channel in (seat, party):
        await driver.set_variable(channel, "DIALER_WITH", call)
    await _move(driver, call, "dialer-three", "person")
    for channel in (seat, party):
        await _move(driver, channel, "dialer-three", "seat")
    await driver.entered(party, "softmix")
    await asyncio.sleep(1.5)
    await _move(driver, seat, "dialer-seat", "seat")
    await driver.entered(seat, "holding_bridge", times=2)
    await asyncio.sleep(1.5)
    await driver.hang_up(call)
    await driver.entered(party, "holding_bridge", times=2)
    assert lab.heard_s(await driver.carrier_call(number), sounds.AGENT_HZ) > 1.5
