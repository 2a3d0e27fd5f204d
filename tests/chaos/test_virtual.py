"""Random schedules of faults on virtual time, each told by its seed; and bugs planted to see that they are caught."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dialer.core import calls as call_rules
from dialer.core import machine, reconcile
from dialer.core.trunks import TrunkPool
from dialer.runtime.claims import Claims
from dialer.runtime.wiring import Claimed
from tests.chaos import virtual
from tests.parts.mortal import Mortal
from tests.parts.virtual_time import eventually

pytestmark = pytest.mark.slow

SEEDS = (*range(8), 40930)
"""The last: an agent's phone drops, somebody else takes the call, and the daemon dies before the books know."""
SEED_OF_BUGS = 2


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_the_books_agree_with_the_carrier_and_no_invariant_breaks(
    seed: int, sqlite_template: Path
) -> None:
    done, wrong = virtual.ride(seed, sqlite_template)
    assert wrong == [], f"seed {seed}: {done}"


async def _double_claim(self: Claims, n: int, new_id: Callable[[], str]) -> Claimed:
    """The memory hands the same lead out twice."""
    claimed = await _claim(self, n, new_id)
    twins = tuple(replace(one, new=replace(one.new, call_id=new_id())) for one in claimed.orders[:1])
    return replace(claimed, orders=(*claimed.orders, *twins))


_claim = Claims.claim


def _leaky(self: TrunkPool, name: str, call_id: str, *args: Any, **kwargs: Any) -> bool:
    """Every seventh slot is not given back."""
    return False if call_id.endswith("7") else _give_back(self, name, call_id, *args, **kwargs)


_give_back = TrunkPool.give_back


def _deaf(floor: Any, event: Any) -> None:
    """One hang-up is lost on the way through the floor."""
    if not event.call_id.endswith("6") or not isinstance(
        event, call_rules.ev.CallHungUp | call_rules.ev.CallLost
    ):
        _on_call(floor, event)


_on_call = call_rules.on_call


TOLD = {
    "double claim": "is in 2 calls at once",
    "leaked slot": "which is no call",
    "lost hang-up": "the switch has no such channel",
}
"""What is said of each bug, by its name."""


@pytest.fixture(params=sorted(TOLD))
def bug(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bug that is in the program for the length of a test."""
    match request.param:
        case "double claim":
            monkeypatch.setattr(Claims, "claim", _double_claim)
        case "leaked slot":
            monkeypatch.setattr(TrunkPool, "give_back", _leaky)
        case _:
            for kind in (call_rules.ev.CallHungUp, call_rules.ev.CallLost):
                monkeypatch.setitem(machine._HANDLERS, kind, _deaf)
            monkeypatch.setattr(reconcile.calls, "on_call", _deaf)
    return str(request.param)


def test_a_schedule_with_a_planted_bug_in_it_is_found_wrong(bug: str, sqlite_template: Path) -> None:
    done, wrong = virtual.ride(SEED_OF_BUGS, sqlite_template)
    assert any(TOLD[bug] in one for one in wrong), f"{wrong} after {done}"


def test_a_planted_bug_is_caught_stops_the_campaign_and_leaves_evidence(
    bug: str, tmp_path: Path, sqlite_template: Path
) -> None:
    what, why, evidence = virtual.run(_until_caught(tmp_path, sqlite_template))
    assert TOLD[bug] in what[0]
    assert what[0] in why
    assert "dialer bugreport" in why
    assert evidence["what"] == list(what)
    assert evidence["agents"]


async def _until_caught(folder: Path, template: Path) -> tuple[tuple[str, ...], str, dict[str, Any]]:
    async with virtual.begun(virtual.random.Random(1), folder, template, 1) as ride:
        mortal: Mortal = ride.mortal
        runner = mortal.dialer.floors[virtual.CAMPAIGN]
        await eventually(lambda: bool(runner.watch.found), within_s=300)
        await asyncio.sleep(1)
        dialed = runner.floor.dialed
        await asyncio.sleep(60)
        assert runner.floor.dialed == dialed, "no new call of a floor that contradicts itself"
        why = (await mortal.control.campaign_status(virtual.CAMPAIGN))["why"]
        records = [record for _, record in mortal.dialer.books._journal.read() if "violated" in record]
        await mortal.close()
        return runner.watch.found, why, records[0]
