"""Prediction on a real Asterisk: agents wait less than with one line each, and three records of abandonment agree."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dialer.lab import shift, sounds
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]


def _list() -> tuple[Person, ...]:
    """Half answer after 2 to 4 s, half are never reached; all who answer are taped."""
    people = []
    for n in range(32):
        ring_s, talk_s = 2.0 + 0.2 * (n * 7 % 11), 3.0 + 0.5 * (n * 5 % 7)
        people.append(Person(Kind.SILENT, n, ring_s=ring_s, talk_s=talk_s, taped=True))
        people.append(Person(Kind.UNAVAILABLE, n, ring_s=3.0))
    return tuple(people)


async def test_agents_wait_less_than_with_one_line_each_and_all_records_of_abandonment_agree(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    waits = {}
    for mode in ("progressive", "predictive"):
        async with make_lab() as lab:
            plan = shift.Plan(_list(), agents=8, mode=mode, intervals_s=(1.0, 3.0), wrap_s=0.5)
            report = await shift.work(lab, plan, tmp_path / mode)
            waits[mode] = report.agent_wait_s
            assert report.channels_left == 0
            heard = [
                call
                for call in lab.carrier_calls()
                if call.heard and lab.heard_s(call, sounds.MESSAGE_HZ) > 0.3
            ]
            assert report.outcomes.get("abandoned", 0) == len(heard)
            assert report.abandoned == len(heard) + report.outcomes.get("gave_up", 0)
    assert waits["progressive"] is not None
    assert waits["predictive"] is not None
    assert waits["predictive"] < waits["progressive"]
