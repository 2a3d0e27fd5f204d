"""A decorator for tests in which hours pass at once."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

from ami.fake import virtual


def on_virtual_time(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run an async test on a loop whose clock moves only when everybody is idle."""

    @functools.wraps(test)
    def wrapped(*args: Any, **kwargs: Any) -> None:
        virtual.run(test(*args, **kwargs))

    return wrapped


async def eventually(true: Callable[[], bool], *, within_s: float = 600, step_s: float = 0.01) -> None:
    """Wait until something holds; TimeoutError if it does not come to that. Costs nothing on virtual time."""
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(step_s)
