"""What every test with a daemon in this process proves besides: no invariant broke, and its record replays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dialer import replay
from dialer.runtime import watch
from dialer.runtime.dialer import Dialer
from dialer.runtime.floor import FloorRunner


@pytest.fixture(autouse=True)
def floors_are_sound(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Look at every floor's watch and replay every journal; not where a test plants a bug."""
    if request.node.get_closest_marker("plants_bugs"):
        yield
        return
    found: list[str] = []
    journals: set[Path] = set()
    start, evidence = Dialer.start, watch.evidence

    async def started(self: Dialer) -> None:
        journals.add(Path(self.settings.data_dir))
        await start(self)

    def seen(runner: FloorRunner, wrong: tuple[str, ...]) -> dict[str, object]:
        found.extend(wrong)
        return evidence(runner, wrong)

    monkeypatch.setattr(Dialer, "start", started)
    monkeypatch.setattr(watch, "evidence", seen)
    yield
    assert not found, found
    for data in journals:
        try:
            recording = replay.opened(data)
        except replay.BadRecording:
            continue  # never came to write one
        assert replay.replay(recording.records()).difference is None
