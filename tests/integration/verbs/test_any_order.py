"""Verbs, hang-ups and dropped phones in any order: no agent in two calls, and every call comes to its end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from dialer import replay
from dialer.control import ControlError
from dialer.lab.people import Kind, Person
from tests.parts.desks import Desks, at_desks, person
from tests.parts.virtual_time import on_virtual_time

PEOPLE = tuple(person(n) for n in range(40))
OUTSIDE = (
    person(70).number,
    person(71).number,
    Person(Kind.BUSY, 72).number,
    Person(Kind.NO_ANSWER, 73).number,
)
STEPS = 120
AGENTS = ("a0", "a1", "a2")


async def _wish(desks: Desks, rng: random.Random) -> None:
    control, agent = desks.control, rng.choice(AGENTS)
    other = rng.choice(AGENTS)
    wishes: list[Callable[[], object]] = [
        lambda: control.hold(agent),
        lambda: control.hold(agent),
        lambda: control.unhold(agent),
        lambda: control.unhold(agent),
        lambda: control.transfer(agent, to_agent=other),
        lambda: control.transfer(agent, to_number=rng.choice(OUTSIDE)),
        lambda: control.add(agent, to_agent=other),
        lambda: control.add(agent, to_number=rng.choice(OUTSIDE)),
        lambda: control.drop(agent),
        lambda: control.leave(agent),
        lambda: control.hang_up(agent),
        lambda: control.record(agent, rng.choice(("start", "stop", "pause", "resume"))),
        lambda: control.ready(agent, skip_interval=True),
        lambda: control.ready(agent, skip_interval=True),
        lambda: control.pause(agent),
        lambda: control.dial(agent, lead=str(rng.randrange(len(PEOPLE)))),
        *([lambda: control.accept(agent)] * 6),
        lambda: control.skip(agent, "not now"),
        lambda: control.dispose(agent, "done"),
        lambda: control.log_in(agent, ready=True),
    ]
    try:
        await rng.choice(wishes)()  # type: ignore[misc]
    except ControlError:
        return  # refused, with a reason


def _mishap(desks: Desks, rng: random.Random) -> None:
    live = sorted(desks.asterisk.machine.channels)
    others = [one for one in live if not one.startswith("s-")]
    pool = live if rng.random() < 0.2 else others
    if pool:
        desks.hang_up(rng.choice(pool))


@pytest.mark.parametrize("seed", range(6))
@on_virtual_time
async def test_whatever_is_wished_in_any_order_no_agent_is_in_two_calls_and_every_call_ends(
    tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    dialing = ("auto", "auto", "preview")[seed % 3]
    more = {"recording": {"mode": "on_demand", "folder": "/spool"}, "dialing": dialing}
    drop = "rescue" if seed % 2 else "hang_up"
    async with at_desks(tmp_path, PEOPLE, agent_drop=drop, more=more) as desks:
        for agent in AGENTS:
            await desks.control.ready(agent, skip_interval=True)
        for _ in range(STEPS):
            if rng.random() < 0.12:
                _mishap(desks, rng)
            else:
                await _wish(desks, rng)
            # Now and then nothing passes between two wishes, now and then all that was asked for happens first.
            await asyncio.sleep(rng.choice((0.0, 0.0, 0.001, 0.01, 1.0, 4.0)))
            assert desks.wrong == []
        await desks.control.set_run_state("lab", "draining")
        for _ in range(20):
            for channel_id in [one for one in desks.asterisk.machine.channels if not one.startswith("s-")]:
                if channel_id in desks.asterisk.machine.channels:
                    desks.hang_up(channel_id)
            await asyncio.sleep(5)
        assert not desks.floor.calls
        assert not desks.floor.parties
        wanted = {"call_held", "attempt_passed", "party_dialed", "recording_started", "preview_shown"}
        assert wanted & set(desks.told(*wanted))  # the draw was worth playing
        assert all(one.state == "ended" for one in await desks.attempts())
        for agent in AGENTS:
            known = desks.agent(agent)
            assert known.call_id is None, known
            if known.seat_id is not None and known.seat_id in desks.asterisk.machine.channels:
                assert desks.together(known.seat_id), known
    # What was wished is in the flight recorder too: the shift goes through the core again, bit for bit.
    seen = replay.replay(replay.opened(tmp_path / "data" / "journal").records())
    assert seen.difference is None
    assert seen.events > STEPS / 2
