"""A trunk that fails is rested, and the next one carries the calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import storage
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


async def test_a_call_one_trunk_refuses_is_placed_over_the_next_at_once(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    people = (
        *(Person(Kind.PICKY, serial(), ring_s=0.4, talk_s=1.0) for _ in range(4)),
        *(Person(Kind.CONGESTION, serial(), ring_s=0.4, talk_s=1.0) for _ in range(2)),
        Person(Kind.BUSY, serial(), ring_s=0.4),
    )
    async with make_lab() as lab, working(lab, tmp_path, people, agents=2, failover=True) as shift:
        await shift.until_played(people)
        attempts = await shift.attempts()
        assert len(attempts) == len(people)
        calls = [one for one in lab.carrier_calls() if one.person is not None]
        ports = sorted({one.port for one in calls})
        for one in people:
            attempt = attempts[one.number]
            seen = [(call.port, call.cause) for call in calls if call.number == one.number]
            if one.kind is Kind.BUSY:
                assert (attempt.outcome, attempt.trunk) == ("busy", "first")
                assert len(seen) == 1
                continue
            assert attempt.trunk == "second"
            assert [port for port, _ in seen] == ports  # the carrier saw both, one after the other
            assert seen[0][1] == 34
            wanted = {"connected"} if one.kind is Kind.PICKY else {"congestion"}
            assert attempt.outcome in wanted
        db = shift.control.dialer.db
        for one in people:
            (lead,) = await storage.leads.by_number(db, one.number)
            assert lead.attempts == 1
