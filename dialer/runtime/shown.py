"""Our numbers as one campaign shows them: chosen at each claim, counted over restarts, rested after few answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import structlog

import config
import storage
from dialer.compliance.retry import COSTS_NOTHING
from dialer.compliance.zones import zone_info
from dialer.core.outcomes import Outcome
from dialer.leads.caller_ids import CallerIds, Care, Pool
from dialer.runtime.clock import Clock
from dialer.runtime.tasks import outside

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S = 30.0
_PERSON = frozenset({Outcome.CONNECTED.value, Outcome.ABANDONED.value, Outcome.GAVE_UP.value})


class ShownNumbers:
    """The campaign's caller ids; a day is one of its default zone, else of UTC."""

    def __init__(self, campaign: config.Campaign, clock: Clock) -> None:
        wanted = campaign.caller_ids
        self._campaign = campaign
        self._clock = clock
        self._zone = zone_info(campaign.default_zone or "UTC") or UTC
        self._shown: dict[str, str] = {}
        self._ids: CallerIds | None = None
        if wanted.pools:
            care = Care(
                wanted.max_per_day, wanted.keep_first, wanted.rest_below, wanted.rest_calls, wanted.rest_s
            )
            pools = (Pool(one.numbers, one.prefixes) for one in wanted.pools)
            self._ids = CallerIds(campaign.caller_id, pools, care)

    async def load(self, db: storage.Database) -> None:
        """Count what was shown today before this life began."""
        if self._ids is None:
            return
        today = self._clock.utc().astimezone(self._zone)
        since = datetime.combine(today.date(), time(), self._zone).astimezone(UTC)
        counting = storage.attempts.by_caller_id(db, self._campaign.id, since=since)
        for number, calls in (await outside("database", counting, DATABASE_TIMEOUT_S)).items():
            self._ids.remember(number, self._day, calls)

    def take_over(self, old: ShownNumbers) -> None:
        """Go on for the numbers shown under earlier settings."""
        self._shown = old._shown

    def room(self) -> int:
        """How many calls the caps of today still allow."""
        return 1 << 30 if self._ids is None else self._ids.room(self._day)

    def choose(self, claimed: storage.ClaimedCall) -> str:
        """The number to show; empty: the campaign's own."""
        if self._ids is None:
            return ""
        number = self._ids.choose(claimed.e164, self._day, self._clock.now(), claimed.lead.caller_id)
        if number is None:
            return ""
        self._shown[claimed.attempt_id] = number
        return number

    def heard(self, fact: Mapping[str, Any]) -> None:
        """Learn what came of a call."""
        if self._ids is None or fact["fact"] != "attempt_ended":
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
        return [] if self._ids is None else self._ids.state(self._day, self._clock.now())

    @property
    def _day(self) -> int:
        return self._clock.utc().astimezone(self._zone).toordinal()
