"""Waiting for what another process does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

POLL_S = 0.02


async def until(true: Callable[[], bool | Awaitable[bool]], timeout_s: float = 60) -> None:
    """Return as soon as it is true; fail after `timeout_s`."""
    async with asyncio.timeout(timeout_s):
        while True:
            answer = true()
            if isinstance(answer, bool):
                if answer:
                    return
            elif await answer:
                return
            await asyncio.sleep(POLL_S)
