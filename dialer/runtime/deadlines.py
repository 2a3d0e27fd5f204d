"""Planning anew, in small batches: when leads with a deadline are called, how urgent they are, who is at risk."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import numpy as np
import structlog

import config
import storage
from dialer import compliance
from dialer.compliance.zones import zone_info
from dialer.leads.hours_model import Floats, HoursModel, Ints
from dialer.leads.keys import zones_of
from dialer.leads.planning import DAY_S, HORIZON_S, HOUR_S, Plan, Room, Slots, between, plan, slots_of
from dialer.runtime.clock import Clock
from dialer.runtime.tasks import outside
from storage.deadlines import DeadlineCounts, Planned, ToPlan

log = structlog.get_logger(__name__)

BUSY_EVERY_S = 5.0
IDLE_EVERY_S = 30.0
LEARN_EVERY_S = 600.0
COUNT_EVERY_S = 300.0
STALE_AFTER = timedelta(hours=1)
MEMORY = timedelta(days=56)
LEARN_PIECE = timedelta(days=7)
BATCH = 200
AT_A_TIME = 8
"""Leads planned before the loop is given back: some milliseconds."""

LEAST_CAPACITY = 20.0
DATABASE_TIMEOUT_S = 20.0
GOLDEN = 0.618033988749895
MAY_MOVE = frozenset(
    {"", "planned", "no_answer", "unavailable", "machine", "unknown", "released", "window_closed"}
    | {"attempts_today", "attempt_spacing", "attempts_rolling"}
)
"""Reasons of leads whose next call is ours to place; others wait for an instant that means something."""


class DeadlinePlanner:
    """One campaign's planner: learns when people answer, keeps plans fresh, and counts who is at risk."""

    def __init__(
        self, campaign: config.Campaign, obeyed: compliance.Rules, db: storage.Database, clock: Clock
    ) -> None:
        self._campaign = campaign
        self._obeyed = obeyed
        self._db = db
        self._clock = clock
        self.model = HoursModel()
        self.counts: DeadlineCounts | None = None
        self._learnt_until: datetime | None = None
        self._learn_at = self._count_at = 0.0
        self._slots: dict[str, tuple[float, Slots]] = {}
        self._load: dict[int, float] = {}
        self._planned: dict[int, Plan] = {}
        self._capacity = LEAST_CAPACITY

    def retune(self, campaign: config.Campaign, obeyed: compliance.Rules) -> None:
        """Plan by these rules from now on."""
        self._campaign, self._obeyed = campaign, obeyed
        self._slots.clear()

    async def run(self) -> None:
        """Plan for ever; trouble with the database is met again at the next turn."""
        while True:
            done = 0
            try:
                done = await self.turn()
            except (storage.StorageError, TimeoutError) as error:
                log.debug("deadlines_not_planned", campaign=self._campaign.id, error=str(error))
            await asyncio.sleep(BUSY_EVERY_S if done == BATCH else IDLE_EVERY_S)

    async def turn(self) -> int:
        """Learn and count when due, and plan one batch; return how many leads were planned."""
        now = self._clock.now()
        if now >= self._learn_at:
            await self._learn()
            self._learn_at = now + LEARN_EVERY_S
        done = await self._plan_batch() if self._campaign.deadlines.plan else 0
        if now >= self._count_at:
            await self._count()
            self._count_at = now + COUNT_EVERY_S
        return done

    def plan_after(self, claimed: storage.ClaimedCall) -> float | None:
        """When to try again if this call reaches nobody; None for leads without a deadline."""
        lead = claimed.lead
        if lead.deadline is None or not self._campaign.deadlines.plan:
            return None
        now = claimed.claimed_at
        silent = () if lead.callback_at is not None else lead.recent
        row = ToPlan(
            lead.lead_id,
            lead.window_key,
            lead.deadline,
            lead.attempts + 1,
            "waiting",
            "no_answer",
            None,
            claimed.number.kind,
            (*lead.recent, now),
            (*silent, now),
        )
        chosen = self._choose(row, now)
        return None if chosen is None else chosen.next_at

    # Learning.

    async def _learn(self) -> None:
        """Take in the calls since the last time, an hour late so that most of them have ended."""
        until = self._clock.utc().replace(minute=0, second=0, microsecond=0)
        since = self._learnt_until or until - MEMORY
        self._capacity = LEAST_CAPACITY if self._learnt_until is None else self._capacity
        while since < until:
            piece = min(since + LEARN_PIECE, until)
            asking = storage.deadlines.answers(self._db, self._campaign.id, since=since, until=piece)
            made: dict[datetime, int] = {}
            for row in await outside("hours", asking, DATABASE_TIMEOUT_S):
                self.model.add(row.segment, _local_hour(row.hour, row.window_key), row.dialed, row.answered)
                made[row.hour] = made.get(row.hour, 0) + row.dialed
            if made:
                self._capacity = max(LEAST_CAPACITY, 0.5 * self._capacity, *made.values())
            since = self._learnt_until = piece

    # Planning.

    async def _plan_batch(self) -> int:
        now = self._clock.utc()
        reading = storage.deadlines.to_plan(
            self._db, self._campaign.id, stale_before=now - STALE_AFTER, limit=BATCH
        )
        rows = await outside("deadlines", reading, DATABASE_TIMEOUT_S)
        plans: list[Planned] = []
        for n, row in enumerate(rows, 1):
            plans.append(self._decide(row, now))
            if n % AT_A_TIME == 0:
                await asyncio.sleep(0)
        await outside("deadlines", storage.deadlines.store(self._db, plans, now=now), DATABASE_TIMEOUT_S)
        return len(plans)

    def _decide(self, row: ToPlan, now: datetime) -> Planned:
        chosen = self._choose(row, now)
        if chosen is None:
            return Planned(row.lead_id, 0.0, 0)
        moves = row.reason in MAY_MOVE and chosen.next_at > now.timestamp() + 60.0
        next_at = datetime.fromtimestamp(chosen.next_at, UTC) if moves else None
        return Planned(row.lead_id, round(chosen.chance, 4), chosen.urgency, next_at)

    def _choose(self, row: ToPlan, now: datetime) -> Plan | None:
        limits = self._obeyed.limits
        earliest = now.timestamp()
        if row.called and limits.spacing_s:
            earliest = max(earliest, max(row.called).timestamp() + limits.spacing_s)
        if row.next_at is not None and row.reason not in MAY_MOVE:
            earliest = max(earliest, row.next_at.timestamp())
        slots = between(self._slots_of(row.window_key, now), earliest, row.deadline.timestamp())
        self._forget(row.lead_id)
        chosen = plan(
            slots,
            self.model.rates(row.segment),
            _hours_of(row.silent, row.window_key),
            Room((limits.lifetime or 1000) - row.attempts, limits.per_day or 24, limits.spacing_s),
            today=_today(row.called, row.window_key, now),
            spread=row.lead_id * GOLDEN % 1.0,
            shares=self._shares(slots),
        )
        if chosen is not None:
            self._remember(row.lead_id, chosen)
        return chosen

    def _slots_of(self, key: str, now: datetime) -> Slots:
        """A key's legal hours from this one on, worked out anew every hour; mixed leads take the default zone."""
        hour = now.timestamp() // HOUR_S * HOUR_S
        made_at, slots = self._slots.get(key, (0.0, None))
        if slots is None or made_at != hour:
            zones = zones_of(key) or ((self._obeyed.default_zone,) if self._obeyed.default_zone else ())
            end = hour + HORIZON_S
            slots = slots_of(self._obeyed.hours, zones, hour, end, self._obeyed.ring_s)
            self._slots[key] = (hour, slots)
        return slots

    # How crowded hours are.

    def _shares(self, slots: Slots) -> Floats:
        load = np.array([self._load.get(int(at // HOUR_S), 0.0) for at in slots.at], dtype=np.float64)
        return np.minimum(1.0, self._capacity / (1.0 + load))

    def _remember(self, lead_id: int, chosen: Plan) -> None:
        self._planned[lead_id] = chosen
        for at, needed in chosen.calls:
            hour = int(at // HOUR_S)
            self._load[hour] = self._load.get(hour, 0.0) + needed

    def _forget(self, lead_id: int) -> None:
        known = self._planned.pop(lead_id, None)
        for at, needed in known.calls if known is not None else ():
            hour = int(at // HOUR_S)
            self._load[hour] = max(0.0, self._load.get(hour, 0.0) - needed)

    # Reporting.

    async def _count(self) -> None:
        counting = storage.deadlines.counts(
            self._db,
            self._campaign.id,
            now=self._clock.utc(),
            at_risk_below=self._campaign.deadlines.at_risk_below,
            reached=reached_codes(self._campaign),
        )
        self.counts = await outside("deadlines", counting, DATABASE_TIMEOUT_S)
        self._drop_old(self._clock.now())

    def _drop_old(self, now: float) -> None:
        """Forget leads that were not planned again: they are done. Their calls lie in the past by then."""
        this_hour = int(now // HOUR_S)
        self._load = {hour: load for hour, load in self._load.items() if hour >= this_hour}
        gone = [lead for lead, known in self._planned.items() if known.calls[-1][0] < now - DAY_S]
        for lead in gone:
            del self._planned[lead]


def reached_codes(campaign: config.Campaign) -> tuple[str, ...]:
    """The dispositions that say a lead was reached; none: any conversation does."""
    return tuple(one.code for one in campaign.dispositions if one.reached)


def _local_hour(at: datetime, key: str) -> int:
    zones = zones_of(key)
    local = at.astimezone((zone_info(zones[0]) if zones else None) or UTC)
    return local.weekday() * 24 + local.hour


def _hours_of(instants: tuple[datetime, ...], key: str) -> Ints:
    return np.array([_local_hour(at, key) for at in instants], dtype=np.int64)


def _today(called: tuple[datetime, ...], key: str, now: datetime) -> tuple[int, int]:
    zones = zones_of(key)
    info = (zone_info(zones[0]) if zones else None) or UTC
    today = now.astimezone(info).date()
    return today.toordinal(), sum(1 for at in called if at.astimezone(info).date() == today)
