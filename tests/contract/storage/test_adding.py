"""Who adds alone is alone until the leads are in: no second one looks for doubles meanwhile."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from storage import Database, adding
from tests.parts.people import NOW, lead


async def _add_if_free(memory: Database, campaign: str, alone: Literal["campaign", "all"]) -> bool:
    async with adding(memory, campaign, alone=alone) as opened:
        if await opened.holders(["+49301"], everywhere=alone == "all"):
            return False
        await opened.add([lead("+49301")], now=NOW)
        return True


@pytest.mark.parametrize(
    ("mine", "other", "campaign"),
    [("campaign", "campaign", "spring"), ("all", "all", "autumn"), ("campaign", "all", "autumn")],
)
async def test_a_second_one_looks_for_doubles_after_the_first_is_done(
    memory: Database, mine: Literal["campaign", "all"], other: Literal["campaign", "all"], campaign: str
) -> None:
    async with adding(memory, "spring", alone=mine) as opened:
        assert not await opened.holders(["+49301"])
        second = asyncio.create_task(_add_if_free(memory, campaign, other))
        # Time enough to find nobody, if it did not wait.
        await asyncio.wait({second}, timeout=0.15)
        await opened.add([lead("+49301")], now=NOW)
    assert not await second


async def test_campaigns_that_ask_only_for_themselves_do_not_wait_for_each_other(memory: Database) -> None:
    first = _add_if_free(memory, "spring", "campaign")
    if memory.dialect == "sqlite":  # one writer at a time, whatever is asked
        assert [await first, await _add_if_free(memory, "autumn", "campaign")] == [True, True]
        return
    async with adding(memory, "autumn", alone="campaign"):
        assert await first
