"""Sums and files outside the event loop: connecting a caller never waits for a report."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from dialer.runtime.tasks import outside

P = ParamSpec("P")
T = TypeVar("T")

TIMEOUT_S = 600.0


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it in a thread; raises TimeoutError after ten minutes."""
    return await outside("reports", asyncio.to_thread(work, *args, **kwargs), TIMEOUT_S)
