"""From the journal to the database: what was written once is applied once, whatever fails in between."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import structlog

import storage
from dialer.runtime.outgoing import Outgoing
from dialer.runtime.tasks import Tasks, outside
from storage.journal import Journal

log = structlog.get_logger(__name__)

BATCH = 500
LIVE_BATCH = 120
"""While calls are on: preparing a batch holds up everything else, so it must be short."""

MAX_QUEUED = 50_000
"""Facts kept in memory while the database is away; beyond, they are read from the journal again."""

APPLY_TIMEOUT_S = 60.0
RETRY_S = 1.0
FORGET_EVERY_S = 3600.0
GATHER_S = 1.0
"""Facts that come within this time share a transaction; whoever waits for them does not wait for it."""

Forbid = Callable[[str, str], None]
"""`forbid(source, why)`: no new calls for this reason; an empty `why` lifts it."""


class Books:
    """The one writer of the journal and the one reader that brings its facts into the database."""

    def __init__(
        self,
        journal: Journal,
        db: storage.Database,
        name: str,
        forbid: Forbid,
        keep_s: float = float("inf"),
        outgoing: Outgoing | None = None,
    ) -> None:
        """`name` is whose journal it is, as several daemons may share a database.

        Of the journal's files those are deleted that are applied and `keep_s` older than the newest. `outgoing`
        makes messages to other systems of the facts.
        """
        self._keep_s = keep_s
        self._journal = journal
        self._db = db
        self._name = name
        self._forbid = forbid
        self._outgoing = outgoing
        self._queue: deque[dict[str, Any]] = deque()
        self._overflowed = False
        self._work = asyncio.Event()
        self._hurry = asyncio.Event()
        self._applied = 0
        self._written = 0
        self._lost = 0
        self._waiters: list[tuple[int, asyncio.Future[None]]] = []
        self._tasks = Tasks()

    async def start(self) -> None:
        """Apply what an earlier life left unapplied, then go on in the background."""
        self._applied = await outside("books", storage.books.position(self._db, journal=self._name), 30.0)
        # Should the journal have lost its end, its numbers must not begin again below what is applied.
        self._journal.skip_to(self._applied)
        self._journal.on_trouble = self._on_trouble
        self._written = self._journal.last_seq
        await self._catch_up()
        self._tasks.start("books", self._apply_for_ever())
        self._tasks.start("forget old journal", self._forget_for_ever())

    def write(self, record: Mapping[str, Any]) -> int:
        """Append one record; facts go on to the database. Returns its sequence.

        While the journal takes nothing more, new calls are forbidden; what was lost is counted in a `gap`.
        """
        try:
            if self._lost:
                self._journal.append({"gap": self._lost})
            seq = self._journal.append(record)
        except storage.JournalError as error:
            self._lost += 1
            if self._lost == 1:  # to forbid is an event, which comes here again
                self._forbid("journal", f"the journal cannot be written: {error}")
            return self._written
        if self._lost:
            self._lost = 0
            self._forbid("journal", "")
        self._written = seq
        if "fact" in record:
            if len(self._queue) < MAX_QUEUED and not self._overflowed:
                self._queue.append({**record, "seq": seq})
            else:
                self._overflowed = True
            self._work.set()
        return seq

    def _on_trouble(self, trouble: storage.JournalUnwritable | None) -> None:
        """Writing began to fail: no new calls until it works again; what happens meanwhile is kept in memory."""
        self._forbid("journal", "" if trouble is None else f"the journal cannot be written: {trouble}")

    async def durable(self, seq: int) -> None:
        """Wait until the record is on disk; raises JournalUnwritable."""
        await outside("journal", self._journal.durable(seq), 10.0)

    async def durable_now(self) -> None:
        """Wait until everything written so far is on disk; raises JournalUnwritable."""
        await self.durable(self._written)

    def applied(self) -> asyncio.Future[None]:
        """Done when everything written so far is in the database."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._applied >= self._written or not (self._queue or self._overflowed):
            future.set_result(None)
        else:
            self._waiters.append((self._written, future))
            self._hurry.set()
        return future

    @property
    def unsynced(self) -> int:
        """Records not known to be on disk yet."""
        return max(0, self._written - self._journal.durable_seq)

    @property
    def trouble(self) -> str:
        """Why the journal cannot be written at present; empty while all is well."""
        return "" if self._journal.trouble is None else str(self._journal.trouble)

    @property
    def behind(self) -> int:
        """Facts not in the database yet."""
        return len(self._queue)

    async def close(self, timeout_s: float = 30.0) -> None:
        """Apply the rest, then close the journal; what is left after the time-out is applied at the next start."""
        self._hurry.set()
        self._work.set()
        try:
            async with asyncio.timeout(timeout_s):
                await self.applied()
        except TimeoutError:
            log.warning("books_left_for_next_start", facts=len(self._queue))
        await self._tasks.close()
        for _, future in self._waiters:
            future.cancel()
        await outside("journal", self._journal.close(), 10.0)

    async def _apply_for_ever(self) -> None:
        troubled = False
        while True:
            await self._work.wait()
            if len(self._queue) < LIVE_BATCH and not self._hurry.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), GATHER_S)
            try:
                if self._overflowed:
                    await self._catch_up()
                else:
                    await self._apply_batch()
            except (storage.StorageError, TimeoutError) as error:
                (log.debug if troubled else log.warning)(
                    "books_not_applied", error=str(error), behind=len(self._queue)
                )
                troubled = True
                self._forbid("database", f"the database does not take our books: {error}")
                await asyncio.sleep(RETRY_S)
                continue
            if troubled:
                troubled = False
                self._forbid("database", "")
                log.info("books_applied_again")

    async def _forget_for_ever(self) -> None:
        while True:
            try:
                gone = self._journal.forget(self._keep_s, self._applied)
            except OSError as error:
                log.warning("old_journal_not_deleted", error=str(error))
            else:
                if gone:
                    log.info("old_journal_deleted", files=gone)
            await asyncio.sleep(FORGET_EVERY_S)

    async def _apply_batch(self) -> None:
        batch = [self._queue[n] for n in range(min(LIVE_BATCH, len(self._queue)))]
        if not batch:
            self._work.clear()
            return
        await self._apply(batch)
        for _ in batch:
            self._queue.popleft()
        if not self._queue:
            self._work.clear()
        self._settle()

    async def _apply(self, batch: list[dict[str, Any]]) -> None:
        last = batch[-1]["seq"]
        messages = [] if self._outgoing is None else self._outgoing.of_facts(self._name, batch)
        work = storage.books.apply(self._db, last, batch, journal=self._name, messages=messages)
        done = await outside("books", work, APPLY_TIMEOUT_S)
        self._applied = max(self._applied, done.position)
        if self._outgoing is not None and messages:
            self._outgoing.written(messages)

    async def _catch_up(self) -> None:
        """Read the journal itself from the last applied fact on."""
        self._queue.clear()
        batch: list[dict[str, Any]] = []
        for seq, record in self._journal.read(after=self._applied):
            if "fact" in record:
                batch.append({**record, "seq": seq})
            if len(batch) >= BATCH:
                await self._apply(batch)
                batch = []
        if batch:
            await self._apply(batch)
        self._overflowed = False
        self._settle()

    def _settle(self) -> None:
        left = self._applied if (self._queue or self._overflowed) else self._written
        still = []
        for seq, future in self._waiters:
            if seq <= left:
                if not future.done():
                    future.set_result(None)
            else:
                still.append((seq, future))
        self._waiters = still
        if not still:
            self._hurry.clear()
