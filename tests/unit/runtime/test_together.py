"""Several things waited for at once: all found, or the first failure as it is and nothing left running."""

from __future__ import annotations

import asyncio

import pytest

from dialer.runtime.tasks import together


async def _found(what: int) -> int:
    await asyncio.sleep(0)
    return what


async def test_what_each_found_comes_in_order() -> None:
    assert await together("numbers", (_found(n) for n in (3, 1, 2))) == [3, 1, 2]


async def test_the_first_failure_is_raised_itself_and_ends_the_others() -> None:
    ended = asyncio.Event()

    async def endless() -> int:
        try:
            return await asyncio.Future[int]()
        finally:
            ended.set()

    async def fails() -> int:
        await asyncio.sleep(0)
        raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match="the database"):
        await together("numbers", [endless(), fails()])
    assert ended.is_set()
