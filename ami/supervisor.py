"""Keeps one line up: when to try again, when to give a silent peer up, and what to say about it."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from ami.actions import Action
from ami.errors import AmiError, LineDown, LoginRefused, RequestTimeout
from ami.wire import Message

log = logging.getLogger(__name__)


class LinkState(enum.Enum):
    """How far the line to a node is."""

    DOWN = "down"
    CONNECTING = "connecting"
    SYNCING = "syncing"
    UP = "up"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient the line is; all in seconds."""

    connect_timeout_s: float = 3.0
    boot_timeout_s: float = 30.0
    request_timeout_s: float = 3.0
    sync_timeout_s: float = 10.0
    ping_interval_s: float = 5.0
    pong_timeout_s: float = 3.0
    first_delay_s: float = 0.25
    max_delay_s: float = 15.0
    # A refused login stays refused until a person acts, and fail2ban counts.
    refused_delay_s: float = 60.0
    # A line that was up for less than this counts as another failure.
    stable_s: float = 10.0


class Line(Protocol):
    """What the supervisor needs of a connection."""

    closed: asyncio.Future[str]

    async def open(self, *, connect_timeout_s: float, boot_timeout_s: float) -> None: ...
    async def request(self, action: Action, timeout_s: float) -> Message: ...
    def abort(self, reason: str) -> None: ...
    async def close(self) -> None: ...


L = TypeVar("L", bound=Line)


class Backoff:
    """Doubling delays between half and the whole of the step; `jitter` returns 0..1."""

    def __init__(self, first_s: float, max_s: float, jitter: Callable[[], float]) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._jitter = jitter
        self.failures = 0

    def next_s(self) -> float:
        """Count a failure and return the delay before the next attempt."""
        step = min(self._max_s, self._first_s * 2 ** min(self.failures, 30))
        self.failures += 1
        return self.spread(step)

    def spread(self, delay_s: float) -> float:
        """Shorten a delay by up to a half, so that many clients do not come back at once."""
        return delay_s * (0.5 + 0.5 * self._jitter())

    def reset(self) -> None:
        """Start again from the first delay."""
        self.failures = 0


class Supervisor(Generic[L]):
    """Opens lines one after another, each with its own fate; nothing is queued between them.

    `dial` makes a line, `sync` brings our picture of the node up to date over it, `on_up` and `on_down`
    frame the time in which it may be used. All four belong to the switch.
    """

    def __init__(
        self,
        name: str,
        *,
        dial: Callable[[], L],
        sync: Callable[[L], Awaitable[None]],
        on_up: Callable[[L], None],
        on_down: Callable[[str], None],
        timing: Timing,
        jitter: Callable[[], float],
    ) -> None:
        self.state = LinkState.DOWN
        self.reason = "not started"
        self.tried = False
        """Whether a line has failed or ended: the reason is one."""
        self._name = name
        self._dial = dial
        self._sync = sync
        self._on_up = on_up
        self._on_down = on_down
        self._timing = timing
        self._backoff = Backoff(timing.first_delay_s, timing.max_delay_s, jitter)
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Keep a line up until cancelled."""
        try:
            while True:
                self._wake.clear()
                delay_s = await self._one_line()
                self.tried = True
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(delay_s):
                        await self._wake.wait()
        finally:
            self.state, self.reason = LinkState.DOWN, "stopped"

    def retry_now(self) -> None:
        """Cut a pause short, for instance after new settings."""
        self._backoff.reset()
        self._wake.set()

    async def _one_line(self) -> float:
        """Live through one line and return the pause before the next."""
        self.state = LinkState.CONNECTING
        line = self._dial()
        try:
            try:
                await self._bring_up(line)
            except LoginRefused as error:
                return self._refused(str(error))
            except (AmiError, TimeoutError, OSError) as error:
                return self._failed(str(error) or "no answer in time while synchronising")
            except Exception:
                log.exception("%s: synchronising failed", self._name)
                return self._failed("an unexpected error while synchronising")
            return await self._while_up(line)
        finally:
            await line.close()

    async def _bring_up(self, line: L) -> None:
        timing = self._timing
        await line.open(connect_timeout_s=timing.connect_timeout_s, boot_timeout_s=timing.boot_timeout_s)
        self.state = LinkState.SYNCING
        async with asyncio.timeout(timing.sync_timeout_s):
            await self._sync(line)
        if line.closed.done():
            raise LineDown(line.closed.result())

    async def _while_up(self, line: L) -> float:
        loop = asyncio.get_running_loop()
        since = loop.time()
        level = logging.INFO if self._backoff.failures else logging.DEBUG
        log.log(level, "%s: line up after %d failed attempts", self._name, self._backoff.failures)
        self.state, self.reason = LinkState.UP, ""
        self._wake.clear()
        down = "stopped"
        try:
            self._on_up(line)
            down = await self._watch(line)
        finally:
            self.state, self.reason = LinkState.DOWN, down
            self._on_down(down)
        if loop.time() - since >= self._timing.stable_s:
            self._backoff.reset()
        return self._failed(down)

    async def _watch(self, line: L) -> str:
        """Ping until the line closes; a peer that does not answer in time is cut off."""
        timing = self._timing
        while True:
            await asyncio.wait({line.closed}, timeout=timing.ping_interval_s)
            if line.closed.done():
                return line.closed.result()
            try:
                await line.request(Action("Ping"), timing.pong_timeout_s)
            except RequestTimeout:
                line.abort(f"no answer to a ping within {timing.pong_timeout_s:g} s")
            except AmiError as error:
                line.abort(f"ping failed: {error}")

    def _refused(self, reason: str) -> float:
        log.log(logging.WARNING if reason != self.reason else logging.DEBUG, "%s: %s", self._name, reason)
        self.state, self.reason = LinkState.REFUSED, reason
        return self._backoff.spread(self._timing.refused_delay_s)

    def _failed(self, reason: str) -> float:
        news = self._backoff.failures == 0 or reason != self.reason
        delay_s = self._backoff.next_s()
        self.state, self.reason = LinkState.DOWN, reason
        log.log(
            logging.WARNING if news else logging.DEBUG,
            "%s: line down: %s; attempt %d in %.1f s",
            self._name,
            reason,
            self._backoff.failures,
            delay_s,
        )
        return delay_s
