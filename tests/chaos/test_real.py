"""A few kills on the real Asterisk and PostgreSQL; `make chaos` does a hundred."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dialer.lab.lab import Lab
from tests.chaos import real
from tests.parts.postgres import Server

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.slow]

SEED = 7


async def test_killed_at_random_instants_nobody_is_called_twice_lost_or_cut_off(
    make_lab: Callable[..., Lab], postgres_server: Server
) -> None:
    report = await real.kill_again_and_again(3, SEED)
    assert report.wrong == [], report.text
    assert report.calls > 20
    assert report.conversations > 10
