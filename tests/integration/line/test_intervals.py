"""An agent's own call interval is kept: never cut short, and not drawn out."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import serial, working

pytestmark = pytest.mark.asterisk


async def test_no_conversation_starts_before_the_interval_is_over_and_ready_comes_on_the_tenth(
    lab: Lab, tmp_path: Path
) -> None:
    people = tuple(Person(Kind.HUMAN, serial(), ring_s=0.2, talk_s=0.5) for _ in range(4))
    async with working(lab, tmp_path, people, agents=1, intervals_s=(1.7,), wrap_s=0.2) as shift:
        await shift.until_played(people)
        states = [(fact["state"], fact["at"], fact["last_end"]) for fact in shift.of("agent_state")]
    ends = [at for state, at, _ in states if state == "wrapup"]
    readies = [at for state, at, _ in states if state == "ready"][1:]
    talks = [at for state, at, _ in states if state == "talking"][1:]
    assert len(ends) == 4
    waits = [ready - ended for ended, ready in zip(ends, readies, strict=False)]
    assert all(wait >= 1.7 for wait in waits)
    assert min(waits) <= 1.8  # a busy machine may be late, but not each time
    for ended, began in zip(ends, talks, strict=False):
        assert began - ended >= 1.7
