"""Fixtures every tier shares; each real part has its own module in tests/parts."""

from __future__ import annotations

import asyncio
import gc
import sys
import warnings

import pytest
from hypothesis import settings

# A busy machine must not fail a property; the suite's own time-out catches what hangs.
settings.register_profile("cadence", deadline=None)
settings.load_profile("cadence")

pytest_plugins: tuple[str, ...] = (
    "tests.parts.asterisk",
    "tests.parts.broker",
    "tests.parts.postgres",
    "tests.parts.memory",
    "tests.parts.stores",
)


def pytest_configure() -> None:
    # Without this the first async test leaves behind a loop that nobody closes.
    asyncio.set_event_loop(None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long takes much longer on a busy machine; the time-out is there for what hangs."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(900))


_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.outcome in ("failed", "rerun"):
        _failed.add(report.nodeid)


def pytest_runtest_logfinish(nodeid: str) -> None:
    """What a failed test left open goes with it; its warning would fail whichever test comes later."""
    if nodeid not in _failed:
        return
    _failed.discard(nodeid)
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        gc.collect()
