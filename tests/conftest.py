"""Fixtures every tier shares; each real part has its own module in tests/parts."""

from __future__ import annotations

import asyncio

from hypothesis import settings

# A busy machine must not fail a property; the suite's own time-out catches what hangs.
settings.register_profile("cadence", deadline=None)
settings.load_profile("cadence")

pytest_plugins: tuple[str, ...] = (
    "tests.parts.asterisk",
    "tests.parts.broker",
    "tests.parts.postgres",
    "tests.parts.memory",
)


def pytest_configure() -> None:
    # Without this the first async test leaves behind a loop that nobody closes.
    asyncio.set_event_loop(None)
