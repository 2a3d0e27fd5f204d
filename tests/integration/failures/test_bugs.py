"""A bug of ours in the core: the floor dials nobody any more, calls go on, and the record tells where it was."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ami.fake import run
from dialer import replay
from dialer.core import events as ev
from dialer.core import machine
from dialer.lab import shift
from dialer.ops import health
from tests.parts.embedded import CAMPAIGN, working


@pytest.mark.plants_bugs
def test_a_floor_that_fails_on_an_event_says_so_and_a_replay_finds_the_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hear = machine._HANDLERS[ev.CallRang]

    def fails(floor: Any, event: ev.CallRang) -> None:
        if event.call_id.endswith("-000012"):
            raise ZeroDivisionError
        hear(floor, event)

    async def main() -> None:
        async with working(tmp_path, shift.mixed(40), agents=3) as floor:
            runner = floor.control.dialer.floors[CAMPAIGN]
            await asyncio.sleep(60)
            why = (await floor.control.campaign_status(CAMPAIGN))["why"]
            assert "the floor failed on CallRang (ZeroDivisionError" in why
            told = (await health.ready(floor.control)).parts
            assert "the floor failed on CallRang" in {part.name: part.why for part in told}["dialing"]
            assert not runner.floor.calls, "calls that were on came to their end"
            assert runner.floor.dialed < 40

    monkeypatch.setitem(machine._HANDLERS, ev.CallRang, fails)
    run(main())
    monkeypatch.setitem(machine._HANDLERS, ev.CallRang, hear)
    found = replay.replay(replay.opened(tmp_path / "data").records()).difference
    assert found is not None
    assert (found.what, found.recorded, found.replayed) == ("an error of CallRang", "ZeroDivisionError", None)
