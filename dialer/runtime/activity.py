"""What each agent did today against the activity targets: begun from the books, then kept by the floors' facts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog

import config
import storage
from dialer.core.agent import State
from dialer.runtime.centre import Centre
from dialer.runtime.clock import Clock, instant
from dialer.runtime.tasks import Tasks, outside
from dialer.targets import Goal, Piece, Standing, standings
from dialer.targets.words import UNITS, sentence

log = structlog.get_logger(__name__)

DATABASE_TIMEOUT_S: Final = 60.0
LOOK_EVERY_S: Final = 1.0
AGENTS_A_LOOK: Final = 40
"""So many agents are looked at in turn, that a large floor never holds the loop."""

RETRY_S: Final = 30.0


@dataclass(slots=True)
class _Talk:
    """A conversation: seconds since the epoch; `end` None while it goes on."""

    agent: str
    begin: float
    end: float | None
    new: bool


class Activity:
    """Today's conversations by agent and how the targets stand. `rows` is what surfaces show, by agent."""

    def __init__(self, dialer: Centre) -> None:
        self._dialer = dialer
        self._clock: Clock = dialer.clock
        self._done: dict[str, list[_Talk]] = {}
        self._open: dict[str, _Talk] = {}
        self._day = self._today()
        self._tasks = Tasks()
        self._stop: Callable[[], None] | None = None
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.version = 0
        """Another number whenever some row changed."""

    def start(self) -> None:
        """Listen; where there are targets, or as soon as there are, count what the books know of today."""
        self._stop = self._dialer.listen(self._hear)
        self._dialer.watchers.append(self._follow)
        if self._dialer.settings.targets:
            self._tasks.start("count the day for targets", self._load_until_done())
        self._tasks.start("look at targets", self._look_for_ever())

    async def close(self) -> None:
        """Listen no more."""
        if self._stop is not None:
            self._stop()
            self._dialer.watchers.remove(self._follow)
        await self._tasks.close()

    def standings(self, agent: str) -> list[Standing]:
        """How an agent's targets stand now."""
        settings = self._dialer.settings
        goals = goals_of(settings, agent, self._campaign(agent), self._day)
        if not goals:
            return []
        now = self._clock.now()
        talks = [*self._done.get(agent, ()), *(one for one in self._open.values() if one.agent == agent)]
        pieces = [
            Piece(self._minute(one.begin), self._minute(one.end if one.end is not None else now), one.new)
            for one in talks
        ]
        return standings(goals, pieces, self._minute(now))

    # What happens.

    def _follow(self, old: config.Settings, new: config.Settings) -> None:
        if new.targets and not old.targets:
            self._tasks.start("count the day for targets", self._load_until_done())
        elif old.targets and not new.targets:
            self._done, self._open = {}, {}

    def _hear(self, campaign: str, fact: Mapping[str, Any]) -> None:
        if not self._dialer.settings.targets:
            return
        kind = fact["fact"]
        if kind == "attempt_bridged" and fact.get("agent"):
            call = self._dialer.floors[campaign].floor.calls.get(fact["attempt"])
            new = call is not None and "connected" not in call.past
            self._open[fact["attempt"]] = _Talk(fact["agent"], fact["at"], None, new)
        elif kind in ("attempt_passed", "attempt_ended"):
            talk = self._open.pop(fact["attempt"], None)
            if talk is None:
                return
            talk.end = max(talk.begin, fact["at"])
            self._done.setdefault(talk.agent, []).append(talk)
            if kind == "attempt_passed" and fact.get("agent"):
                self._open[fact["attempt"]] = _Talk(fact["agent"], fact["at"], None, new=False)

    async def _load_until_done(self) -> None:
        while True:
            midnight = self._midnight(self._day)
            reading = storage.attempts.conversations(self._dialer.db, since=midnight)
            try:
                await outside("books", self._dialer.books.applied(), DATABASE_TIMEOUT_S)
                found = await outside("database", reading, DATABASE_TIMEOUT_S)
            except (storage.StorageError, TimeoutError) as error:
                log.warning("day_not_counted", error=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            self._take(found)
            return

    def _take(self, found: Iterable[storage.Conversation]) -> None:
        """Conversations that facts have told of already are known better than by the books."""
        known = {(talk.agent, round(talk.begin)) for talks in self._done.values() for talk in talks}
        for one in found:
            talk = _Talk(one.agent, one.bridged_at.timestamp(), None, one.new)
            if one.attempt_id in self._open or (talk.agent, round(talk.begin)) in known:
                continue
            if one.live:
                self._open[one.attempt_id] = talk
            else:
                talk.end = talk.begin + (one.talk_s or 0.0)
                self._done.setdefault(talk.agent, []).append(talk)

    # Looking.

    async def _look_for_ever(self) -> None:
        while True:
            everybody = [agent for agent in self._dialer.agents if self._concerns(agent)]
            if self._day != self._today():
                self._new_day()
            for gone in self.rows.keys() - set(everybody):
                del self.rows[gone]
                self.version += 1
            waiting = iter(everybody)
            while some := list(islice(waiting, AGENTS_A_LOOK)):
                for agent in some:
                    self._put(agent, [shown(one) for one in self.standings(agent)])
                await asyncio.sleep(LOOK_EVERY_S)
            if not everybody:
                await asyncio.sleep(LOOK_EVERY_S)

    def _put(self, agent: str, rows: list[dict[str, Any]]) -> None:
        if self.rows.get(agent) != rows:
            self.rows[agent] = rows
            self.version += 1

    def _concerns(self, agent: str) -> bool:
        """Whether an agent was at work today or is now."""
        if not self._dialer.settings.targets:
            return False
        return agent in self._done or any(
            (found := runner.floor.roster.get(agent)) is not None and found.state is not State.OUT
            for runner in self._dialer.floors.values()
        )

    def _campaign(self, agent: str) -> str | None:
        for name, runner in self._dialer.floors.items():
            found = runner.floor.roster.get(agent)
            if found is not None and found.state is not State.OUT:
                return name
        row = self._dialer.agents.get(agent)
        return None if row is None else row.campaign_id

    def _new_day(self) -> None:
        self._day = self._today()
        begin = self._midnight(self._day).timestamp()
        self._done = {
            agent: kept
            for agent, talks in self._done.items()
            if (kept := [talk for talk in talks if talk.end is not None and talk.end > begin])
        }

    def _today(self) -> date:
        return self._clock.utc().astimezone(self._zone).date()

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._dialer.settings.zone)

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone)

    def _minute(self, at: float) -> float:
        return minute_of(instant(at).astimezone(self._zone), self._day)


def minute_of(local: datetime, day: date) -> float:
    """The minute of `day` by the clock on the wall: 0 before it, 1440 after it."""
    if local.date() != day:
        return 0.0 if local.date() < day else 1440.0
    return local.hour * 60 + local.minute + local.second / 60


def goals_of(settings: config.Settings, agent: str, campaign: str | None, day: date) -> list[Goal]:
    """What an agent is to reach on a day."""
    team, weekday = settings.team_of.get(agent), config.Day(config.DAYS[day.weekday()])
    return [
        Goal(
            name,
            one.title or name,
            tuple((float(span.start_min), float(span.end_min)) for span in sorted_spans(one)),
            None if one.talk is None else one.talk / 60,
            one.new_numbers,
            one.counted is config.Counted.DAY,
            one.warn_below,
        )
        for name, one in settings.targets.items()
        if weekday in one.days
        and (not one.campaigns or campaign in one.campaigns)
        and (not one.teams or team in one.teams)
    ]


def sorted_spans(target: config.Target) -> list[config.Span]:
    """A target's windows in the order of the day."""
    return sorted(target.windows, key=lambda one: one.start_min)


async def of_day(
    db: storage.Database, settings: config.Settings, day: date, only: Collection[str] = ()
) -> dict[str, list[Standing]]:
    """How a day went in all, by agent, for the campaign each talked for last; of agents of these campaigns only."""
    zone = ZoneInfo(settings.zone)
    midnight = datetime.combine(day, time(), zone)
    until = datetime.combine(day + timedelta(days=1), time(), zone)
    found = await storage.attempts.conversations(db, since=midnight, until=until)
    pieces: dict[str, list[Piece]] = {}
    campaigns = {one.agent: one.campaign_id for one in found}
    for one in found:
        end = one.bridged_at + timedelta(seconds=one.talk_s or 0.0)
        pieces.setdefault(one.agent, []).append(
            Piece(
                minute_of(one.bridged_at.astimezone(zone), day), minute_of(end.astimezone(zone), day), one.new
            )
        )
    return {
        agent: standings(goals_of(settings, agent, campaigns[agent], day), done, 1440.0)
        for agent, done in sorted(pieces.items())
        if not only or campaigns[agent] in only
    }


def shown(one: Standing) -> dict[str, Any]:
    """A standing for surfaces; whole minutes and numbers, so that it changes seldom."""
    return {
        "id": f"{one.goal.id}.{one.measure}",
        "title": one.goal.title,
        "measure": one.measure.value,
        "value": int(one.value),
        "goal": round(one.aim),
        "unit": UNITS[one.measure],
        "expected": int(one.expected),
        "state": one.state,
        "behind": one.behind,
        "reachable": one.reachable,
        "left_min": int(one.left_min),
        "needed_per_h": None if one.needed_per_h is None else round(one.needed_per_h),
        "says": sentence(one),
    }
