"""A trunk that fails is rested, and the next one carries the calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import serial, working

pytestmark = pytest.mark.asterisk


async def test_a_trunk_that_refuses_every_call_is_rested_and_the_second_reaches_people(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    people = tuple(Person(Kind.HUMAN, serial(), ring_s=0.4, talk_s=1.0) for _ in range(12))
    async with make_lab() as lab:
        await lab.fail_trunk("carrier", "34")
        async with working(lab, tmp_path, people, agents=2, rest_after=3) as shift:
            await shift.until_played(people)
            attempts = (await shift.attempts()).values()
            refused = [one for one in attempts if one.outcome == "congestion"]
            assert 3 <= len(refused) <= 6
            assert {one.trunk for one in refused} == {"first"}
            reached = [one for one in attempts if one.outcome == "connected"]
            assert {one.trunk for one in reached} == {"second"}
            assert len(reached) + len(refused) == 12
            report = (await shift.control.campaign_status("lab"))["trunks"]
            assert [one["name"] for one in report if one["rests_until"]] == ["first"]
