"""Reading the books for a report, a day at a time, and putting its tables together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np

import config
import storage
from dialer.compliance.ledgers import Tally
from dialer.leads.reviews import reviewed
from dialer.leads.rules import ledgers_of
from dialer.reports import aims, findings, gain, people, tables
from dialer.reports.ask import Asked, CampaignRules
from dialer.reports.period import LocalDay, local_day
from dialer.reports.spoken import EVERYBODY
from dialer.reports.sums import Floats, Key, Summing, call_cells, clocks_of, parts, state_cells, tallies
from dialer.reports.table import Report, Table
from dialer.reports.threads import in_thread
from dialer.runtime.tasks import outside, together
from storage import reporting

QUERY_TIMEOUT_S = reporting.STATEMENT_TIMEOUT_S + 10.0
AT_ONCE = 3
"""So much is asked of the database at a time: connections that a report takes of those calls are claimed through."""
Step = Callable[[int, int], None]
"""`step(done, of)`: days read so far."""

BREAKDOWNS: dict[str, Callable[[Key], Any]] = {
    "agents": lambda key: key.agent or None,
    "week": lambda key: (key.day.weekday(), key.hour),
    "causes": lambda key: (key.outcome, key.cause) if key.outcome else None,
    "dispositions": lambda key: (key.campaign, key.disposition) if key.disposition else None,
    "trunks": lambda key: key.trunk or None,
}


def rules_of(campaign: config.Campaign, settings: config.Settings) -> CampaignRules:
    """What a report must know of a campaign."""
    values = {
        one.code: None if one.value is None else round(one.value * 100)
        for one in campaign.dispositions
        if one.converts
    }
    return CampaignRules(
        campaign.id,
        campaign.zone or settings.zone,
        campaign.currency or "",
        values,
        frozenset(one.code for one in campaign.dispositions if one.machine),
        tuple(one.code for one in campaign.dispositions if one.reached),
        ledgers_of(campaign),
        campaign.amd_false_positives,
    )


async def make(
    db: storage.Database,
    settings: config.Settings,
    asked: Asked,
    *,
    now: datetime,
    step: Step | None = None,
) -> Report:
    """Read what was asked for and make its report; raises KeyError for a campaign that is not known."""
    chosen = [settings.campaign(one) for one in asked.campaigns] or list(settings.campaigns.values())
    maker = _Maker(db, settings, asked, [rules_of(one, settings) for one in chosen], now)
    return await maker.run(step or (lambda *_: None))


class _Maker:
    def __init__(
        self,
        db: storage.Database,
        settings: config.Settings,
        asked: Asked,
        rules: list[CampaignRules],
        now: datetime,
    ) -> None:
        self._db = db
        self._asked = asked
        self._settings = settings
        self._rules = rules
        self._now = now
        self._team_of = settings.team_of
        groups = {by: tables.GROUPS[by] for by in asked.groupings}
        self._sums = {name: Summing(group) for name, group in {**groups, **BREAKDOWNS}.items()}
        self._tallies = {one.campaign_id: [Tally() for _ in one.ledgers] for one in rules}
        self._blocks: dict[str, list[gain.Block]] = {}
        self._people: list[Table] = []
        self._lanes = asyncio.Semaphore(AT_ONCE)

    async def run(self, step: Step) -> Report:
        await together("report", [self._read_days(step), self._read_people()])
        return await self._report()

    async def _read_days(self, step: Step) -> None:
        days = self._asked.period.days
        for done, day in enumerate(days):
            step(done, len(days))
            await self._read(zone_days={one.zone: local_day(day, one.zone) for one in self._rules})
        step(len(days), len(days))

    async def _read_people(self) -> None:
        if self._asked.whole:
            async with self._lanes:
                self._people = await people.tables(self._db, self._rules, self._asked.period, self._now)

    async def _read(self, zone_days: Mapping[str, LocalDay]) -> None:
        """One day: each campaign's calls, and what agents did, once for each zone."""
        questions: list[Coroutine[Any, Any, list[Any]]] = [
            *(self._calls(one, zone_days[one.zone]) for one in self._rules),
            *(self._stays(day) for day in zone_days.values()),
        ]
        found = await together("a day's reading", questions)
        calls, stays = found[: len(self._rules)], found[len(self._rules) :]
        for rules, rows in zip(self._rules, calls, strict=True):
            await in_thread(self._take_calls, rows, rules, zone_days[rules.zone])
            await self._read_blocks(rules, zone_days[rules.zone])
        for (zone, day), rows in zip(zone_days.items(), stays, strict=True):
            await in_thread(self._take_states, rows, zone, day)

    async def _calls(self, rules: CampaignRules, day: LocalDay) -> list[tuple[Any, ...]]:
        async with self._lanes:
            reading = reporting.cells(self._db, rules.campaign_id, _span(day), clocks_of(rules))
            return await outside("database", reading, QUERY_TIMEOUT_S)

    async def _stays(self, day: LocalDay) -> list[reporting.StateRow]:
        async with self._lanes:
            reading = reporting.states(self._db, _span(day), self._now)
            return await outside("database", reading, QUERY_TIMEOUT_S)

    async def _read_blocks(self, rules: CampaignRules, day: LocalDay) -> None:
        """What agents did in control blocks and beside them, minute by minute, where there are such blocks."""
        span = reporting.Span(day.since, day.until, 60)
        if not self._asked.whole:
            return
        reading = reporting.blocks(self._db, rules.campaign_id, span)
        starts = await outside("database", reading, QUERY_TIMEOUT_S)
        if starts:
            stays = await outside("database", reporting.states(self._db, span, self._now), QUERY_TIMEOUT_S)
            await in_thread(self._take_blocks, starts, stays, rules.campaign_id, day)

    def _take_blocks(
        self,
        starts: list[tuple[datetime, bool]],
        stays: list[reporting.StateRow],
        campaign: str,
        day: LocalDay,
    ) -> None:
        minutes = round((day.until - day.since).total_seconds() / 60) + 1
        talk, work = np.zeros(minutes), np.zeros(minutes)
        for stay in stays:
            if stay.campaign == campaign and stay.state != "away":
                for minute, seconds in parts(stay, day.since, 60):
                    work[minute] += seconds
                    talk[minute] += seconds if stay.state == "talking" else 0.0
        began = [(at.timestamp(), one_line) for at, one_line in starts]
        found = gain.blocks_of_day(began, talk, work, day.since.timestamp())
        self._blocks.setdefault(campaign, []).extend(found)

    def _take_calls(self, rows: list[tuple[Any, ...]], rules: CampaignRules, day: LocalDay) -> None:
        keys, values = call_cells(rows, rules, day, self._team)
        for kept, tally in zip(self._tallies[rules.campaign_id], tallies(rows, rules), strict=True):
            kept.add(tally)
        self._add(keys, values)

    def _take_states(self, stays: list[reporting.StateRow], zone: str, day: LocalDay) -> None:
        campaigns = frozenset(one.campaign_id for one in self._rules if one.zone == zone)
        self._add(*state_cells(stays, day, campaigns, self._team), of_agents=True)

    def _add(self, keys: list[Key], values: Floats, *, of_agents: bool = False) -> None:
        if not self._asked.whole:
            wanted = [self._is_asked(key) for key in keys]
            keys = [key for key, yes in zip(keys, wanted, strict=True) if yes]
            values = values[np.array(wanted, dtype=bool)]
        for name, sums in self._sums.items():
            if not of_agents or name in tables.OF_AGENTS:
                sums.add(keys, values)

    def _is_asked(self, key: Key) -> bool:
        asked = self._asked
        return (not asked.agent or key.agent == asked.agent) and (not asked.team or key.team == asked.team)

    def _team(self, agent: str) -> str:
        return self._team_of.get(agent, "")

    async def _report(self) -> Report:
        currencies = {one.currency for one in self._rules}
        money = len(currencies) == 1
        found = [tables.grouped(by, self._sums[by], money=money) for by in self._asked.groupings]
        found += [
            findings.ranking(self._sums["agents"], money=money),
            findings.dispositions(self._sums["dispositions"], money=money),
        ]
        if self._asked.whole:
            found += [
                await self._ledgers(),
                findings.best_hours(self._sums["week"]),
                findings.causes(self._sums["causes"]),
                findings.trunks(self._sums["trunks"]),
                gain.table(self._blocks),
                *self._people,
            ]
        chosen = self._asked
        targets = await aims.table(
            self._db,
            self._settings,
            chosen.period.days,
            agent=chosen.agent,
            team=chosen.team,
            campaigns=chosen.campaigns,
        )
        found += [] if targets is None else [targets]
        return Report(
            self._title(),
            str(self._asked.period),
            ", ".join(dict.fromkeys(one.zone for one in self._rules)),
            currencies.pop() if money else "",
            self._now.astimezone(UTC),
            tuple(found),
            self._settings.instance,
        )

    async def _ledgers(self) -> Table:
        """With the share of people among the machines heard as it is known now."""
        rows = []
        for one in self._rules:
            counting = reviewed(self._db, self._settings.campaign(one.campaign_id), self._now)
            found = (await outside("database", counting, QUERY_TIMEOUT_S)).found
            rows += [
                findings.ledger_row(one.campaign_id, rule, tally, found.share, found.upper)
                for rule, tally in zip(one.ledgers, self._tallies[one.campaign_id], strict=True)
            ]
        return findings.ledgers(rows)

    def _title(self) -> str:
        asked = self._asked
        whose = asked.agent or asked.team or ", ".join(asked.campaigns) or EVERYBODY
        return f"{whose}, {asked.period}"


def _span(day: LocalDay) -> reporting.Span:
    return reporting.Span(day.since, day.until, day.slot_s)
