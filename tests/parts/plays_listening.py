"""What the daemon relies on while a supervisor listens, as plays for both switches.

The agents' phones of these plays speak all the time: Asterisk lets a listener go only when the heard phone sends
something.
"""

from __future__ import annotations

import asyncio

from ami import LiveChannel
from ami.events import ChannelAnswered, ChannelHungUp, OriginateFailed
from dialer.lab.people import Kind
from tests.parts.twins import PHONES, Stage

SPEAKS_S = 1.0
"""Long enough for Asterisk to have mixed a supervisor's voice into a conversation."""


async def listened_in(stage: Stage) -> None:
    """A supervisor hears an agent through modes and people; with the agent's phone the supervisor's goes too."""
    seat_id = await _speaking_seat(stage, "xena", 60)
    first = await stage.held("one", Kind.TALKER)
    mark = stage.mark()
    await stage.switch.bridge(first, seat_id)
    await stage.until_talking(first, seat_id, after=mark)
    listener = f"l-{stage.name}-boss"
    phone = PHONES.format(phone="super60")
    await stage.switch.listen(listener, seat_id, phone, mode="listen", timeout_s=15)
    await stage.until_is(listener, ChannelAnswered)
    for mode in ("whisper", "barge"):
        await stage.switch.hear(listener, mode)
        await _listens(stage, listener, mode)
    await asyncio.sleep(SPEAKS_S)
    mark = stage.mark()
    await stage.switch.hang_up(first)
    await stage.until_held(seat_id, after=mark)
    # Whoever speaks into a conversation keeps its other end listed until the voice is taken out.
    await stage.switch.hear(listener, "listen")
    await stage.until_gone(first)
    second = await stage.held("two", Kind.TALKER)
    mark = stage.mark()
    await stage.switch.bridge(second, seat_id)
    await stage.until_talking(second, seat_id, after=mark)
    assert (await _listens(stage, listener, "listen")).application == "ChanSpy"
    other = await _speaking_seat(stage, "yves", 61)
    await stage.switch.hear(listener, "whisper", other)
    await _listens(stage, listener, "whisper")
    await stage.switch.hang_up(seat_id)
    await stage.until_gone(seat_id)
    assert not stage.of(listener, ChannelHungUp)
    await stage.switch.hang_up(other)
    await stage.until_gone(other, listener)


async def stops_listening(stage: Stage) -> None:
    """The supervisor hangs up, or is hung up on, and the agent's leg stays; a seat that is gone is not waited for."""
    seat_id = await _speaking_seat(stage, "zora", 62)
    ended, left, late = (f"l-{stage.name}-{key}" for key in ("ended", "left", "late"))
    for listener, phone in ((ended, "super62"), (left, "super63")):
        await stage.switch.listen(listener, seat_id, PHONES.format(phone=phone), mode="whisper", timeout_s=15)
        await stage.until_is(listener, ChannelAnswered)
        await _listens(stage, listener, "whisper")
    await stage.switch.hang_up(ended)
    await stage.switch.hang_up(left)
    await stage.until_gone(ended, left)
    assert not stage.of(seat_id, ChannelHungUp)
    await stage.switch.hang_up(seat_id)
    await stage.until_gone(seat_id)
    await stage.switch.listen(late, seat_id, PHONES.format(phone="super64"), mode="listen", timeout_s=15)
    await stage.until_gone(late)


async def nobody_listens(stage: Stage) -> None:
    """A supervisor's phone that nobody takes off."""
    seat_id = await _speaking_seat(stage, "ulla", 65)
    await stage.world.set_phone(66, "deaf")
    listener = f"l-{stage.name}-deaf"
    await stage.switch.listen(listener, seat_id, PHONES.format(phone="agent66"), mode="listen", timeout_s=2)
    await stage.until_is(listener, OriginateFailed)
    await stage.until_gone(listener)
    await stage.world.set_phone(66, "")
    assert not stage.of(listener, ChannelAnswered)
    assert not stage.of(seat_id, ChannelHungUp)


async def _speaking_seat(stage: Stage, key: str, phone: int) -> str:
    stage.timed = False
    seat_id = stage.seat_id(key)
    await stage.switch.seat(
        seat_id, PHONES.format(phone=f"taped{phone}"), agent_exten=f"agent{phone}", timeout_s=15
    )
    await stage.until_held(seat_id)
    return seat_id


async def _listens(stage: Stage, listener: str, mode: str) -> LiveChannel:
    """The listening phone as the switch lists it, once it listens in this mode."""
    async with asyncio.timeout(60):
        while True:
            found = [one for one in await stage.switch.snapshot() if one.channel_id == listener]
            if found and found[0].exten == mode and found[0].application == "ChanSpy":
                assert found[0].context == "dialer-listen"
                return found[0]
            await asyncio.sleep(0.05)


PLAYS = (listened_in, stops_listening, nobody_listens)
