"""Two people of different skill on a real Asterisk: each talks with the agent who has what they ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person
from tests.parts.shifts import serial, working

pytestmark = pytest.mark.asterisk

KNOWN = {"skills": {"cantonese": "Cantonese", "shanghainese": "Shanghainese"}}


async def test_each_person_is_bridged_to_the_agent_who_speaks_their_language(
    lab: Lab, tmp_path: Path
) -> None:
    one = Person(Kind.HUMAN, serial(), ring_s=0.4, talk_s=3.0)
    other = Person(Kind.HUMAN, serial(), ring_s=0.6, talk_s=3.0)
    nobody = Person(Kind.HUMAN, serial(), ring_s=0.4, talk_s=3.5)
    asks = {
        one.number: ("cantonese",),
        other.number: ("shanghainese",),
        nobody.number: ("cantonese", "shanghainese"),
    }
    can = {0: ("shanghainese",), 1: ("cantonese",)}
    async with working(
        lab, tmp_path, (one, other, nobody), agents=3, can=can, asks=asks, house=KNOWN
    ) as shift:
        await shift.until_played((one, other))
        found = await shift.attempts()
        assert (found[one.number].outcome, found[one.number].agent) == ("connected", "a1")
        assert (found[other.number].outcome, found[other.number].agent) == ("connected", "a0")
        assert nobody.number not in found
        assert nobody.number not in shift.carrier()
        await shift.until(lambda: "nobody on the floor has all of it" in shift.floor.why.text)
