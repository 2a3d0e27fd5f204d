"""Real Asterisk for tests: a lab shared by the tests of one worker, and one of its own for tests that break it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from dialer.lab.errors import AsteriskMissing
from dialer.lab.lab import Lab


def _or_skip(make: Callable[[], Lab]) -> Lab:
    try:
        return make()
    except AsteriskMissing as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(f"CI=true needs the real Asterisk: {missing}", pytrace=False)
        pytest.skip(str(missing))


def _finish(work: Coroutine[Any, Any, None]) -> None:
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(work)
    finally:
        loop.close()


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A PBX and a carrier, up; shared, so use ids of your own and leave no channel behind."""
    lab = _or_skip(Lab)
    _finish(lab.start())
    try:
        yield lab
    finally:
        lab.close()


@pytest.fixture
def make_lab() -> Iterator[Callable[..., Lab]]:
    """Make labs of one's own, not yet started; what the test leaves open is closed."""
    made: list[Lab] = []

    def make(**options: Any) -> Lab:
        lab = _or_skip(lambda: Lab(**options))
        made.append(lab)
        return lab

    yield make
    for lab in made:
        lab.close()
