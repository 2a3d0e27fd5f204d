"""Live documents to many browsers: a snapshot, then changes, encoded once for all. A slow one gets a new snapshot."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from dialer.board import Board
from dialer.runtime.clock import Clock
from dialer.runtime.tasks import Tasks

TICK_S = 0.5
"""Seconds of a person's life between two looks at the floor."""

HEARTBEAT_S = 2.0
"""A quiet board says so at least this often, so that a dead line is noticed."""

KEPT = 120
"""Changes kept for browsers that come back after a moment."""

MOST_BEHIND = 20
MOST_LISTENERS = 500

_encode = msgspec.json.Encoder().encode


class TooMany(Exception):
    """No further listener is taken."""


@dataclass(eq=False)
class _Listener:
    """One browser: what it is still to be sent; `behind` says that it must begin anew."""

    waiting: deque[bytes] = field(default_factory=deque)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    behind: bool = False


class Hub:
    """Looks at the board twice a second while anybody watches, and tells each listener."""

    def __init__(self, board: Board, clock: Clock, boot: str) -> None:
        self._board = board
        self._clock = clock
        self._boot = boot
        self._seq = 0
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._listeners: set[_Listener] = set()
        self._looked_at = float("-inf")
        self._told_at = float("-inf")
        self._encoded: tuple[int, bytes] = (-1, b"")
        self._tasks = Tasks()
        self._watched = asyncio.Event()
        self._closed = False
        self.resets = 0

    def start(self) -> None:
        """Begin to look."""
        self._tasks.start("board", self._run())

    async def close(self) -> None:
        """Let every listener go."""
        self._closed = True
        for listener in self._listeners:
            listener.news.set()
        await self._tasks.close()

    def snapshot(self) -> bytes:
        """The whole document as JSON, at most one tick old."""
        self._refresh()
        return self._whole()

    def __len__(self) -> int:
        """Browsers that listen now."""
        return len(self._listeners)

    async def listen(
        self, last_id: str = "", still: Callable[[], bool] = lambda: True
    ) -> AsyncIterator[bytes]:
        """Server-sent events for one browser until `still` says no; `last_id` is where it left off.

        Raises TooMany before the first event.
        """
        if len(self._listeners) >= MOST_LISTENERS:
            raise TooMany
        listener = _Listener()
        self._refresh()
        missed = self._since(last_id)
        listener.waiting.extend([self._first()] if missed is None else missed)
        self._listeners.add(listener)
        self._watched.set()
        try:
            while not self._closed and still():
                if listener.behind:
                    listener.behind = False
                    listener.waiting.clear()
                    self.resets += 1
                    yield self._first()
                while listener.waiting and not listener.behind:
                    yield listener.waiting.popleft()
                listener.news.clear()
                if not listener.waiting and not listener.behind:
                    await listener.news.wait()
        finally:
            self._listeners.discard(listener)

    def tick_s(self) -> float:
        """Seconds of the loop's own time between two looks."""
        return TICK_S * self._clock.speed

    async def _run(self) -> None:
        while True:
            if not self._listeners:
                self._watched.clear()
                await self._watched.wait()
            await asyncio.sleep(self.tick_s())
            self._refresh(force=True)

    def _refresh(self, *, force: bool = False) -> None:
        """Look at the floor, unless somebody just did, and tell the listeners."""
        now = self._clock.now()
        if not force and now - self._looked_at < self.tick_s():
            return
        self._looked_at = now
        patch = self._board.look()
        if not patch:
            if now - self._told_at < HEARTBEAT_S * self._clock.speed:
                return
            self._board.document["at"] = now
            patch = {"at": now}
        self._told_at = now
        self._seq += 1
        event = self._event("delta", _encode(patch))
        self._kept.append((self._seq, event))
        for listener in self._listeners:
            if len(listener.waiting) >= MOST_BEHIND:
                listener.behind = True
                listener.waiting.clear()
            elif not listener.behind:
                listener.waiting.append(event)
            listener.news.set()

    def _whole(self) -> bytes:
        if self._encoded[0] != self._seq:
            self._encoded = (self._seq, _encode(self._board.document))
        return self._encoded[1]

    def _first(self) -> bytes:
        return self._event("snapshot", self._whole())

    def _event(self, kind: str, data: bytes) -> bytes:
        return b"id: %s-%d\nevent: %s\ndata: %s\n\n" % (
            self._boot.encode(),
            self._seq,
            kind.encode(),
            data,
        )

    def _since(self, last_id: str) -> list[bytes] | None:
        """The changes after this id; None where they are not kept (any more)."""
        boot, _, number = last_id.rpartition("-")
        if boot != self._boot or not number.isascii() or not number.isdecimal() or len(number) > 15:
            return None
        last = int(number)
        if last == self._seq:
            return []
        if last > self._seq or not self._kept or self._kept[0][0] > last + 1:
            return None
        return [event for seq, event in self._kept if seq > last]


def encode(value: Any) -> bytes:
    """JSON of plain data."""
    return _encode(value)
