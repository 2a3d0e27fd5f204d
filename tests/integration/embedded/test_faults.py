"""The whole daemon while the line and the switch misbehave: the books must agree with the carrier's record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from ami.fake import Callee, Kind, congested, run
from dialer.lab import shift
from tests.parts.embedded import Floor, balance, working

pytestmark = pytest.mark.slow

Fault = Callable[[Floor], Awaitable[None]]


async def nothing(_: Floor) -> None:
    return


async def cut(floor: Floor) -> None:
    """The connection breaks; calls go on."""
    floor.asterisk.cut()


async def cut_again_and_again(floor: Floor) -> None:
    for _ in range(8):
        floor.asterisk.cut()
        await asyncio.sleep(3)


async def half_open(floor: Floor) -> None:
    """The peer is gone without a word, and comes back half a minute later."""
    floor.asterisk.faults.silent = True
    await asyncio.sleep(30)
    floor.asterisk.faults.silent = False
    floor.asterisk.cut()


async def kill(floor: Floor) -> None:
    """Asterisk dies and is started anew: the phones are rung again, the agents come back."""
    await floor.asterisk.kill()
    await asyncio.sleep(5)
    await floor.asterisk.start()
    await asyncio.sleep(20)
    await floor.ready_again()


async def lost_events(floor: Floor) -> None:
    names = ("Hangup", "OriginateResponse", "BridgeEnter", "BridgeLeave", "DialEnd", "DialState")
    floor.asterisk.faults.lost.update(dict.fromkeys(names, 4))


async def slow(floor: Floor) -> None:
    floor.asterisk.faults.delay_s = 0.4
    await asyncio.sleep(15)
    floor.asterisk.faults.delay_s = 0.0


async def deaf(floor: Floor) -> None:
    """Orders are neither answered nor done for a while."""
    floor.asterisk.faults.deaf_to = {"bridge", "originate"}
    await asyncio.sleep(10)
    floor.asterisk.faults.deaf_to = set()


async def in_pieces(floor: Floor) -> None:
    floor.asterisk.faults.split_bytes = 11


async def failing_trunk(floor: Floor) -> None:
    """The first trunk refuses every call."""
    behaviour = floor.asterisk.behaviour
    floor.asterisk.behaviour = type(behaviour)(
        behaviour.callee, behaviour.phone, {"carrier": congested()}.get
    )
    await asyncio.sleep(15)
    floor.asterisk.behaviour = behaviour


async def dead_trunk(floor: Floor) -> None:
    """The first trunk swallows every call."""
    behaviour = floor.asterisk.behaviour
    floor.asterisk.behaviour = type(behaviour)(
        behaviour.callee, behaviour.phone, {"carrier": Callee(Kind.DEAD)}.get
    )
    await asyncio.sleep(15)
    floor.asterisk.behaviour = behaviour


# And how long the end of a conversation may go unseen by them.
FAULTS: tuple[tuple[Fault, float], ...] = (
    (nothing, 0.0),
    (cut, 1.0),
    (cut_again_and_again, 8.0),
    (half_open, 40.0),
    (kill, 20.0),
    (lost_events, 60.0),
    (slow, 0.4),
    (deaf, 0.0),
    (in_pieces, 0.0),
    (failing_trunk, 0.0),
    (dead_trunk, 0.0),
)


@pytest.mark.parametrize(("fault", "unseen_s"), FAULTS, ids=[fault.__name__ for fault, _ in FAULTS])
def test_the_books_agree_with_the_carrier_whatever_happens_to_the_line(
    fault: Fault, unseen_s: float, tmp_path: Path
) -> None:
    async def main() -> None:
        people = shift.mixed(70, no_answer=10)
        async with working(tmp_path, people, agents=8) as floor:
            await asyncio.sleep(6)
            await fault(floor)
            await floor.until_worked_off()
            # What nobody told is found by looking.
            await asyncio.sleep(120)
            assert await balance(floor, unseen_s) == []
            assert len(await floor.attempts()) >= len(people)
            seats = [channel for channel in floor.asterisk.machine.channels if channel.startswith("s-")]
            assert len(seats) == len(floor.asterisk.machine.channels) == 8
        await asyncio.sleep(1)
        assert not floor.asterisk.machine.channels

    run(main())
