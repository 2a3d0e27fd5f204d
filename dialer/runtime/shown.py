"""Our numbers as one campaign shows them: chosen at each claim, counted over restarts, rested after few answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

import structlog

import config
import storage
from dialer.compliance.retry import COSTS_NOTHING
from dialer.compliance.zones import zone_info
from dialer.core.outcomes import Outcome
from dialer.leads.caller_ids import CallerIds, Care, Pool, Uses
from dialer.runtime.clock import Clock
from dialer.runtime.tasks import outside

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S = 30.0
LOOKED_BACK_S = 86_400.0
"""Before the last instant at which a rest may have begun: so far back calls are looked at after a start."""

WINDOWS_READ = 4
"""So many times the calls a rest is decided by are read of each number."""

_PERSON = frozenset({Outcome.CONNECTED.value, Outcome.ABANDONED.value, Outcome.GAVE_UP.value})


class ShownNumbers:
    """The campaign's caller ids. A number's calls are counted over all campaigns, by the call centre's own days."""

    def __init__(self, campaign: config.Campaign, clock: Clock, uses: Uses, zone: str = "UTC") -> None:
        wanted = campaign.caller_ids
        self._campaign = campaign
        self._clock = clock
        self._zone = zone_info(zone) or UTC
        self._shown: dict[str, str] = {}
        self._uses = uses
        self._care = Care(
            wanted.max_per_day, wanted.keep_first, wanted.rest_below, wanted.rest_calls, wanted.rest_s
        )
        pools = (Pool(one.numbers, one.prefixes) for one in wanted.pools)
        self._ids = CallerIds(campaign.caller_id, pools, self._care, uses)
        self._many = bool(wanted.pools) or wanted.max_per_day is not None

    async def load(self, db: storage.Database, campaigns: Collection[str]) -> None:
        """Count what an earlier life showed today, in any of the campaigns, and let tired numbers go on resting."""
        numbers = self._uses.unread(self._ids.numbers)
        if not numbers:
            return
        try:
            await self._load(db, campaigns, numbers)
        except BaseException:
            self._uses.forget(numbers)
            raise

    async def _load(self, db: storage.Database, campaigns: Collection[str], numbers: frozenset[str]) -> None:
        today = self._clock.utc().astimezone(self._zone)
        since = datetime.combine(today.date(), time(), self._zone).astimezone(UTC)
        counting = storage.attempts.by_caller_id(db, campaigns, since=since)
        for number, calls in (await outside("database", counting, DATABASE_TIMEOUT_S)).items():
            if number in numbers:
                self._ids.remember(number, self._day, calls)
        if self._care.rest_below is None:
            return
        reading = storage.attempts.late_by_caller_id(
            db,
            campaigns,
            numbers,
            since=self._clock.utc() - timedelta(seconds=self._care.rest_s + LOOKED_BACK_S),
            most=WINDOWS_READ * self._care.rest_calls,
        )
        for number, at, outcome in await outside("database", reading, DATABASE_TIMEOUT_S):
            if outcome not in COSTS_NOTHING:
                self._ids.learn(number, self._day, at.timestamp(), answered=outcome in _PERSON)

    def take_over(self, old: ShownNumbers) -> None:
        """Go on for the numbers shown under earlier settings."""
        self._shown = old._shown

    def room(self) -> int:
        """How many calls the caps of today still allow."""
        return self._ids.room(self._day)

    def choose(self, claimed: storage.ClaimedCall) -> str | None:
        """The number to show; None where every one has had its calls: another campaign may have been faster."""
        number = self._ids.choose(claimed.e164, self._day, self._clock.now(), claimed.lead.caller_id)
        if number is None:
            return None
        self._shown[claimed.attempt_id] = number
        return number

    def heard(self, fact: Mapping[str, Any]) -> None:
        """Learn what came of a call."""
        if fact["fact"] != "attempt_ended":
            return
        number = self._shown.pop(fact["attempt"], None)
        if number is None:
            return
        if fact.get("undialed") or fact["outcome"] == Outcome.NOT_DIALED.value:
            self._ids.give_back(number, self._day)
        elif fact["outcome"] not in COSTS_NOTHING:
            answered = fact["outcome"] in _PERSON
            if self._ids.learn(number, self._day, self._clock.now(), answered=answered):
                log.warning("caller_id_rests", campaign=self._campaign.id, caller_id=number)

    def state(self) -> list[dict[str, object]]:
        """How each number stands today; empty where the campaign shows one only."""
        return self._ids.state(self._day, self._clock.now()) if self._many else []

    @property
    def _day(self) -> int:
        return self._clock.utc().astimezone(self._zone).toordinal()
