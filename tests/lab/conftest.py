"""A hand that drives the real dialplan, and phones and people nobody else uses."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable

import pytest

from dialer.lab.lab import Lab
from tests.lab.driver import Driver, driving

_agents = itertools.count(1000)
_serials = itertools.count(1)


@pytest.fixture
async def driver(lab: Lab) -> AsyncIterator[Driver]:
    """AMI as the daemon has it."""
    async with driving(lab) as driver:
        yield driver


@pytest.fixture
def agent_no() -> Callable[[], int]:
    """The number of a phone that rings for this test alone."""
    return lambda: next(_agents)


@pytest.fixture
def serial() -> Callable[[], int]:
    """A serial for a person that exists for this test alone."""
    return lambda: next(_serials) % 1000
