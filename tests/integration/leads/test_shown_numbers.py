"""Our numbers over campaigns and lives: a carrier counts a number's calls, whoever places them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import storage
from dialer.leads import Judge, rules_of
from dialer.leads.caller_ids import Uses
from dialer.runtime.clock import Clock
from dialer.runtime.elsewhere import Elsewhere
from dialer.runtime.shown import ShownNumbers
from tests.parts.campaigns import ALWAYS, campaign
from tests.parts.people import lead

SHARED = "+442079460001"
OWN = "+442079460002"
_ids = itertools.count(1)
_positions = itertools.count(1)


def pools(*numbers: str, **more: Any) -> Mapping[str, Any]:
    return {"pools": [{"numbers": numbers}], **more}


class Floor:
    """One campaign's claims, and the words of its floor about them."""

    def __init__(self, memory: storage.Database, clock: Clock, uses: Uses, name: str, **caller_ids: Any):
        self.memory, self.clock = memory, clock
        self.settings = campaign(
            id=name,
            windows=ALWAYS,
            countries=["DE"],
            caller_ids=caller_ids,
            attempts={"spacing_s": 0},
        )
        self.numbers = ShownNumbers(self.settings, clock, uses)

    async def call(self, outcome: str = "no_answer", *, undialed: bool = False) -> str | None:
        now = self.clock.utc()
        await storage.leads.add(self.memory, self.settings.id, [lead()], now=now)
        judge = Judge(rules_of(self.settings), now, lambda: f"c-{next(_ids)}")
        claimed = await storage.claim(self.memory, self.settings.id, n=1, now=now, judge=judge)
        (one,) = claimed.attempts
        shown = self.numbers.choose(one)
        at = now.timestamp()
        ended: dict[str, Any] = {
            "fact": "attempt_ended",
            "attempt": one.attempt_id,
            "at": at,
            "outcome": outcome,
            "lead_state": "done",
            "undialed": undialed,
        }
        dialed = {"fact": "attempt_dialed", "attempt": one.attempt_id, "at": at, "caller_id": shown or ""}
        await storage.books.apply(self.memory, next(_positions), [dialed, ended])
        self.numbers.heard(ended)
        return shown


def clock_at(at: datetime) -> Clock:
    return Clock(asyncio.get_running_loop(), at.timestamp)


NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


async def test_two_campaigns_that_show_one_number_share_its_calls_of_the_day(
    memory: storage.Database,
) -> None:
    clock, uses = clock_at(NOON), Uses()
    spring = Floor(memory, clock, uses, "spring", **pools(SHARED, max_per_day=3))
    autumn = Floor(memory, clock, uses, "autumn", **pools(SHARED, OWN, max_per_day=3))
    shown = [await spring.call(), await spring.call(), await autumn.call(), await autumn.call()]
    assert shown == [SHARED, SHARED, OWN, SHARED]
    assert spring.numbers.room() == 0
    assert await spring.call("not_dialed") is None
    assert autumn.numbers.room() == 2


async def test_a_new_life_knows_todays_calls_of_every_campaign_and_yesterdays_count_no_more(
    memory: storage.Database,
) -> None:
    names = ("spring", "autumn")
    first = Uses()
    for name in names:
        await Floor(memory, clock_at(NOON), first, name, **pools(SHARED, max_per_day=2)).call()
    for later, room in ((timedelta(hours=1), 0), (timedelta(days=1), 2)):
        uses = Uses()
        for name in names:
            again = Floor(memory, clock_at(NOON + later), uses, name, **pools(SHARED, max_per_day=2))
            await again.numbers.load(memory, names)
            assert again.numbers.room() == room


async def test_a_number_that_rests_goes_on_resting_in_the_next_life(memory: storage.Database) -> None:
    care = {"rest_below": 0.5, "rest_calls": 10, "rest_s": 7200}
    spring = Floor(memory, clock_at(NOON), Uses(), "spring", **pools(SHARED, **care))
    for _ in range(10):
        await spring.call()
    assert spring.numbers.state()[1]["rests_s"] == 7200
    for later, rests_s in ((timedelta(hours=1), 3600), (timedelta(hours=3), 0)):
        again = Floor(memory, clock_at(NOON + later), Uses(), "spring", **pools(SHARED, OWN, **care))
        await again.numbers.load(memory, ["spring"])
        await again.numbers.load(memory, ["spring"])  # a second look counts nothing twice
        (state,) = [one for one in again.numbers.state() if one["number"] == SHARED]
        assert abs(int(str(state["rests_s"])) - rests_s) <= 5
        assert state["today"] == 10
        shown = {await again.call(), await again.call()}
        assert shown == ({OWN} if rests_s else {OWN, SHARED})


async def test_a_single_number_may_have_a_cap_too(memory: storage.Database) -> None:
    spring = Floor(memory, clock_at(NOON), Uses(), "spring", max_per_day=1)
    assert await spring.call() == "+442079460000"
    assert spring.numbers.room() == 0


async def test_another_daemons_calls_with_our_number_count_as_soon_as_they_are_read(
    memory: storage.Database,
) -> None:
    clock = clock_at(NOON)
    here, there = Uses(), Uses()
    ours = Floor(memory, clock, here, "spring", **pools(SHARED, OWN, max_per_day=2))
    others = Floor(memory, clock, there, "autumn", **pools(SHARED, max_per_day=2))
    for name in ("spring", "autumn"):
        await storage.campaigns.ensure(memory, name, now=NOON)
    elsewhere = Elsewhere(memory, clock, here, ["spring"], lambda: "c-of-this-life-")
    await others.call()
    await ours.call()
    await elsewhere.look()
    await elsewhere.look()  # a second look counts nothing twice
    today = {one["number"]: one["today"] for one in ours.numbers.state()}
    assert (today[SHARED], today[OWN]) == (2, 0)
    assert [await ours.call(), await ours.call(), await ours.call()] == [OWN, OWN, None]
    await others.call()
    assert others.numbers.room() == 0


async def test_calls_of_this_life_are_not_counted_again_when_their_campaign_came_later(
    memory: storage.Database,
) -> None:
    clock, uses = clock_at(NOON), Uses()
    added = Floor(memory, clock, uses, "autumn", **pools(SHARED, max_per_day=3))
    await storage.campaigns.ensure(memory, "autumn", now=NOON)
    await added.call()
    for own, room in (("c-", 2), ("c-of-another-life-", 1)):
        await Elsewhere(memory, clock, uses, [], lambda own=own: own).look()
        assert added.numbers.room() == room
