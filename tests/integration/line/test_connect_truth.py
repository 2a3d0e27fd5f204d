"""The truth of connect and abandon on a real Asterisk: nobody is ever hung up on in silence, and each case is counted.

Every callee here is taped: what they heard is the witness.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import storage
from dialer.core.agent import State
from dialer.lab import sounds
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import Shift, serial, working

pytestmark = pytest.mark.asterisk

HEARD_S = 0.3


def _taped(
    count: int, *, ring_s: float, talk_s: float | None = None, kind: Kind = Kind.SILENT
) -> tuple[Person, ...]:
    return tuple(Person(kind, serial(), ring_s=ring_s, talk_s=talk_s, taped=True) for _ in range(count))


def _message_s(lab: Lab, shift: Shift, number: str) -> float:
    return lab.heard_s(shift.carrier()[number], sounds.MESSAGE_HZ)


def _agree(lab: Lab, shift: Shift, attempts: dict[str, storage.Attempt], people: tuple[Person, ...]) -> None:
    """Whoever heard the message is abandoned in the books; whoever met nobody heard it, or left first."""
    for one in people:
        attempt, call = attempts[one.number], shift.carrier()[one.number]
        heard = _message_s(lab, shift, one.number) > HEARD_S
        assert attempt.abandoned or not heard, (one.number, attempt)
        if call.answered_at is not None and attempt.bridged_at is None:
            assert attempt.abandoned, (one.number, attempt)
            assert heard or call.ended_by == "callee", (one.number, attempt, call)


async def test_an_agent_whose_phone_goes_as_the_caller_answers_costs_nobody_silence(
    lab: Lab, tmp_path: Path
) -> None:
    people = _taped(6, ring_s=1.0, talk_s=6.0)
    async with working(lab, tmp_path, people, agents=6, intervals_s=(60,), connect_within_s=1) as shift:
        await shift.until(lambda: len(shift.of("attempt_rang")) == 6)
        rang_at = max(fact["at"] for fact in shift.of("attempt_rang"))

        async def drop(n: int) -> None:
            await asyncio.sleep(max(0.0, rang_at + 0.97 + 0.01 * n - shift.control.dialer.clock.now()))
            await lab.drop_phone(100 + n)

        await asyncio.gather(*(drop(n) for n in range(6)), return_exceptions=True)
        await shift.until_played(people)
        _agree(lab, shift, await shift.attempts(), people)


async def test_a_caller_no_agent_comes_for_hears_the_message_and_counts(lab: Lab, tmp_path: Path) -> None:
    people = _taped(3, ring_s=3.0, talk_s=8.0)
    async with working(lab, tmp_path, people, agents=3, connect_within_s=1) as shift:
        await shift.until(lambda: len(shift.of("attempt_dialed")) == 3)
        for n in range(3):
            await shift.control.pause(f"a{n}", "lunch")
        await shift.until_played(people)
        attempts = await shift.attempts()
        for one in people:
            assert attempts[one.number].outcome == "abandoned"
            assert _message_s(lab, shift, one.number) > HEARD_S
        assert (await shift.control.campaign_status("lab"))["ledger_24h"]["abandoned"] == 3


async def test_a_bridge_in_the_last_moments_of_the_timer_is_refused_or_counted_on_both_sides(
    lab: Lab, tmp_path: Path
) -> None:
    people = _taped(8, ring_s=3.0, talk_s=6.0)
    async with working(lab, tmp_path, people, agents=8, connect_within_s=2, intervals_s=(0,)) as shift:
        await shift.until(lambda: len(shift.of("attempt_dialed")) == 8)
        for n in range(8):
            await shift.control.pause(f"a{n}", "break")
        await shift.until(lambda: len(shift.floor.waiting) == 8)
        held_at = min(shift.floor.waiting.values())

        async def come(n: int, after_s: float) -> None:
            await asyncio.sleep(max(0.0, held_at + after_s - shift.control.dialer.clock.now()))
            await shift.control.ready(f"a{n}")

        # One surely in time and one surely late, however busy the machine; the others race the timer of 2 s.
        instants = (0.5, 1.70, 1.80, 1.90, 1.95, 2.00, 2.05, 2.60)
        await asyncio.gather(*(come(n, after_s) for n, after_s in enumerate(instants)))
        await shift.until_played(people)
        attempts = await shift.attempts()
        _agree(lab, shift, attempts, people)
        assert any(attempt.bridged_at is not None for attempt in attempts.values())
        assert any(attempt.abandoned for attempt in attempts.values())


async def test_a_caller_who_leaves_as_the_agent_comes_gives_the_agent_back(lab: Lab, tmp_path: Path) -> None:
    people = _taped(4, ring_s=3.0, talk_s=1.5, kind=Kind.IMPATIENT)
    async with working(lab, tmp_path, people, agents=4, connect_within_s=2, intervals_s=(0,)) as shift:
        await shift.until(lambda: len(shift.of("attempt_dialed")) == 4)
        for n in range(4):
            await shift.control.pause(f"a{n}", "break")
        await shift.until(lambda: len(shift.floor.waiting) == 4)
        await asyncio.sleep(1.40)
        for n in range(4):
            await shift.control.ready(f"a{n}")
        await shift.until_played(people)
        await shift.until(lambda: all(shift.agent(f"a{n}").free for n in range(4)))
        for attempt in (await shift.attempts()).values():
            assert attempt.outcome in {"connected", "gave_up", "abandoned"}
            assert attempt.abandoned == (attempt.outcome != "connected")


async def test_a_dropped_phone_ends_the_call_and_is_rung_once_more(lab: Lab, tmp_path: Path) -> None:
    people = _taped(1, ring_s=0.4, kind=Kind.TALKER)
    async with working(lab, tmp_path, people, agents=1) as shift:
        await shift.until(lambda: bool(shift.of("attempt_bridged")))
        await lab.drop_phone(100)
        await shift.until_played(people)
        assert shift.carrier()[people[0].number].ended_by == "caller"
        await shift.until(lambda: shift.agent("a0").seat.value == "held")
        agent = shift.agent("a0")
        assert agent.state is State.AWAY
        assert "hung up" in agent.reason or "phone" in agent.reason
        attempt = (await shift.attempts())[people[0].number]
        assert (attempt.outcome, attempt.agent, attempt.abandoned) == ("connected", "a0", False)


async def test_a_rescued_caller_gets_the_next_free_agent(lab: Lab, tmp_path: Path) -> None:
    people = _taped(1, ring_s=0.4, kind=Kind.TALKER)
    async with working(lab, tmp_path, people, agents=2, agent_drop="rescue", robots=False) as shift:
        await shift.until(lambda: bool(shift.of("attempt_bridged")))
        first = shift.of("attempt_bridged")[0]["agent"]
        await lab.drop_phone(100 + int(first[1:]))
        await shift.until(lambda: len(shift.of("attempt_bridged")) == 2)
        second = shift.of("attempt_bridged")[1]["agent"]
        assert second != first
        await lab.drop_phone(100 + int(second[1:]))
        await shift.until(lambda: bool(shift.floor.waiting) or bool(shift.of("attempt_abandoned")))
        assert not shift.of("attempt_ended")
        await lab.hang_up_at_carrier(people[0].number)
        await shift.until_played(people)
