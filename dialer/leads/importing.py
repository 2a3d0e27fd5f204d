"""Import of a file of leads: streamed in batches, every row in the database or in the rejects file.

A row has an identity (its external id, or one made from its content), so an import that was stopped or killed is
simply run again: what is in the database already counts as known and nothing is doubled.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import config
import storage
from dialer.leads.convert import Converted, Converter, Rejected
from dialer.leads.doubles import Doubles
from dialer.leads.forgotten import ERASED, Forgotten, has_any
from dialer.leads.hours import HoursCheck
from dialer.leads.rejects import Rejects
from dialer.leads.report import ImportReport, Progress
from dialer.leads.rows import Row
from dialer.leads.rules import rules_of
from dialer.leads.seen import Seen
from dialer.leads.source import Source
from dialer.leads.workers import Result, Workers

BATCH_ROWS = 2000
AHEAD = 2  # batches on their way through the workers while one is added
DUPLICATE = Rejected("duplicate", "the same row, or another with its external id, came before in this file")

OnProgress = Callable[[Progress], None]


async def import_file(
    db: storage.Database,
    campaign: config.Campaign,
    path: Path | str,
    *,
    now: datetime,
    on_progress: OnProgress | None = None,
    rejects_path: Path | None = None,
    key: storage.ErasureKey | None = None,
) -> ImportReport:
    """Add the leads of a file to a campaign and report what became of each row.

    Rejected rows are in `rejects_path` (default: beside the file, NAME.rejects.csv), also those of people who were
    erased under `key`. Raises LeadFileError, with
    nothing taken, for a file that can not be read at all, and what `storage` raises; then run it again.
    """
    path = Path(path)
    source = await asyncio.to_thread(Source.open, path, campaign)
    try:
        rejects = Rejects(rejects_path or path.with_name(path.stem + ".rejects.csv"), source.columns.header)
        run = _Run(db, campaign, source, rejects, now, Forgotten(db, key, now))
        await storage.campaigns.ensure(db, campaign.id, now=now)
        try:
            return await run.all(on_progress)
        finally:
            rejects.abandon()
            run.seen.close()
            run.doubles.close()
    finally:
        source.close()


@dataclass(slots=True)
class _Run:
    db: storage.Database
    campaign: config.Campaign
    source: Source
    rejects: Rejects
    now: datetime
    forgotten: Forgotten
    rows: int = 0
    added: int = 0
    known: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    seen: Seen = field(default_factory=Seen)
    converter: Converter = field(init=False)
    hours: HoursCheck = field(init=False)
    doubles: Doubles = field(init=False)

    def __post_init__(self) -> None:
        rules = rules_of(self.campaign)
        self.converter = Converter(
            self.source.columns, rules, self.campaign.default_region, frozenset(self.campaign.known_skills)
        )
        self.hours = HoursCheck(rules, self.now)
        self.doubles = Doubles(self.campaign)

    async def all(self, on_progress: OnProgress | None) -> ImportReport:
        with Workers(self.converter, self.source.facts.size) as workers:
            async for rows, results in self._batches(workers):
                await self._take(rows, results)
                if on_progress is not None:
                    on_progress(self._progress())
        path = self.rejects.close()
        return ImportReport(
            path=self.source.path,
            encoding=self.source.facts.encoding,
            delimiter=self.source.delimiter,
            rows=self.rows,
            added=self.added,
            known=self.known,
            rejected=len(self.rejects),
            rejects_path=path,
            codes=dict(self.rejects.codes),
            left_out=dict(self.left_out),
            few_hours=self.hours.few,
            never_open=self.hours.never,
            sha256=self.source.facts.sha256,
        )

    async def _batches(self, workers: Workers) -> AsyncIterator[tuple[list[Row], list[Result]]]:
        """Batches in order, the next ones being read and converted while one is added."""
        ahead: deque[tuple[list[Row], asyncio.Future[bytes]]] = deque()
        while True:
            while len(ahead) <= AHEAD and (rows := await asyncio.to_thread(self.source.batch, BATCH_ROWS)):
                ahead.append((rows, workers.convert(rows)))
            if not ahead:
                return
            rows, coming = ahead.popleft()
            yield rows, await workers.results(rows, coming)

    async def _take(self, rows: list[Row], results: list[Result]) -> None:
        good: list[tuple[Row, Converted]] = []
        for row, result in zip(rows, results, strict=True):
            if isinstance(result, Rejected):
                self.rejects.write(row, result)
            elif self.seen.add(result.lead.external_id or ""):
                double = self.doubles.in_file(result)
                if double is None:
                    good.append((row, result))
                else:
                    self.rejects.write(row, double)
            else:
                self.rejects.write(row, DUPLICATE)
        self.rows += len(rows)
        good = await self._without_erased(good)
        if good:
            await self._add(good)
            await self.forgotten.look_again(one for _, one in good)

    async def _without_erased(self, good: list[tuple[Row, Converted]]) -> list[tuple[Row, Converted]]:
        erased = await self.forgotten.among(one for _, one in good)
        for row, one in good:
            if has_any(one, erased):
                self.rejects.write(row, ERASED)
        return [(row, one) for row, one in good if not has_any(one, erased)]

    async def _add(self, good: list[tuple[Row, Converted]]) -> None:
        source = self.source.facts.sha256[:16]
        async with storage.adding(self.db, self.campaign.id, alone=self.doubles.alone) as adding:
            converted = await self._without_doubles(adding, good)
            done = await adding.add([one.lead for one in converted], now=self.now, source=source)
        self.added += done.added
        self.known += done.known
        for one, lead_id in zip(converted, done.lead_ids, strict=True):
            self.left_out.update(one.left_out)
            if lead_id is not None:
                self.hours.count(one.lead.window_key)

    async def _without_doubles(
        self, adding: storage.Adding, good: list[tuple[Row, Converted]]
    ) -> list[Converted]:
        left: list[Converted] = []
        doubles = await self.doubles.known(adding, [one for _, one in good])
        for (row, one), double in zip(good, doubles, strict=True):
            if double is None:
                left.append(one)
            else:
                self.rejects.write(row, double)
        return left

    def _progress(self) -> Progress:
        return Progress(
            done_bytes=self.source.position,
            total_bytes=self.source.facts.size,
            rows=self.rows,
            added=self.added,
            known=self.known,
            rejected=len(self.rejects),
        )
