"""How long the event loop was busy at a stretch: what everybody else, a waiting caller too, had to wait for."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any

SHOWN = 12
"""The longest single callbacks, kept with their names."""

_SWITCH = ("ami.fake", "tests.")


class Meter:
    """While entered, times every turn of a VirtualLoop in CPU seconds; the embedded switch's own part is left out.

    `turns` are the daemon's by tenths of a millisecond, `longest` its longest callbacks: what nothing can interrupt.
    """

    def __init__(self, loop: Any) -> None:
        self.turns: Counter[int] = Counter()
        self.longest: list[tuple[float, str]] = []
        self._idle = loop._idle
        self._turn_s = 0.0
        self._run: Callable[[asyncio.Handle], None] = asyncio.Handle._run

    def __enter__(self) -> Meter:
        """Begin."""
        meter, select = self, self._idle.select

        def timed(handle: asyncio.Handle) -> None:
            began = time.thread_time()
            name = _name(handle)  # the handle forgets its callback when it is cancelled on the way
            meter._run(handle)
            if not name.startswith(_SWITCH):
                meter._take(time.thread_time() - began, name)

        def turned(timeout: float | None = None) -> Any:
            if meter._turn_s:
                meter.turns[round(10_000 * meter._turn_s)] += 1
                meter._turn_s = 0.0
            return select(timeout)

        asyncio.Handle._run = timed  # type: ignore[method-assign]
        self._idle.select = turned
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        asyncio.Handle._run = self._run  # type: ignore[method-assign]
        del self._idle.select

    def quantile_ms(self, share: float) -> float:
        """Of the turns, in milliseconds; 0 without any."""
        left = round(share * self.turns.total())
        for tenths in sorted(self.turns):
            left -= self.turns[tenths]
            if left <= 0:
                return tenths / 10
        return 0.0

    def _take(self, took_s: float, name: str) -> None:
        self._turn_s += took_s
        if len(self.longest) < SHOWN:
            heapq.heappush(self.longest, (took_s, name))
        elif took_s > self.longest[0][0]:
            heapq.heapreplace(self.longest, (took_s, name))


def _name(handle: asyncio.Handle) -> str:
    """What a callback is: module and name; of a socket's, its protocol's."""
    callback: Any = handle._callback
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        code = getattr(owner.get_coro(), "cr_code", None)
        where = getattr(code, "co_filename", "?")
        return f"{_module(where)}:{owner.get_name()}"
    if isinstance(owner, asyncio.BaseTransport):
        protocol = type(owner.get_protocol())  # type: ignore[attr-defined]
        return f"{protocol.__module__}.{protocol.__qualname__} {callback.__name__}"
    return f"{getattr(callback, '__module__', '?')}.{getattr(callback, '__qualname__', repr(callback))}"


def _module(file: str) -> str:
    parts = file.removesuffix(".py").split("/")
    for top in ("dialer", "ami", "storage", "pacing", "config", "tests"):
        if top in parts:
            return ".".join(parts[parts.index(top) :])
    return parts[-1]
