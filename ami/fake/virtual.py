"""Virtual time: an event loop whose clock moves only when everybody is idle.

Time jumps to the next timer when no callback is ready, no socket has news, no byte is under way between two
sockets of this loop, no executor job runs and nobody holds the clock. It is not a scaled clock: a slow disk
or a busy machine makes a run longer, never later.
"""

from __future__ import annotations

import asyncio
import logging
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, TypeVar

from ami.fake import wires

_T = TypeVar("_T")
_logger = logging.getLogger(__name__)

EPOCH_S = 1_780_304_400.0
"""Monday 2026-06-01 09:00 UTC: where virtual runs begin unless told otherwise."""

_STALL_S = 10.0
_CREDIT_S = 0.05

_Ready = list[tuple[selectors.SelectorKey, int]]


class Hold:
    """While entered, virtual time stands still; enter it around any wait for another process or thread."""

    __slots__ = ("_loop", "_name")

    def __init__(self, loop: VirtualLoop, name: str) -> None:
        self._loop = loop
        self._name = name

    def __enter__(self) -> None:
        self._loop._held[self._name] += 1
        self._loop._holds += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop._release(self._name)


class _IdleSelector(selectors.DefaultSelector):
    """Polls without waiting, and asks the loop what to do when there is nothing."""

    wait: Callable[[float], _Ready]

    def select(self, timeout: float | None = None) -> _Ready:
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        return super().select(None) if timeout is None else self.wait(timeout)

    def poll(self, timeout_s: float) -> _Ready:
        return super().select(timeout_s)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on virtual time: as fast as it can, or at most `speed` virtual seconds per real one.

    `time()` starts at 0; `epoch_time()` is the same clock as seconds since the Unix epoch.
    """

    def __init__(self, *, speed: float | None = None, epoch_s: float = EPOCH_S) -> None:
        self._now = 0.0
        self._epoch_s = epoch_s
        self._held: Counter[str] = Counter()
        self._holds = 0
        self._idle = _IdleSelector()
        self._wires = wires.Wires(self._idle)
        super().__init__(self._idle)
        self._idle.wait = self._pass_time
        self._wall = time.monotonic()
        self._stalled_since: float | None = None
        try:
            self._speed = _checked(speed)
        except ValueError:
            self.close()
            raise

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def epoch_time(self) -> float:
        """Virtual seconds since the Unix epoch."""
        return self._epoch_s + self._now

    @property
    def speed(self) -> float | None:
        """Virtual seconds per real second at most; None: as fast as possible. May be changed at any time."""
        return self._speed

    @speed.setter
    def speed(self, value: float | None) -> None:
        self._speed = _checked(value)
        self._wall = time.monotonic()

    def hold(self, name: str = "work outside") -> Hold:
        """A context in which time stands still (nests; name is for the log when it lasts)."""
        return Hold(self, name)

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., _T], *args: Any
    ) -> asyncio.Future[_T]:
        """As in asyncio; time stands still until the job's result is in."""
        future: asyncio.Future[_T] = super().run_in_executor(executor, func, *args)
        self._held["executor"] += 1
        self._holds += 1
        future.add_done_callback(lambda _: self._release("executor"))
        return future

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        """As in asyncio; its time-out, where it has one, does not pass in virtual time."""
        with self.hold("the executor's end"):
            await super().shutdown_default_executor(*args, **kwargs)

    def _release(self, name: str) -> None:
        self._holds -= 1
        self._held[name] -= 1
        self._stalled_since = None
        if not self._holds:
            self._wall = max(self._wall, time.monotonic() - _CREDIT_S)

    def _pass_time(self, timeout_s: float) -> _Ready:
        """Nothing is ready: wait for what is under way, else move the clock towards the next timer."""
        if self._holds:
            return self._wait_for_real(_STALL_S)
        if self._wires.busy():
            return self._wait_for_real(0.001)
        self._stalled_since = None
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        due = timers[0].when() if timers else self._now + timeout_s
        if self._speed is None:
            self._now = max(self._now, due)
            return []
        return self._pass_paced(due, self._speed)

    def _pass_paced(self, due: float, speed: float) -> _Ready:
        real = time.monotonic()
        # Time spent working counts, but only so much of it: no racing to catch up after a slow spell.
        self._wall = max(self._wall, real - _CREDIT_S)
        until = self._wall + (due - self._now) / speed
        if until <= real:
            self._now, self._wall = max(self._now, due), until
            return []
        ready = self._idle.poll(until - real)
        real = time.monotonic()
        if real >= until:
            self._now, self._wall = max(self._now, due), until
        else:
            self._now, self._wall = self._now + (real - self._wall) * speed, real
        return ready

    def _wait_for_real(self, timeout_s: float) -> _Ready:
        real = time.monotonic()
        if self._stalled_since is None:
            self._stalled_since = real
        ready = self._idle.poll(timeout_s)
        if not ready and real - self._stalled_since > _STALL_S:
            held = ", ".join(f"{n} x {name}" for name, n in self._held.items() if n > 0)
            _logger.warning("virtual time has stood still for %d s: %s", _STALL_S, held or "bytes under way")
            self._stalled_since = real
            self._wires.forget()
        return ready

    def _make_socket_transport(self, sock: socket.socket, *args: Any, **kwargs: Any) -> asyncio.BaseTransport:
        counted = self._wires.adopt(sock)
        return super()._make_socket_transport(counted, *args, **kwargs)  # type: ignore[misc,no-any-return]

    def _start_serving(self, factory: Any, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        self._wires.listening(sock)
        super()._start_serving(factory, sock, *args, **kwargs)  # type: ignore[misc]

    def _stop_serving(self, sock: socket.socket) -> None:
        self._wires.silent(sock)
        super()._stop_serving(sock)  # type: ignore[misc]


def run(
    main: Coroutine[Any, Any, _T],
    *,
    speed: float | None = None,
    epoch_s: float = EPOCH_S,
    debug: bool | None = None,
) -> _T:
    """Runs main on a fresh VirtualLoop, as asyncio.run does on a real one, and returns its result."""
    with asyncio.Runner(
        debug=debug, loop_factory=lambda: VirtualLoop(speed=speed, epoch_s=epoch_s)
    ) as runner:
        return runner.run(main)


def epoch_time(loop: asyncio.AbstractEventLoop) -> float:
    """Seconds since the Unix epoch by this loop's clock if it is virtual, else by the machine's."""
    return loop.epoch_time() if isinstance(loop, VirtualLoop) else time.time()  # noqa: TID251


def _checked(speed: float | None) -> float | None:
    if speed is not None and not speed > 0:
        raise ValueError(f"speed is {speed}, must be above 0 (or None for as fast as possible)")
    return speed
