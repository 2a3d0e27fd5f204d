"""A whole campaign on a real Asterisk: every kind of callee, and two records that must agree."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from dialer.lab import shift
from dialer.lab.lab import Lab
from dialer.lab.people import Kind, Person

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

EXPECTED = {
    "human": "connected",
    "no_answer": "no_answer",
    "busy": "busy",
    "invalid": "invalid",
    "changed": "invalid",
    "rejected": "rejected",
    "forbidden": "trunk_failed",
    "unavailable": "unavailable",
    "congestion": "congestion",
}


async def test_every_lead_of_a_mixed_list_ends_as_the_carrier_played_it(
    make_lab: Callable[..., Lab], tmp_path: Path
) -> None:
    lab = make_lab()
    before = set(asyncio.all_tasks())
    async with lab:
        report = await shift.work(lab, shift.Plan(shift.mixed(120, no_answer=20), agents=24), tmp_path)
    assert report.leads == {"done": 120}
    assert report.calls == report.carrier_calls == 120
    assert report.carrier["no_answer"] == 20
    # Whom only the second trunk reaches is reached when the first has no place in that second.
    assert set(report.by_kind.pop("picky")) <= {"congestion", "connected", "abandoned", "gave_up"}
    for kind, outcomes in report.by_kind.items():
        assert set(outcomes) <= {EXPECTED[kind], "abandoned", "gave_up"}, kind
        if kind != "human":
            assert outcomes == {EXPECTED[kind]: report.carrier[kind]}, kind
    humans = report.carrier["human"]
    assert report.bridged + report.abandoned >= humans
    assert report.bridged > humans / 2
    assert report.seats_rung == 24
    assert report.channels_left == 0
    assert set(asyncio.all_tasks()) <= before


async def test_machines_are_told_from_people_where_detection_is_on(lab: Lab, tmp_path: Path) -> None:
    machines = [Person(Kind.MACHINE, 700 + n, ring_s=0.4, talk_s=2.0) for n in range(4)]
    humans = [Person(Kind.HUMAN, 700 + n, ring_s=0.6, talk_s=8.0) for n in range(4)]
    plan = shift.Plan((*machines, *humans), agents=8, amd=True)
    report = await shift.work(lab, plan, tmp_path)
    assert report.by_kind["machine"] == {"machine": 4}
    assert report.by_kind["human"].get("connected", 0) >= 3
    assert "machine" not in report.by_kind["human"]
